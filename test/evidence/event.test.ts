import assert from "node:assert/strict";
import { type EvidenceEvent, isMeteringCall, parseMeteringCall } from "../../src/evidence/event.ts";
import type { EvidenceRecord } from "../../src/evidence/record.ts";
import { UnreadableError } from "../../src/evidence/unreadable.ts";
import { UNIT } from "../../src/usage/quantity.ts";
import { meteringEvent } from "./events.ts";

/** With its records as objects. */
const withRecords = (call: EvidenceEvent) => ({ ...call, records: [...call.records] });
const parse = (changes: Record<string, unknown> = {}) =>
  withRecords(parseMeteringCall(meteringEvent(changes), "log-1"));

const LICENSE = "arn:aws:license-manager:us-east-1:294406891311:license:l-1";
const buyer = { accountId: "111122223333", licenseArn: LICENSE };
const usage = (changes: Record<string, unknown> = {}) => ({
  timestamp: "Nov 23, 2026 10:59:00 AM",
  dimension: "ApiCalls",
  quantity: 5,
  customerAWSAccountId: "111122223333",
  licenseArn: LICENSE,
  ...changes,
});
const parsed = (changes: Partial<EvidenceRecord> = {}) => ({
  buyer,
  dimension: "ApiCalls",
  timestamp: Date.parse("2026-11-23T10:59:00Z"),
  quantity: 5n * UNIT,
  status: "Success",
  productCode: undefined,
  ...changes,
});

