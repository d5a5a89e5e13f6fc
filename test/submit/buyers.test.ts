import assert from "node:assert/strict";
import { readBuyer } from "../../src/ledger/buyers.ts";
import type { Table } from "../../src/ledger/table.ts";
import { buyerOf, closeAll } from "../sandbox/metering/support.ts";
import { startPipeline } from "../support/pipeline.ts";
import { startDynamo, type TestDynamo } from "../support/table.ts";
import { customer, hour, license } from "../support/usage.ts";

describe("buyers that AWS refuses", () => {
  let dynamo: TestDynamo;
  before(async () => {
    dynamo = await startDynamo();
  });
  after(() => dynamo.close());
  afterEach(closeAll);

  type Pipeline = Awaited<ReturnType<typeof startPipeline>>;
  const suspend = (pipeline: Pipeline, n: number, suspended = true) => {
    buyerOf(pipeline.listing, license(n).licenseArn).suspended = suspended;
  };
  const known = (pipeline: Pipeline, n: number) => readBuyer(pipeline.table, "analytics", license(n));
  /** How many records of buyer `n` were in each request from the `from`th on. */
  const asked = ({ seen }: Pipeline, n: number, from = 0) =>
    seen
      .slice(from)
      .map(({ request }) => request?.UsageRecords.filter((each) => each.LicenseArn === license(n).licenseArn).length);

  it("are billed in full once their agreement is active, though it was not when they were first sent", async () => {
    const pipeline = await startPipeline(dynamo, { buyers: 2 });
    suspend(pipeline, 1);
    await pipeline.use(1, 10);
    await pipeline.use(2, 10);
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 2, RecordsAccepted: 1, RecordsWaiting: 1 });
    assert.deepEqual(await pipeline.states(), ["10 sealed CustomerNotSubscribed", "10 accepted"]);
    suspend(pipeline, 1, false);
    await pipeline.later(5);
    assert.deepEqual(await pipeline.run(), { RecordsAccepted: 1 });
    assert.deepEqual(pipeline.bill(), ["l-1 ApiCalls 10 10", "l-2 ApiCalls 10 10"]);
    assert.deepEqual(await pipeline.sums(), { used: "20", accepted: "20" });
    assert.deepEqual(await known(pipeline, 1), { agreements: undefined, refusals: 0, probeAt: 0 });
  });

  it("are asked about with one record, ever less often, and all of theirs are sent in the run that finds them active", async () => {
    const pipeline = await startPipeline(dynamo, { buyers: 1 });
    suspend(pipeline, 1);
    for (const dimension of ["ApiCalls", "GbHours"])
      for (const n of [7, 8, 9, 10])
        await pipeline.use(1, 1, { dimension, time: new Date(hour(n) + 300_000).toISOString() });
    await pipeline.run();
    // The first request did not know better; its records count as one refusal.
    assert.deepEqual(asked(pipeline, 1), [8]);
    assert.equal((await known(pipeline, 1)).refusals, 1);
    for (const [minutes, requests] of [
      [4, 0],
      [2, 1],
      [5, 0],
      [6, 1],
      [15, 0],
      [6, 1],
    ] as const) {
      const before = pipeline.seen.length;
      await pipeline.later(minutes);
      await pipeline.run();
      assert.deepEqual(asked(pipeline, 1, before), Array(requests).fill(1));
    }
    assert.equal((await known(pipeline, 1)).refusals, 4);
    suspend(pipeline, 1, false);
    await pipeline.later(60);
    const before = pipeline.seen.length;
    assert.deepEqual(await pipeline.run(), { RecordsAccepted: 8 });
    assert.deepEqual(asked(pipeline, 1, before), [1, 7]);
    assert.deepEqual(await pipeline.sums(), { used: "8", accepted: "8" });
  });

  it("do not delay the others: each run asks about each of them once, in requests that others share", async () => {
    const pipeline = await startPipeline(dynamo, { buyers: 40 });
    for (let n = 1; n <= 39; n++) {
      suspend(pipeline, n);
      for (const dimension of ["ApiCalls", "GbHours"]) await pipeline.use(n, 1, { dimension });
    }
    await pipeline.run();
    assert.equal(pipeline.seen.length, 4);
    // Usage of the good one is the last in line.
    await pipeline.use(40, 7, { time: "2026-11-23T11:59:00Z" });
    pipeline.until(12.25);
    const before = pipeline.seen.length;
    assert.equal((await pipeline.run()).RecordsAccepted, 1);
    const requests = pipeline.seen.slice(before).map(({ request }) => request?.UsageRecords.length);
    assert.deepEqual(requests.sort(), [15, 25]);
  });

  it("end refused at their deadline, with their quantity and AWS's reason, while they back off too", async () => {
    const pipeline = await startPipeline(dynamo, { buyers: 1 });
    suspend(pipeline, 1);
    await pipeline.use(1, "10.5");
    await pipeline.run();
    pipeline.until(33.9);
    await pipeline.run();
    pipeline.until(34);
    assert.deepEqual(await pipeline.run(), { RecordsWaiting: 1, RecordsNearDeadline: 1 });
    pipeline.clock.set("2026-11-24T10:02:00.001Z");
    assert.deepEqual(await pipeline.run(), { RecordsRefused: 1 });
    assert.deepEqual(await pipeline.states(), ["10 refused CustomerNotSubscribed"]);
    assert.deepEqual(await pipeline.sums(), { used: "10.5", refused: "10", waiting: "0.5" });
  });

  it("are told apart by product: the same customer of another product is sent", async () => {
    const pipeline = await startPipeline(dynamo, { buyers: 1 });
    suspend(pipeline, 1);
    await pipeline.use(1, 3);
    await pipeline.use(1, 4, { product: "archive", dimension: "Gb" });
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 2, RecordsAccepted: 1, RecordsWaiting: 1 });
    assert.equal((await readBuyer(pipeline.table, "archive", customer(1))).refusals, 0);
  });

  it("that are refused for one record and taken for another are asked again, without end to neither", async () => {
    const pipeline = await startPipeline(dynamo, { buyers: 1 });
    const refused = { name: "status", status: "CustomerNotSubscribed", record: { dimension: "GbHours" } } as const;
    pipeline.service.inject({ ...refused, count: "always" });
    for (const dimension of ["ApiCalls", "GbHours"])
      for (const n of [8, 9, 10])
        await pipeline.use(1, 1, { dimension, time: new Date(hour(n) + 300_000).toISOString() });
    await pipeline.run();
    assert.deepEqual(await pipeline.sums(), { used: "6", accepted: "3", waiting: "3" });
    pipeline.service.clearFaults();
    await pipeline.later(60);
    await pipeline.run();
    assert.deepEqual(await pipeline.sums(), { used: "6", accepted: "6" });
  });

  it("are noted even where this run had not yet read what is known of them", async () => {
    const pipeline = await startPipeline(dynamo, { buyers: 1 });
    suspend(pipeline, 1);
    await pipeline.use(1, 3);
    let failed = false;
    const failing: Table = {
      ...pipeline.table,
      async update(key, change, condition) {
        if (!failed && change.set?.probeAt !== undefined) {
          failed = true;
          throw new Error("throttled");
        }
        return pipeline.table.update(key, change, condition);
      },
    };
    await pipeline.run({ table: failing });
    assert.deepEqual(pipeline.errors.map(String), ["Error: throttled"]);
    assert.equal((await known(pipeline, 1)).refusals, 0);
    await pipeline.run();
    assert.equal((await known(pipeline, 1)).refusals, 1);
  });
});
