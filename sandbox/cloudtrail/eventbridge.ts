// The EventBridge event that a logged call makes.
import { type Random, uuid } from "../metering/identifiers.ts";
import type { CloudTrailRecord } from "./event.ts";

export interface EventBridgeEvent {
  version: "0";
  id: string;
  "detail-type": "AWS API Call via CloudTrail";
  source: string;
  account: string;
  time: string;
  region: string;
  resources: string[];
  detail: CloudTrailRecord;
}

/** The source is the service's name in CloudTrail: `aws.metering-marketplace` for `metering-marketplace.amazonaws.com`. */
export function eventBridgeEvent(record: CloudTrailRecord, random: Random): EventBridgeEvent {
  return {
    version: "0",
    id: uuid(random),
    "detail-type": "AWS API Call via CloudTrail",
    source: `aws.${record.eventSource.split(".")[0]}`,
    account: record.recipientAccountId,
    time: record.eventTime,
    region: record.awsRegion,
    resources: [],
    detail: record,
  };
}
