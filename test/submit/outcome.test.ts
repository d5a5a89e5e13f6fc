import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  BatchMeterUsageCommand,
  InternalServiceErrorException,
  InvalidTagException,
  MarketplaceMeteringClient,
  ThrottlingException,
  type UsageRecord,
} from "@aws-sdk/client-marketplace-metering";
import { readAnswer, readFailure } from "../../src/submit/outcome.ts";
import { sendable } from "../support/sendable.ts";

const [one, two, three] = [sendable(1), sendable(2), sendable(3)];
const result = (record: UsageRecord, Status: string, MeteringRecordId?: string) =>
  ({ UsageRecord: record, Status, MeteringRecordId }) as never;
const kinds = (answer: Parameters<typeof readAnswer>[1]) =>
  readAnswer([one, two, three], answer).map(({ kind }) => kind);

describe("AWS's answer", () => {
  it("is read record by record, in whatever order it comes", () => {
    const answers = readAnswer([one, two, three], {
      Results: [
        result(three.usageRecord, "CustomerNotSubscribed"),
        result(two.usageRecord, "DuplicateRecord", "other"),
        result(one.usageRecord, "Success", "id-1"),
      ],
    });
    assert.deepEqual(answers, [
      { kind: "accepted", meteringRecordId: "id-1" },
      { kind: "duplicate" },
      { kind: "not-subscribed" },
    ]);
  });

  it("leaves unprocessed records to be sent again, and says nothing of records that it does not name", () => {
    assert.deepEqual(kinds({ Results: [result(one.usageRecord, "Success")], UnprocessedRecords: [two.usageRecord] }), [
      "accepted",
      "unprocessed",
      "unknown",
    ]);
    assert.deepEqual(kinds({}), ["unknown", "unknown", "unknown"]);
    assert.deepEqual(kinds({ Results: [{} as never, { UsageRecord: undefined, Status: "Success" } as never] }), [
      "unknown",
      "unknown",
      "unknown",
    ]);
  });

  it("is not believed where it contradicts itself, or uses a word that AWS does not have today", () => {
    assert.deepEqual(
      kinds({
        Results: [
          result(one.usageRecord, "Success"),
          result(two.usageRecord, "Success"),
          result(two.usageRecord, "DuplicateRecord"),
          result(three.usageRecord, "Accepted"),
        ],
        UnprocessedRecords: [one.usageRecord],
      }),
      ["unknown", "unknown", "unknown"],
    );
  });

  it("is matched by buyer, dimension, time and quantity: a record that differs in one is another", () => {
    const others: Partial<UsageRecord>[] = [
      { Quantity: 2 },
      { Dimension: "GbHours" },
      { LicenseArn: "arn:other" },
      { CustomerAWSAccountId: "999999999999" },
      { CustomerIdentifier: "c" },
      { Timestamp: new Date(0) },
    ];
    for (const other of others)
      assert.deepEqual(readAnswer([one], { Results: [result({ ...one.usageRecord, ...other }, "Success")] }), [
        { kind: "unknown" },
      ]);
    const echoed = { ...one.usageRecord, UsageAllocations: undefined };
    assert.equal(readAnswer([one], { Results: [result(echoed, "Success")] })[0]?.kind, "accepted");
    const zero = { ...one, usageRecord: { ...one.usageRecord, Quantity: 0 } };
    const { Quantity: _, ...bare } = zero.usageRecord;
    assert.equal(readAnswer([zero], { Results: [result(bare, "Success")] })[0]?.kind, "accepted");
  });
});

describe("a request that failed", () => {
  const metadata = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } });
  const named = (name: string, status?: number, $fault = "client") =>
    Object.assign(new Error("said"), { name, $fault, ...(status === undefined ? {} : metadata(status)) });
  const kind = (error: unknown) => readFailure(error).kind;

  it("was not taken where AWS says so with a 4xx: throttled, a record at fault, or the product stopped", () => {
    const throttling = new ThrottlingException({ message: "x", ...metadata(400) });
    assert.deepEqual(readFailure(throttling), { kind: "throttled", reason: "ThrottlingException" });
    const tag = new InvalidTagException({ message: "x", ...metadata(400) });
    assert.deepEqual(readFailure(tag), { kind: "poison", reason: "InvalidTagException" });
    for (const name of [
      "TimestampOutOfBoundsException",
      "InvalidUsageDimensionException",
      "InvalidLicenseException",
      "InvalidCustomerIdentifierException",
      "InvalidUsageAllocationsException",
      "ValidationException",
      "SerializationException",
    ])
      assert.equal(kind(named(name, 400)), "poison");
    for (const name of [
      "InvalidProductCodeException",
      "DisabledApiException",
      "AccessDeniedException",
      "ExpiredTokenException",
      "UnrecognizedClientException",
      "InvalidSignatureException",
      "MissingAuthenticationTokenException",
    ])
      assert.equal(kind(named(name, 403)), "stopped");
  });

  it("may have been taken after a 5xx, a timeout, a reset, or an answer that cannot be read", () => {
    assert.equal(kind(new InternalServiceErrorException({ message: "x", ...metadata(500) })), "unknown");
    assert.equal(kind(named("ThrottlingException", 503)), "unknown");
    assert.equal(kind(named("TimeoutError", undefined)), "unknown");
    assert.equal(kind(Object.assign(new Error("socket hang up"), { code: "ECONNRESET" })), "unknown");
    assert.equal(kind(Object.assign(new SyntaxError("Unexpected token"), metadata(200))), "unknown");
    assert.equal(kind(Object.assign(new SyntaxError("Unexpected token"), metadata(400))), "unknown");
  });

  it("may have been taken where something between us and AWS answered 4xx", () => {
    for (const name of ["UnknownError", "Unknown", "Error", "400"]) assert.equal(kind(named(name, 407)), "unknown");
    assert.deepEqual(readFailure(named("UnknownError", 407)), { kind: "unknown", reason: "UnknownError: said" });
    assert.equal(kind(named("AccessDeniedException", 403, "server")), "unknown");
  });

  it("is read so over HTTP too, whatever stands between us and AWS answers", async () => {
    const answers: [number, string, string][] = [
      [400, '{"__type":"com.amazonaws.marketplacemetering#ThrottlingException","message":"x"}', "throttled"],
      [400, '{"__type":"com.amazonaws.marketplacemetering#InvalidTagException","message":"x"}', "poison"],
      [500, '{"__type":"com.amazonaws.marketplacemetering#InternalServiceErrorException"}', "unknown"],
      [403, "<html>Forbidden</html>", "unknown"],
      [403, '{"message":"Forbidden"}', "unknown"],
      [407, "", "unknown"],
      [429, "too many", "unknown"],
      [502, "<html>Bad gateway</html>", "unknown"],
      [200, "<html>Sign in to this network</html>", "unknown"],
    ];
    let next = 0;
    const server = createServer((_request, response) => {
      const [status, body] = answers[next++] as (typeof answers)[0];
      response.writeHead(status).end(body);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const client = new MarketplaceMeteringClient({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: "us-east-1",
      maxAttempts: 1,
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
    });
    const read: string[] = [];
    for (const _ of answers)
      await client.send(new BatchMeterUsageCommand({ UsageRecords: [] })).catch((error) => read.push(kind(error)));
    client.destroy();
    server.close();
    assert.deepEqual(
      read,
      answers.map(([, , expected]) => expected),
    );
  });
});
