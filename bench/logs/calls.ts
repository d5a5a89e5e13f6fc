// BatchMeterUsage calls as CloudTrail writes them, all of whose records AWS took.
import { batchMeterUsageRecord, type CloudTrailRecord } from "../../sandbox/cloudtrail/event.ts";
import { type Random, uuid } from "../../sandbox/metering/identifiers.ts";
import type { Hour, Instant } from "../../src/usage/instants.ts";
import { ACCOUNT, REGION, wireRecord } from "./usage.ts";

/** The most records that a call takes (BatchMeterUsage, `UsageRecords`). */
export const MOST_RECORDS = 25;

/** How many records a call has: 1 to 25, 5 on average. */
export const recordsOfCall = (random: Random): number =>
  Math.min(MOST_RECORDS, 1 + Math.floor(Math.log(1 - random()) / Math.log(0.806)));

/** A call with the records of `count` meters, from the number `first` on, of an hour. */
export function meteringCall(at: Instant, hour: Hour, first: number, count: number, random: Random): CloudTrailRecord {
  const UsageRecords = Array.from({ length: count }, (_, n) => wireRecord(first + n, hour));
  const Results = UsageRecords.map((UsageRecord) => ({
    UsageRecord,
    MeteringRecordId: uuid(random),
    Status: "Success" as const,
  }));
  const call = {
    at,
    latency: 80,
    region: REGION,
    requestId: uuid(random),
    sourceIp: "10.0.3.17",
    userAgent: "aws-sdk-js/3.1138.0 ua/2.1 os/linux#5.10 lang/js md/nodejs#24.1.0 exec-env/AWS_Lambda_nodejs24.x",
    request: { UsageRecords },
    answer: { Results, UnprocessedRecords: [] },
    faults: [],
  };
  return batchMeterUsageRecord(call, submitter, random, {});
}

const submitter = {
  accessKeyId: "ASIAQWERTYUIOPASDFGH",
  roleArn: `arn:aws:iam::${ACCOUNT}:role/metering/Submitter`,
  sessionName: "metering-submit",
};
