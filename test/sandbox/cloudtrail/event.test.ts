import assert from "node:assert/strict";
import {
  batchMeterUsageRecord,
  type CloudTrailRecord,
  type Spelling,
  usTimestamp,
} from "../../../sandbox/cloudtrail/event.ts";
import type { MeteringCall } from "../../../sandbox/metering/call.ts";
import type { Caller } from "../../../sandbox/metering/caller.ts";
import { ServiceError } from "../../../sandbox/metering/errors.ts";
import { seeded } from "../metering/support.ts";
import { call } from "./support.ts";

describe("sandbox cloudtrail: the event of a metering call", () => {
  const recordOf = (changes: Partial<MeteringCall> = {}, spelling: Spelling = {}): CloudTrailRecord => {
    const made = call(changes);
    return batchMeterUsageRecord(made, made.caller as Caller, seeded(1), spelling);
  };
  const usage = {
    timestamp: "Nov 23, 2026 9:59:58 AM",
    dimension: "Calls",
    quantity: 5,
    customerAWSAccountId: "111122223333",
    licenseArn: "arn:aws:license-manager:us-east-1:294406891311:license:l-1",
  };

  it("has every field as AWS writes it", () => {
    const record = recordOf();
    const { principalId } = record.userIdentity as { principalId: string };
    assert.match(principalId, /^AROA[A-Z2-7]{17}:run-1$/);
    assert.match(record.eventID, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual(record, {
      eventVersion: "1.11",
      userIdentity: {
        type: "AssumedRole",
        principalId,
        arn: "arn:aws:sts::999988887777:assumed-role/Submitter/run-1",
        accountId: "999988887777",
        accessKeyId: "ASIASUBMITTER",
        sessionContext: {
          sessionIssuer: {
            type: "Role",
            principalId: principalId.slice(0, 21),
            arn: "arn:aws:iam::999988887777:role/metering/Submitter",
            accountId: "999988887777",
            userName: "Submitter",
          },
          attributes: { creationDate: "2026-11-23T10:00:00Z", mfaAuthenticated: "false" },
        },
      },
      eventTime: "2026-11-23T10:20:30Z",
      eventSource: "metering-marketplace.amazonaws.com",
      eventName: "BatchMeterUsage",
      awsRegion: "us-east-1",
      sourceIPAddress: "192.0.2.7",
      userAgent: "aws-sdk-js/3.1138.0",
      requestParameters: { usageRecords: [usage] },
      responseElements: {
        results: [{ usageRecord: usage, meteringRecordId: "m-1", status: "Success" }],
        unprocessedRecords: [],
      },
      requestID: "d0000000-0000-4000-8000-000000000001",
      eventID: record.eventID,
      readOnly: false,
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: "999988887777",
      eventCategory: "Management",
      tlsDetails: {
        tlsVersion: "TLSv1.3",
        cipherSuite: "TLS_AES_128_GCM_SHA256",
        clientProvidedHostHeader: "metering.marketplace.us-east-1.amazonaws.com",
      },
    });
  });

  it("shows the older style with its product code, what is unprocessed, and allocations", () => {
    const older = {
      Timestamp: Date.parse("2026-11-23T10:00:00Z") / 1000,
      Dimension: "Gb",
      CustomerIdentifier: "cust-1",
      UsageAllocations: [{ AllocatedUsageQuantity: 0, Tags: [{ Key: "Team", Value: "blue" }] }],
    };
    const record = recordOf({
      request: { ProductCode: "legacy", UsageRecords: [older] },
      answer: { Results: [], UnprocessedRecords: [older] },
    });
    const shown = {
      timestamp: "Nov 23, 2026 10:00:00 AM",
      dimension: "Gb",
      customerIdentifier: "cust-1",
      usageAllocations: [{ allocatedUsageQuantity: 0, tags: [{ key: "Team", value: "blue" }] }],
    };
    assert.deepEqual(record.requestParameters, { productCode: "legacy", usageRecords: [shown] });
    assert.deepEqual(record.responseElements, { results: [], unprocessedRecords: [shown] });
  });

  it("writes the text of a timestamp both ways, noon and midnight included", () => {
    const text = (iso: string, style?: "modern") => usTimestamp(Date.parse(iso) / 1000, style);
    assert.equal(text("2018-04-19T16:32:50Z"), "Apr 19, 2018 4:32:50 PM");
    assert.equal(text("2018-04-19T16:32:50Z", "modern"), "Apr 19, 2018, 4:32:50\u202fPM");
    assert.equal(text("2026-01-01T00:05:09Z"), "Jan 1, 2026 12:05:09 AM");
    assert.equal(text("2026-12-31T12:00:00Z"), "Dec 31, 2026 12:00:00 PM");
  });

  it("spells the account and the timestamp the other way when asked", () => {
    const { requestParameters } = recordOf({}, { account: "customerAWSAccountID", timestamp: "modern" });
    assert.deepEqual(requestParameters, {
      usageRecords: [
        {
          timestamp: "Nov 23, 2026, 9:59:58\u202fAM",
          dimension: "Calls",
          quantity: 5,
          customerAWSAccountID: "111122223333",
          licenseArn: usage.licenseArn,
        },
      ],
    });
  });

  it("has code and message of a failed call, in either place, its request and no results", () => {
    const { answer: _, ...failed } = call({ error: new ServiceError("ThrottlingException", "Rate exceeded") });
    const said = { errorCode: "ThrottlingException", errorMessage: "Rate exceeded" };
    const top = batchMeterUsageRecord(failed, failed.caller as Caller, seeded(1), {});
    assert.deepEqual(
      [top.errorCode, top.errorMessage, top.responseElements],
      ["ThrottlingException", "Rate exceeded", null],
    );
    assert.deepEqual(top.requestParameters, { usageRecords: [usage] });
    const inside = batchMeterUsageRecord(failed, failed.caller as Caller, seeded(1), { error: "responseElements" });
    assert.deepEqual([inside.errorCode, inside.responseElements], [undefined, said]);
  });

  it("has no request where the service could not read one", () => {
    const { request: _, answer: __, ...unread } = call({ error: new ServiceError("AccessDeniedException", "no") });
    assert.equal(batchMeterUsageRecord(unread, unread.caller as Caller, seeded(1), {}).requestParameters, null);
  });

  it("leaves out a request or a response of more than 100 KB, each for itself, in any of three ways", () => {
    const requestOf = (padding: number) => ({ UsageRecords: [{ Timestamp: 0, Dimension: "x".repeat(padding) }] });
    const frame = Buffer.byteLength(JSON.stringify(recordOf({ request: requestOf(0) }).requestParameters));
    const fits = recordOf({ request: requestOf(100_000 - frame) });
    assert.equal(Buffer.byteLength(JSON.stringify(fits.requestParameters)), 100_000);
    const large = { request: requestOf(100_001 - frame) };
    assert.equal(recordOf(large).requestParameters, null);
    assert.notEqual(recordOf(large).responseElements, null);
    assert.deepEqual(recordOf(large, { omitted: "empty" }).requestParameters, {});
    assert.deepEqual(recordOf(large, { omitted: "flag" }).requestParameters, { omitted: true });
    const answer = { Results: [], UnprocessedRecords: requestOf(100_000).UsageRecords };
    assert.equal(recordOf({ answer }).responseElements, null);
  });
});
