import assert from "node:assert/strict";
import { recordKey } from "../../src/ledger/keys.ts";
import { readRecord } from "../../src/ledger/records.ts";
import type { Item, Table } from "../../src/ledger/table.ts";
import { closeAll } from "../sandbox/metering/support.ts";
import { refOf } from "../support/ledger.ts";
import { startPipeline } from "../support/pipeline.ts";
import { startDynamo, type TestDynamo } from "../support/table.ts";
import { license } from "../support/usage.ts";

describe("a submit run in bad weather", () => {
  let dynamo: TestDynamo;
  before(async () => {
    dynamo = await startDynamo();
  });
  after(() => dynamo.close());
  afterEach(closeAll);
  const pipelineOf = async (buyers: number, options = {}) => {
    const pipeline = await startPipeline(dynamo, { buyers, ...options });
    for (let n = 1; n <= buyers; n++) await pipeline.use(n, n);
    return pipeline;
  };
  const total = (buyers: number) => `${(buyers * (buyers + 1)) / 2}`;

  for (const name of ["http-500", "connection-reset", "answer-lost", "unreadable-answer"] as const) {
    for (const when of ["before", "after"] as const) {
      it(`bills once what may have been taken: ${name}, ${when} AWS acted`, async () => {
        const pipeline = await pipelineOf(2);
        pipeline.service.inject({ name, when });
        assert.deepEqual(await pipeline.run(), { RecordsSealed: 2, RecordsAccepted: 2, FailedCalls: 1 });
        assert.deepEqual(pipeline.bill(), ["l-1 ApiCalls 10 1", "l-2 ApiCalls 10 2"]);
        assert.deepEqual(await pipeline.states(), ["10 accepted 1 unknown", "10 accepted 1 unknown"]);
      });
    }
  }

  it("takes an identical resend for disputed, never for accepted or expired, where AWS calls it a duplicate", async () => {
    const pipeline = await pipelineOf(2, { identicalResend: "DuplicateRecord" });
    pipeline.service.inject({ name: "answer-lost" });
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 2, RecordsDisputed: 2, FailedCalls: 1 });
    assert.deepEqual(await pipeline.states(), [
      "10 disputed DuplicateRecord 1 unknown",
      "10 disputed DuplicateRecord 1 unknown",
    ]);
    assert.deepEqual(await pipeline.sums(), { used: "3", disputed: "3" });
  });

  it("sends a record that AWS put in neither list again, and only that", async () => {
    const pipeline = await pipelineOf(3);
    pipeline.service.inject({ name: "unlisted", record: { licenseArn: license(2).licenseArn }, when: "after" });
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 3, RecordsAccepted: 3 });
    assert.deepEqual(
      pipeline.seen.map(({ request }) => request?.UsageRecords.length),
      [3, 1],
    );
    assert.deepEqual(await pipeline.sums(), { used: "6", accepted: "6" });
  });

  it("does not bill usage that AWS holds with another quantity, and disputes it", async () => {
    const pipeline = await pipelineOf(2);
    pipeline.service.inject({
      name: "status",
      status: "DuplicateRecord",
      record: { licenseArn: license(1).licenseArn },
    });
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 2, RecordsAccepted: 1, RecordsDisputed: 1 });
    assert.deepEqual(await pipeline.sums(), { used: "3", accepted: "2", disputed: "1" });
    assert.deepEqual(await pipeline.run(), {});
  });

  it("tries three times in a run and leaves the rest to the next", async () => {
    const pipeline = await pipelineOf(1);
    pipeline.service.inject({ name: "http-500", count: "always" });
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 1, FailedCalls: 3, RecordsWaiting: 1 });
    pipeline.service.clearFaults();
    pipeline.service.inject({ name: "unprocessed", count: "always" });
    assert.deepEqual(await pipeline.run(), { RecordsWaiting: 1 });
    assert.equal(pipeline.service.calls.length, 6);
    pipeline.service.clearFaults();
    assert.deepEqual(await pipeline.run(), { RecordsAccepted: 1 });
    assert.equal((await readRecord(pipeline.table, refOf(10)))?.attempts, 7);
  });

  it("finds a poison record among 25, bills the other 24 at once, and tries it alone an hour later", async () => {
    const pipeline = await pipelineOf(25);
    pipeline.service.inject({
      name: "exception",
      exception: "InvalidTagException",
      record: { licenseArn: license(13).licenseArn },
      count: "always",
    });
    const counts = await pipeline.run();
    assert.deepEqual([counts.RecordsAccepted, counts.RecordsPoison, counts.RecordsWaiting], [24, 1, 1]);
    assert.ok(pipeline.seen.length <= 11, `${pipeline.seen.length} requests`);
    assert.deepEqual(
      (await pipeline.states()).filter((state) => state !== "10 accepted"),
      ["10 sealed InvalidTagException"],
    );
    await pipeline.later(55);
    const before = pipeline.seen.length;
    await pipeline.run();
    assert.equal(pipeline.seen.length, before);
    pipeline.service.clearFaults();
    await pipeline.later(10);
    assert.deepEqual(await pipeline.run(), { RecordsAccepted: 1 });
    assert.deepEqual(pipeline.seen.at(-1)?.request?.UsageRecords.length, 1);
    assert.deepEqual(await pipeline.sums(), { used: total(25), accepted: total(25) });
  });

  it("finds two poison records, and refuses them at their deadline with AWS's reason", async () => {
    const pipeline = await pipelineOf(25);
    for (const n of [3, 24])
      pipeline.service.inject({
        name: "exception",
        exception: "InvalidLicenseException",
        record: { licenseArn: license(n).licenseArn },
        count: "always",
      });
    const counts = await pipeline.run();
    assert.deepEqual([counts.RecordsAccepted, counts.RecordsPoison], [23, 2]);
    for (let n = 0; n < 22; n++) {
      await pipeline.later(60);
      assert.equal((await pipeline.run()).RecordsPoison, 2);
    }
    await pipeline.later(60);
    assert.deepEqual(await pipeline.run(), { RecordsRefused: 2 });
    assert.deepEqual(await pipeline.sums(), { used: total(25), accepted: `${325 - 27}`, refused: "27" });
    assert.equal((await pipeline.states()).filter((state) => state === "10 refused InvalidLicenseException").length, 2);
  });

  for (const exception of ["DisabledApiException", "AccessDeniedException", "ExpiredTokenException"] as const) {
    it(`stops a whole product and goes on with the others: ${exception}`, async () => {
      const pipeline = await startPipeline(dynamo, { buyers: 60 });
      for (let n = 1; n <= 60; n++) await pipeline.use(n, 1);
      await pipeline.use(1, 7, { product: "archive", dimension: "Gb" });
      const analytics = { dimension: "ApiCalls" };
      pipeline.service.inject({ name: "exception", exception, record: analytics, count: "always" });
      const counts = await pipeline.run();
      assert.deepEqual([counts.ProductsStopped, counts.RecordsAccepted, counts.RecordsWaiting], [1, 1, 60]);
      assert.deepEqual(pipeline.bill(), ["cust-1 Gb 10 7"]);
      assert.ok(pipeline.seen.length <= 4);
      assert.ok((await pipeline.states()).every((state) => !state.includes("unknown") && !state.includes("Exception")));
      pipeline.service.clearFaults();
      assert.deepEqual(await pipeline.run(), { RecordsAccepted: 60 });
      assert.deepEqual(await pipeline.sums(), { used: "67", accepted: "67" });
    });
  }

  it("slows down where AWS throttles, and still gets everything through", async () => {
    const pipeline = await startPipeline(dynamo, { buyers: 100, quota: { ratePerSecond: 1, capacity: 1 } });
    for (let n = 1; n <= 100; n++) await pipeline.use(n, 1);
    for (let runs = 0; runs < 4 && pipeline.bill().length < 100; runs++) await pipeline.run();
    assert.deepEqual(await pipeline.sums(), { used: "100", accepted: "100" });
  });

  it("bills the records whose outcome could be written, and sends the one again whose could not", async () => {
    const pipeline = await pipelineOf(3);
    let failed = false;
    const failing: Table = {
      ...pipeline.table,
      async update(key, change, condition) {
        if (!failed && change.set?.state === "accepted") {
          failed = true;
          throw new Error("throttled");
        }
        return pipeline.table.update(key, change, condition);
      },
    };
    const counts = await pipeline.run({ table: failing });
    assert.deepEqual(counts, { RecordsSealed: 3, RecordsAccepted: 3, RecordsWaiting: 1 });
    assert.deepEqual(pipeline.errors.map(String), ["Error: throttled"]);
    assert.deepEqual(await pipeline.run(), { RecordsAccepted: 1 });
    assert.deepEqual(await pipeline.sums(), { used: "6", accepted: "6" });
  });

  it("sends nothing of a batch on one of whose records no attempt could be written", async () => {
    const pipeline = await pipelineOf(3);
    const failing: Table = {
      ...pipeline.table,
      async update(key, change, condition) {
        if (change.addToSet && key.pk.includes("l-2")) throw new Error("throttled");
        return pipeline.table.update(key, change, condition);
      },
    };
    await pipeline.run({ table: failing });
    assert.equal(pipeline.seen.length, 0);
    await pipeline.run();
    assert.deepEqual(await pipeline.sums(), { used: "6", accepted: "6" });
  });

  it("leaves one record whose allocations are damaged, and sends the others", async () => {
    const pipeline = await pipelineOf(2);
    await pipeline.use(1, 5, { tags: { Team: "blue" } });
    const damaged: Table = {
      ...pipeline.table,
      async *query(pk, prefix) {
        if (!prefix.startsWith("allocations#")) yield* pipeline.table.query(pk, prefix);
      },
    };
    const counts = await pipeline.run({ table: damaged });
    assert.deepEqual(counts, { RecordsSealed: 2, RecordsAccepted: 1, RecordsWaiting: 1 });
    assert.match(`${pipeline.errors}`, /The allocations of H#.* has 0 of its 1 chunks/);
    await pipeline.run();
    assert.deepEqual(await pipeline.sums(), { used: "8", accepted: "8" });
  });

  it("writes the answers under way before it fails where what is due cannot be read on", async () => {
    const pipeline = await pipelineOf(30);
    let lists = 0;
    const failing: Table = {
      ...pipeline.table,
      async *queryIndex(index, hash, range) {
        // What is to be tried again alone is listed after the first 25 are on their way.
        if (range?.from === "retry#" && lists++ === 0) throw new Error("throttled");
        yield* pipeline.table.queryIndex(index, hash, range);
      },
    };
    await assert.rejects(pipeline.run({ table: failing }), /throttled/);
    assert.deepEqual(await pipeline.states(), [...Array(25).fill("10 accepted"), ...Array(5).fill("10 sealed")].sort());
    await pipeline.run();
    assert.deepEqual(await pipeline.sums(), { used: total(30), accepted: total(30) });
  });

  it("does not send, seal or open anything for what a stale index still lists", async () => {
    const pipeline = await pipelineOf(1);
    const listed: Item[] = [];
    const seeing: Table = {
      ...pipeline.table,
      async *queryIndex(index, hash, range) {
        for await (const item of pipeline.table.queryIndex(index, hash, range)) {
          listed.push({ ...item, range: range?.from ?? "", hash });
          yield item;
        }
      },
    };
    await pipeline.run({ table: seeing });
    const stale: Table = {
      ...pipeline.table,
      async *queryIndex(index, hash, range) {
        yield* listed.filter((item) => index === "due" && item.hash === hash && item.range === range?.from);
      },
    };
    const before = await pipeline.table.get(recordKey(refOf(10)));
    const { RecordsSealed, RecordsAccepted } = await pipeline.run({ table: stale });
    assert.deepEqual([listed.length > 1, RecordsSealed, RecordsAccepted], [true, undefined, undefined]);
    assert.deepEqual(await pipeline.table.get(recordKey(refOf(10))), before);
    assert.equal(pipeline.seen.length, 1);
  });
});
