// A log file: its key in the bucket, and its bytes.
import { gzipSync } from "node:zlib";
import type { CloudTrailRecord } from "./event.ts";
import type { Trail } from "./trail.ts";

/**
 * `[prefix/]AWSLogs/[o-orgid/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_UNIQUE.json.gz`.
 * Date and time are those of delivery. The key does not name the trail.
 * @param at delivery, ms since the epoch.
 * @param unique 16 letters and digits.
 */
export function logFileKey(trail: Trail, accountId: string, region: string, at: number, unique: string): string {
  const instant = new Date(at).toISOString();
  const folder = [
    trail.prefix,
    "AWSLogs",
    trail.organizationId,
    accountId,
    "CloudTrail",
    region,
    ...instant.slice(0, 10).split("-"),
  ];
  const minute = instant.slice(0, 16).replaceAll(/[-:]/g, "");
  const name = `${accountId}_CloudTrail_${region}_${minute}Z_${unique}.json.gz`;
  return [...folder, name].filter((part) => part !== undefined && part !== "").join("/");
}

export function logFileBytes(records: readonly CloudTrailRecord[]): Uint8Array {
  return gzipSync(JSON.stringify({ Records: records }));
}
