// A log file: its key in the bucket, and its bytes.
import { createHash } from "node:crypto";
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
  const minute = new Date(at).toISOString().slice(0, 16).replaceAll(/[-:]/g, "");
  const name = `${accountId}_CloudTrail_${region}_${minute}Z_${unique}.json.gz`;
  return [...folderOf(trail, accountId, "CloudTrail", region, at), name].join("/");
}

/** The folders, from the bucket's root on, that a trail writes an account's files of one kind, Region and day into. */
export function folderOf(trail: Trail, accountId: string, kind: string, region: string, at: number): string[] {
  const day = new Date(at).toISOString().slice(0, 10).split("-");
  const prefix = [trail.prefix, "AWSLogs", trail.organizationId].filter((part) => part !== undefined && part !== "");
  return [...(prefix as string[]), accountId, kind, region, ...day];
}

/** A log file's bytes, and the hex SHA-256 of what is compressed in them. */
export function logFile(records: readonly CloudTrailRecord[]): { bytes: Uint8Array; hash: string } {
  const text = JSON.stringify({ Records: records });
  return { bytes: gzipSync(text), hash: createHash("sha256").update(text).digest("hex") };
}
