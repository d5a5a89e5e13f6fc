import assert from "node:assert/strict";
import { setAgreements } from "../../src/ledger/buyers.ts";
import { type HourlyRecord, readRecord } from "../../src/ledger/records.ts";
import type { Table } from "../../src/ledger/table.ts";
import type { Sendable } from "../../src/submit/batches.ts";
import { dueRecords } from "../../src/submit/due.ts";
import { sendBatch } from "../../src/submit/send.ts";
import { closeAll } from "../sandbox/metering/support.ts";
import { refOf } from "../support/ledger.ts";
import { startPipeline } from "../support/pipeline.ts";
import { startDynamo, type TestDynamo } from "../support/table.ts";
import { at, hour, license } from "../support/usage.ts";

describe("the last moment to send a record", () => {
  let dynamo: TestDynamo;
  before(async () => {
    dynamo = await startDynamo();
  });
  after(() => dynamo.close());
  afterEach(closeAll);

  /** A pipeline whose only record, of 10 units at 10:05, is sealed and was not sent. */
  async function sealed() {
    const pipeline = await startPipeline(dynamo);
    await pipeline.use(1, 10);
    pipeline.service.inject({ name: "exception", exception: "ThrottlingException", count: "always" });
    await pipeline.run();
    pipeline.service.clearFaults();
    return pipeline;
  }

  it("is 3 minutes before the deadline: then it is still taken", async () => {
    const pipeline = await sealed();
    pipeline.clock.set("2026-11-24T10:02:00Z");
    assert.deepEqual(await pipeline.run(), { RecordsAccepted: 1 });
  });

  it("has passed a millisecond later: nothing is sent, and the record is expired with its quantity, once", async () => {
    const pipeline = await sealed();
    const before = pipeline.seen.length;
    pipeline.clock.set("2026-11-24T10:02:00.001Z");
    assert.deepEqual(await pipeline.run(), { RecordsExpired: 1 });
    assert.deepEqual(await pipeline.states(), ["10 expired not sent before its deadline"]);
    assert.deepEqual(await pipeline.sums(), { used: "10", expired: "10" });
    assert.deepEqual(await pipeline.run(), {});
    assert.equal(pipeline.seen.length, before);
  });

  it("has passed while an attempt may have been taken: the record is disputed, not expired", async () => {
    const pipeline = await startPipeline(dynamo);
    await pipeline.use(1, 10);
    pipeline.service.inject({ name: "answer-lost", count: 3 });
    await pipeline.run();
    assert.deepEqual(pipeline.bill(), ["l-1 ApiCalls 10 10"]);
    pipeline.until(35);
    assert.deepEqual(await pipeline.run(), { RecordsDisputed: 1 });
    assert.deepEqual(await pipeline.states(), ["10 disputed the outcome of an attempt is unknown 3 unknown"]);
    assert.deepEqual(await pipeline.sums(), { used: "10", disputed: "10" });
  });

  it("is 05:57 UTC on the 1st for usage of the month before", async () => {
    for (const [time, counts] of [
      ["2026-12-01T05:57:00Z", { RecordsSealed: 1, RecordsAccepted: 1 }],
      ["2026-12-01T05:57:00.001Z", { RecordsSealed: 1, RecordsExpired: 1 }],
    ] as const) {
      const pipeline = await startPipeline(dynamo, { at: time });
      await pipeline.use(1, 10, { time: "2026-11-30T23:30:00Z" });
      assert.deepEqual(await pipeline.run(), counts);
    }
  });

  it("is not overrun by the writing of attempts: then nothing is sent and no attempt happened", async () => {
    const pipeline = await sealed();
    pipeline.clock.set("2026-11-24T10:01:59Z");
    const slow: Table = {
      ...pipeline.table,
      async update(key, change, condition) {
        if (change.addToSet) await pipeline.later(1);
        return pipeline.table.update(key, change, condition);
      },
    };
    const before = pipeline.seen.length;
    assert.deepEqual(await pipeline.run({ table: slow }), { RecordsWaiting: 1, RecordsNearDeadline: 1 });
    assert.equal(pipeline.seen.length, before);
    assert.deepEqual(await pipeline.states(), ["10 sealed"]);
    assert.deepEqual(await pipeline.run(), { RecordsExpired: 1 });
  });

  it("is not overrun by waiting for a turn: the attempt is not even written", async () => {
    const pipeline = await sealed();
    const [record] = await Array.fromAsync(dueRecords(pipeline.circumstances()));
    const { attempts } = (await readRecord(pipeline.table, refOf(10))) as HourlyRecord;
    pipeline.clock.set("2026-11-24T10:02:00.001Z");
    const before = pipeline.seen.length;
    assert.equal(await sendBatch(pipeline.submitter(), { records: [record as Sendable], tries: 0 }), undefined);
    assert.equal(pipeline.seen.length, before);
    assert.equal((await readRecord(pipeline.table, refOf(10)))?.attempts, attempts);
  });

  it("moves with the agreement as it is known by now, both ways", async () => {
    const pipeline = await startPipeline(dynamo, { buyers: 2 });
    const agree = (n: number, to: number | null) =>
      setAgreements(pipeline.table, "analytics", license(n), [{ from: 0, to }]);
    await agree(1, hour(11));
    for (const n of [1, 2]) await pipeline.use(n, 10);
    pipeline.service.inject({ name: "exception", exception: "ThrottlingException", count: "always" });
    await pipeline.run();
    pipeline.service.clearFaults();
    await agree(1, null);
    await agree(2, hour(11));
    pipeline.until(13);
    assert.deepEqual(await pipeline.run(), { RecordsAccepted: 1, RecordsExpired: 1 });
    assert.deepEqual(pipeline.bill(), ["l-1 ApiCalls 10 10"]);
  });

  it("comes first: what has the nearest deadline is sent first, what is tried again alone last", async () => {
    const pipeline = await startPipeline(dynamo, { at: "2026-12-01T02:20:00Z", buyers: 2 });
    const poison = { name: "exception", exception: "InvalidTagException" } as const;
    pipeline.service.inject({ ...poison, record: { licenseArn: license(2).licenseArn }, count: "always" });
    pipeline.service.inject({ name: "exception", exception: "DisabledApiException", productCode: "archive-code" });
    await pipeline.use(2, 3, { time: "2026-11-30T21:30:00Z" });
    await pipeline.use(1, 1, { product: "archive", dimension: "Gb", time: "2026-12-01T00:30:00Z" });
    await pipeline.use(2, 2, { product: "archive", dimension: "Gb", time: "2026-11-30T23:30:00Z" });
    await pipeline.run();
    await pipeline.later(60);
    const due = await Array.fromAsync(dueRecords(pipeline.circumstances()));
    assert.deepEqual(
      due.map(({ usageRecord, alone }) => [usageRecord.Quantity, alone]),
      [
        [2, false],
        [1, false],
        [3, true],
      ],
    );
  });

  it("is never met in another Region than the record was sealed for", async () => {
    const pipeline = await sealed();
    const before = pipeline.seen.length;
    assert.deepEqual(await pipeline.run({ region: "eu-west-1" }), { RecordsWaiting: 1 });
    assert.equal(pipeline.seen.length, before);
    assert.deepEqual(await pipeline.run(), { RecordsAccepted: 1 });
    assert.ok(pipeline.clock.now() > at("2026-11-23T11:00:00Z"));
  });
});
