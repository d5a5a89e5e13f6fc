import { gzipSync } from "node:zlib";
import type { EvidenceEvent } from "../../src/evidence/event.ts";

/** A BatchMeterUsage event as CloudTrail writes it; `changes` replaces or, with undefined, takes away its fields. */
export function meteringEvent(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const record = {
    timestamp: "Nov 23, 2026 10:59:00 AM",
    customerAWSAccountId: "111122223333",
    licenseArn: "arn:aws:license-manager:us-east-1:294406891311:license:l-1",
    dimension: "ApiCalls",
    quantity: 5,
  };
  const event: Record<string, unknown> = {
    eventVersion: "1.11",
    userIdentity: {
      type: "AssumedRole",
      arn: "arn:aws:sts::999988887777:assumed-role/submitter/run",
      sessionContext: { sessionIssuer: { type: "Role", arn: "arn:aws:iam::999988887777:role/metering/submitter" } },
    },
    eventTime: "2026-11-23T11:20:00Z",
    eventSource: "metering-marketplace.amazonaws.com",
    eventName: "BatchMeterUsage",
    awsRegion: "us-east-1",
    requestParameters: { usageRecords: [record] },
    responseElements: {
      results: [{ usageRecord: record, meteringRecordId: "m-1", status: "Success" }],
      unprocessedRecords: [],
    },
    eventID: "e-1",
    ...changes,
  };
  for (const name of Object.keys(event)) if (event[name] === undefined) delete event[name];
  return event;
}

/** A call with its records as objects, whatever they are kept as. */
export const unpacked = (call: EvidenceEvent): EvidenceEvent => ({ ...call, records: [...call.records] });

/** A log file as CloudTrail stores it. */
export const logFile = (...events: unknown[]): Buffer => gzipSync(JSON.stringify({ Records: events }));

/** The key of a log file delivered at a time such as `20261123T1125Z`. */
export const logKey = (time: string, name = "a", region = "us-east-1"): string =>
  `AWSLogs/999988887777/CloudTrail/${region}/${time.slice(0, 4)}/${time.slice(4, 6)}/${time.slice(6, 8)}/` +
  `999988887777_CloudTrail_${region}_${time}_${name}.json.gz`;
