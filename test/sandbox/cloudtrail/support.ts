// A bucket in memory, a trail as the sandbox deploys it, and calls of the metering service as plain data.
import { gunzipSync } from "node:zlib";
import { type CloudTrailOptions, createCloudTrail } from "../../../sandbox/cloudtrail/cloudtrail.ts";
import type { CloudTrailRecord } from "../../../sandbox/cloudtrail/event.ts";
import type { EventBridgeEvent } from "../../../sandbox/cloudtrail/eventbridge.ts";
import type { Trail } from "../../../sandbox/cloudtrail/trail.ts";
import type { MeteringCall } from "../../../sandbox/metering/call.ts";
import { seeded, stoppedClock } from "../metering/support.ts";

/** The narrowest legal trail: management writes without kms and rdsdata, in us-east-1. */
export const narrow: Trail = {
  name: "metering",
  arn: "arn:aws:cloudtrail:us-east-1:999988887777:trail/metering",
  bucket: "evidence",
  accountId: "999988887777",
  homeRegion: "us-east-1",
  regions: ["us-east-1"],
  selectors: [
    {
      name: "management writes",
      fieldSelectors: [
        { field: "eventCategory", equals: ["Management"] },
        { field: "readOnly", equals: ["false"] },
        { field: "eventSource", notEquals: ["kms.amazonaws.com", "rdsdata.amazonaws.com"] },
      ],
    },
  ],
  globalServiceEvents: false,
  logFileValidation: false,
};

/** Everything of management, read and write, in two Regions, with IAM. */
export const wide: Trail = {
  ...without(narrow, "selectors"),
  name: "wide",
  arn: `${narrow.arn}-wide`,
  regions: ["us-east-1", "eu-west-1"],
  globalServiceEvents: true,
};

const usageRecord = {
  Timestamp: Date.parse("2026-11-23T09:59:58Z") / 1000,
  Dimension: "Calls",
  Quantity: 5,
  CustomerAWSAccountId: "111122223333",
  LicenseArn: "arn:aws:license-manager:us-east-1:294406891311:license:l-1",
};

/** A call at 10:20:30.700 that took one record of 5 Calls. */
export function call(changes: Partial<MeteringCall> = {}): MeteringCall {
  return {
    requestId: "d0000000-0000-4000-8000-000000000001",
    at: Date.parse("2026-11-23T10:20:30.700Z"),
    latency: 12,
    region: "us-east-1",
    caller: {
      accessKeyId: "ASIASUBMITTER",
      roleArn: "arn:aws:iam::999988887777:role/metering/Submitter",
      sessionName: "run-1",
    },
    sourceIp: "192.0.2.7",
    userAgent: "aws-sdk-js/3.1138.0",
    request: { UsageRecords: [usageRecord] },
    answer: {
      Results: [{ UsageRecord: usageRecord, MeteringRecordId: "m-1", Status: "Success" }],
      UnprocessedRecords: [],
    },
    faults: [],
    ...changes,
  };
}

/** CloudTrail over a bucket in memory; by default without noise and duplicates. */
export function cloudTrail(options: Partial<CloudTrailOptions> = {}) {
  const clock = stoppedClock("2026-11-23T10:20:30.700Z");
  const bucket = new Map<string, { bytes: Uint8Array; metadata: Record<string, string> }>();
  const events: EventBridgeEvent[] = [];
  const trail = createCloudTrail({
    clock,
    random: seeded(7),
    put: async (name, key, bytes, metadata) => {
      bucket.set(`${name}/${key}`, { bytes, metadata });
    },
    onEvent: (event) => events.push(event),
    noisePerHour: 0,
    duplicates: 0,
    ...options,
  });
  /** The records of each file in the bucket, by key. */
  const files = () => new Map([...bucket].map(([key, { bytes }]) => [key, recordsOf(bytes)]));
  return { trail, clock, bucket, events, files };
}

export function recordsOf(bytes: Uint8Array): CloudTrailRecord[] {
  const body = JSON.parse(gunzipSync(bytes).toString("utf8"));
  if (Object.keys(body).join() !== "Records")
    throw new Error(`A log file has the members ${Object.keys(body)}, not Records alone`);
  return body.Records;
}

export function without<T extends object, K extends keyof T>(object: T, member: K): Omit<T, K> {
  const { [member]: _, ...rest } = object;
  return rest;
}