describe("a BatchMeterUsage event", () => {
  it("is read with its caller, time, Region, file and records", () => {
    assert.deepEqual(parse(), {
      eventId: "e-1",
      eventTime: Date.parse("2026-11-23T11:20:00Z"),
      region: "us-east-1",
      principal: "arn:aws:iam::999988887777:role/metering/submitter",
      errorCode: undefined,
      errorMessage: undefined,
      objects: ["log-1"],
      unseen: "none",
      records: [parsed()],
    });
  });

  it("is told from other events that have its name in them", () => {
    assert.equal(isMeteringCall(meteringEvent()), true);
    assert.equal(isMeteringCall(meteringEvent({ eventName: "PutRule" })), false);
    assert.equal(isMeteringCall(meteringEvent({ eventSource: "example.amazonaws.com" })), false);
  });

  it("is read with every spelling of its fields", () => {
    const upper = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(upper)
        : typeof value === "object" && value !== null
          ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name.toUpperCase(), upper(inner)]))
          : value;
    const changes = { requestParameters: upper({ usageRecords: [usage()] }), responseElements: undefined };
    assert.deepEqual(parse(changes).records, [parsed({ status: "none" })]);
    const event = upper(meteringEvent()) as Record<string, unknown>;
    assert.equal(isMeteringCall(event), true);
    assert.deepEqual(withRecords(parseMeteringCall(event, "log-1")), parse());
  });

  it("names the user where it names no role, and nobody where it names neither", () => {
    assert.equal(parse({ userIdentity: { arn: "arn:aws:iam::1:user/u" } }).principal, "arn:aws:iam::1:user/u");
    assert.equal(parse({ userIdentity: { type: "AWSService" } }).principal, undefined);
    assert.equal(parse({ userIdentity: undefined }).principal, undefined);
  });

  it("gives each record the status that AWS gave it, and none to a record in neither list", () => {
    const records = ["A", "B", "C", "D", "E", "F"].map((dimension) => usage({ dimension }));
    const result = (index: number, status: string) => ({ usageRecord: records[index], status });
    const { records: read } = parse({
      requestParameters: { usageRecords: records },
      responseElements: {
        results: [
          result(0, "Success"),
          result(1, "DuplicateRecord"),
          result(2, "CustomerNotSubscribed"),
          result(5, "HonouredPerhaps"),
        ],
        unprocessedRecords: [records[3]],
      },
    });
    assert.deepEqual(Object.fromEntries(read.map(({ dimension, status }) => [dimension, status])), {
      A: "Success",
      B: "DuplicateRecord",
      C: "CustomerNotSubscribed",
      D: "unprocessed",
      E: "none",
      F: "none",
    });
    assert.equal(read.length, 6);
  });

  it("keeps two equal records of one call apart", () => {
    const { records } = parse({
      requestParameters: { usageRecords: [usage(), usage()] },
      responseElements: { results: [{ usageRecord: usage(), status: "Success" }] },
    });
    assert.deepEqual(
      records.map(({ status }) => status),
      ["Success", "none"],
    );
  });

  it("tells a record that is in both lists of the answer as both", () => {
    const { records } = parse({
      requestParameters: { usageRecords: [usage()] },
      responseElements: { results: [{ usageRecord: usage(), status: "Success" }], unprocessedRecords: [usage()] },
    });
    assert.deepEqual(
      records.map(({ status }) => status),
      ["Success", "unprocessed"],
    );
  });

  it("tells buyers apart that follow one another and share their account or their licence", () => {
    const buyers = [
      buyer,
      { ...buyer, accountId: "444455556666" },
      { accountId: "444455556666", licenseArn: `${LICENSE}2` },
      { customerIdentifier: "c-1" },
      buyer,
    ];
    const usageRecords = buyers.map(({ accountId, ...named }: EvidenceRecord["buyer"]) => ({
      ...usage({ licenseArn: undefined, customerAWSAccountId: accountId }),
      ...named,
    }));
    assert.deepEqual(
      parse({ requestParameters: { usageRecords }, responseElements: null }).records.map((record) => record.buyer),
      buyers,
    );
  });

  it("of the older integration has the product code of its request", () => {
    const record = { timestamp: 1795431540, dimension: "Gb", quantity: "7", customerIdentifier: "cust-1" };
    const { records } = parse({
      requestParameters: { productCode: "4w1v", usageRecords: [record] },
      responseElements: { results: [{ usageRecord: record, status: "Success" }] },
    });
    assert.deepEqual(records, [
      {
        buyer: { customerIdentifier: "cust-1" },
        dimension: "Gb",
        timestamp: 1795431540_000,
        quantity: 7n * UNIT,
        status: "Success",
        productCode: "4w1v",
      },
    ]);
  });

  it("counts a record without a quantity as 0, as AWS does", () => {
    const { records, unseen } = parse({ requestParameters: { usageRecords: [usage({ quantity: undefined })] } });
    assert.equal(records.find(({ status }) => status === "none")?.quantity, 0n);
    assert.equal(unseen, "none");
  });

  for (const [what, left] of [
    ["null", null],
    ["{}", {}],
    ["omitted", { omitted: true }],
    ["nothing", undefined],
    ["a note instead of records", { usageRecords: "omitted" }],
  ]) {
    it(`says that its records were left out where request and answer are ${what}`, () => {
      const { unseen, records } = parse({ requestParameters: left, responseElements: left });
      assert.deepEqual({ unseen, records }, { unseen: "left-out", records: [] });
    });

    it(`has the records of its answer where the request is ${what}`, () => {
      assert.deepEqual(parse({ requestParameters: left }).records, [parsed()]);
      assert.equal(parse({ requestParameters: left }).unseen, "none");
    });

    it(`has the records of its request, none of them a Success, where the answer is ${what}`, () => {
      assert.deepEqual(parse({ responseElements: left }).records, [parsed({ status: "none" })]);
    });
  }

  it("does not guess the product of customers whose request was left out", () => {
    const record = usage({ licenseArn: undefined, customerAWSAccountId: undefined, customerIdentifier: "c" });
    const answer = { results: [{ usageRecord: record, status: "Success" }] };
    const { unseen, records } = parse({ requestParameters: null, responseElements: answer });
    assert.deepEqual({ unseen, records }, { unseen: "left-out", records: [] });
  });

  for (const [what, record] of [
    ["quantity", usage({ quantity: 1.5 })],
    ["negative quantity", usage({ quantity: -1 })],
    ["quantity above what AWS takes", usage({ quantity: 2147483648 })],
    ["quantity in another notation", usage({ quantity: "5e0" })],
    ["timestamp", usage({ timestamp: "HIDDEN" })],
    ["dimension", usage({ dimension: undefined })],
    ["buyer", usage({ customerAWSAccountId: undefined })],
    ["form", "a text"],
  ]) {
    it(`says that it is not understood where a record's ${what} is not, in request or answer`, () => {
      const asked = parse({ requestParameters: { usageRecords: [usage(), record] } });
      assert.equal(asked.unseen, "not-understood");
      assert.deepEqual(asked.records, [parsed()]);
      const results = [
        { usageRecord: usage(), status: "Success" },
        { usageRecord: record, status: "Success" },
      ];
      assert.equal(parse({ responseElements: { results } }).unseen, "not-understood");
      assert.equal(parse({ requestParameters: null, responseElements: { results } }).unseen, "not-understood");
      assert.equal(parse({ responseElements: { unprocessedRecords: [record] } }).unseen, "not-understood");
    });
  }

  it("says that it is not understood where a result is no object", () => {
    assert.equal(parse({ responseElements: { results: ["Success"] } }).unseen, "not-understood");
  });

  it("that failed has its error, wherever it stands, and no record with a status", () => {
    const top = parse({ errorCode: "ThrottlingException", errorMessage: "Rate exceeded", responseElements: null });
    assert.equal(top.errorCode, "ThrottlingException");
    assert.equal(top.errorMessage, "Rate exceeded");
    assert.deepEqual(top.records, [parsed({ status: "none" })]);
    const answer = {
      errorCode: "InvalidTagException",
      errorMessage: "no",
      results: [{ usageRecord: usage(), status: "Success" }],
    };
    const inner = parse({ responseElements: answer });
    assert.equal(inner.errorCode, "InvalidTagException");
    assert.equal(inner.errorMessage, "no");
    assert.deepEqual(inner.records, [parsed({ status: "none" })]);
  });

  it("ignores fields and event versions that it does not know", () => {
    assert.deepEqual(parse({ eventVersion: "1.99", somethingNew: { usageRecords: [usage()] } }), parse());
  });

  it("of every version from 1.05 to 1.11, of newer minor ones and of none says the same", () => {
    for (const eventVersion of ["1.05", "1.06", "1.07", "1.08", "1.09", "1.10", "1.11", "1.12", "1.120", undefined])
      assert.deepEqual(parse({ eventVersion }), parse(), eventVersion);
  });

  it("of another major version may mean anything", () => {
    for (const eventVersion of ["2.0", "0.9", "11.1", "one"]) {
      const { unseen, records, errorCode } = parse({ eventVersion, errorCode: "ThrottlingException" });
      assert.deepEqual([unseen, records, errorCode], ["not-understood", [], undefined], eventVersion);
    }
  });

  for (const name of ["eventID", "eventTime", "awsRegion"]) {
    it(`is unreadable without a valid ${name}`, () => {
      for (const value of [undefined, "", 7])
        assert.throws(
          () => parse({ [name]: value }),
          (error) => error instanceof UnreadableError && error.message.includes(name),
        );
    });
  }

  it("is unreadable with a time that is none", () => {
    assert.throws(() => parse({ eventTime: "soon" }), UnreadableError);
  });
});
