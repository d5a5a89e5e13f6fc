import assert from "node:assert/strict";
import { submitRun } from "../../src/submit/run.ts";
import { MINUTE } from "../../src/usage/instants.ts";
import { closeAll } from "../sandbox/metering/support.ts";
import { clientThrough } from "../support/broken.ts";
import { callingThrough, startPipeline } from "../support/pipeline.ts";
import { startDynamo, type TestDynamo } from "../support/table.ts";

describe("a submit run", () => {
  let dynamo: TestDynamo;
  before(async () => {
    dynamo = await startDynamo();
  });
  after(() => dynamo.close());
  afterEach(closeAll);

  it("bills what was used in the hours that are over, in whole units, once", async () => {
    const pipeline = await startPipeline(dynamo, { buyers: 2 });
    await pipeline.use(1, "5.5");
    await pipeline.use(1, "1.25", { dimension: "GbHours" });
    await pipeline.use(2, 7, { product: "archive", dimension: "Gb" });
    await pipeline.use(1, 9, { time: "2026-11-23T11:05:00Z" });
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 3, RecordsAccepted: 3 });
    assert.deepEqual(pipeline.bill(), ["cust-2 Gb 10 7", "l-1 ApiCalls 10 5", "l-1 GbHours 10 1"]);
    assert.deepEqual(await pipeline.run(), {});
    assert.deepEqual(await pipeline.sums(), { used: "22.75", accepted: "13", waiting: "9.75" });
    pipeline.until(13);
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 1, RecordsAccepted: 1 });
    assert.deepEqual(pipeline.bill().at(2), "l-1 ApiCalls 11 9");
    assert.deepEqual(pipeline.errors, []);
  });

  it("one ThrottlingException", async () => {
    const pipeline = await startPipeline(dynamo);
    await pipeline.use(1, 10);
    pipeline.service.inject({ name: "exception", exception: "ThrottlingException" });
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 1, RecordsAccepted: 1, ThrottledCalls: 1 });
    assert.deepEqual(pipeline.bill(), ["l-1 ApiCalls 10 10"]);
    assert.deepEqual(await pipeline.sums(), { used: "10", accepted: "10" });
    assert.match(`${pipeline.errors}`, /BatchMeterUsage failed for 1 records: ThrottlingException/);
  });

  it("one record left in UnprocessedRecords", async () => {
    const pipeline = await startPipeline(dynamo, { buyers: 3 });
    for (const n of [1, 2, 3]) await pipeline.use(n, 10);
    pipeline.service.inject({ name: "unprocessed", records: 1 });
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 3, RecordsAccepted: 3 });
    assert.deepEqual(pipeline.bill(), ["l-1 ApiCalls 10 10", "l-2 ApiCalls 10 10", "l-3 ApiCalls 10 10"]);
    assert.deepEqual(await pipeline.sums(), { used: "30", accepted: "30" });
    assert.deepEqual(
      pipeline.seen.map(({ request }) => request?.UsageRecords.length),
      [3, 1],
    );
  });

  for (const identicalResend of ["Success", "DuplicateRecord"] as const) {
    const title = "one submit run killed after the call and before the outcome is written";
    it(
      identicalResend === "Success" ? title : `${title}, where AWS calls an identical resend a duplicate`,
      async () => {
        const pipeline = await startPipeline(dynamo, { identicalResend });
        await pipeline.use(1, 10);
        let dead = false;
        const dying = clientThrough(dynamo.client, async (call) => {
          if (dead) throw new Error("process died");
          return call();
        });
        const metering = callingThrough(pipeline.metering, async (call) => {
          const answer = await call();
          dead = true;
          return answer;
        });
        await assert.rejects(pipeline.run({ table: pipeline.through(dying), metering }), /process died/);
        assert.deepEqual(pipeline.bill(), ["l-1 ApiCalls 10 10"]);
        assert.deepEqual(await pipeline.states(), ["10 sealed 1 unknown"]);
        // An hour later: what is sent again is the same to the second, so that AWS knows it.
        pipeline.until(12);
        const taken = identicalResend === "Success";
        assert.deepEqual(await pipeline.run(), taken ? { RecordsAccepted: 1 } : { RecordsDisputed: 1 });
        assert.deepEqual(pipeline.bill(), ["l-1 ApiCalls 10 10"]);
        assert.deepEqual(
          await pipeline.sums(),
          taken ? { used: "10", accepted: "10" } : { used: "10", disputed: "10" },
        );
        const [first, second] = pipeline.seen.map(({ request }) => request);
        assert.deepEqual(second, first);
      },
    );
  }

  it("sends 60 records in as few requests as AWS allows, nearest deadline first", async () => {
    const pipeline = await startPipeline(dynamo, { buyers: 60 });
    for (let n = 1; n <= 60; n++)
      await pipeline.use(n, n, { time: `2026-11-23T10:${(59 - (n % 60)).toString().padStart(2, "0")}:00Z` });
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 60, RecordsAccepted: 60 });
    assert.equal(pipeline.bill().length, 60);
    const sent = pipeline.seen.map(({ request }) => request?.UsageRecords.map(({ Timestamp }) => Timestamp) ?? []);
    assert.deepEqual(sent.map(({ length }) => length).sort(), [10, 25, 25]);
    // Requests overlap: each holds records with deadlines no later than those of the requests made after it.
    const bounds = sent.map((times) => [Math.min(...times), Math.max(...times)]).sort(([a = 0], [b = 0]) => a - b);
    for (const [index, [, last = 0]] of bounds.slice(0, -1).entries()) assert.ok(last <= (bounds[index + 1]?.[0] ?? 0));
  });

  it("sends allocations that AWS takes, folded and complete", async () => {
    const pipeline = await startPipeline(dynamo);
    await pipeline.use(1, "7.5", { tags: { Team: "blue" } });
    await pipeline.use(1, "2", { tags: JSON.parse('{"__proto__":"x"}') });
    await pipeline.use(1, "3.25");
    await pipeline.run();
    assert.deepEqual(pipeline.bill(), ["l-1 ApiCalls 10 12"]);
    assert.deepEqual(
      pipeline.service
        .billed()[0]
        ?.allocations.map(({ quantity, tags }) => [Number(quantity), ...Object.entries(tags).flat()]),
      [[7, "Team", "blue"], [2, "__proto__", "x"], [3]],
    );
  });

  it("hands over at its time limit: it seals no more and sends no more, and the next run goes on", async () => {
    const pipeline = await startPipeline(dynamo, { buyers: 120 });
    for (let n = 1; n <= 120; n++) await pipeline.use(n, 1, n % 2 ? {} : { dimension: "GbHours" });
    assert.deepEqual(await pipeline.run({}, 0), {});
    assert.deepEqual(await pipeline.states().then((all) => new Set(all)), new Set(["10 open"]));
    await pipeline.run({ requestsPerSecond: 0.1 }, 1);
    const sent = pipeline.seen.length;
    assert.ok(sent >= 5 && sent < 12, `${sent}`);
    await pipeline.run();
    assert.equal(pipeline.bill().length, 120);
    assert.deepEqual(await pipeline.sums(), { used: "120", accepted: "120" });
  });

  it("reports what waits, what is near its deadline and how old the oldest unsent usage is", async () => {
    const pipeline = await startPipeline(dynamo, { buyers: 2 });
    await pipeline.use(1, 1);
    await pipeline.use(2, 1);
    pipeline.service.inject({ name: "exception", exception: "DisabledApiException", count: "always" });
    const run = () => submitRun(pipeline.submitter(), pipeline.clock.now() + 14 * MINUTE);
    const first = await run();
    assert.deepEqual([first.RecordsWaiting, first.RecordsNearDeadline, first.ProductsStopped], [2, 0, 1]);
    assert.equal(first.OldestUnsentSeconds, 20 * 60);
    pipeline.until(31.5);
    const near = await run();
    assert.deepEqual([near.RecordsWaiting, near.RecordsNearDeadline, near.OldestUnsentSeconds], [2, 2, 20.5 * 3600]);
  });
});
