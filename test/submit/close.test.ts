import assert from "node:assert/strict";
import { backOff, readBuyer, setAgreements } from "../../src/ledger/buyers.ts";
import { listDue } from "../../src/ledger/due.ts";
import { recordKey } from "../../src/ledger/keys.ts";
import { readRecord } from "../../src/ledger/records.ts";
import { commitSeal, fence, readMeter } from "../../src/ledger/seals.ts";
import type { Table } from "../../src/ledger/table.ts";
import { MINUTE } from "../../src/usage/instants.ts";
import { buyerOf, closeAll } from "../sandbox/metering/support.ts";
import { refOf, sealOf } from "../support/ledger.ts";
import { startPipeline } from "../support/pipeline.ts";
import { startDynamo, type TestDynamo } from "../support/table.ts";
import { hour, license, meterOf, units } from "../support/usage.ts";

describe("closing hours and carrying balances", () => {
  let dynamo: TestDynamo;
  let pipeline: Awaited<ReturnType<typeof startPipeline>>;
  before(async () => {
    dynamo = await startDynamo();
  });
  after(() => dynamo.close());
  beforeEach(async () => {
    pipeline = await startPipeline(dynamo, { buyers: 3 });
  });
  afterEach(closeAll);

  const agree = (...periods: [number, number | null][]) =>
    setAgreements(
      pipeline.table,
      "analytics",
      license(1),
      periods.map(([from, to]) => ({ from, to })),
    );

  it("does not seal an hour before grace is over, and seals it then", async () => {
    await pipeline.use(1, 5);
    pipeline.clock.set("2026-11-23T11:14:59.999Z");
    assert.deepEqual(await pipeline.run(), {});
    assert.deepEqual(await pipeline.states(), ["10 open"]);
    pipeline.clock.set("2026-11-23T11:15:00Z");
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 1, RecordsAccepted: 1 });
    const longer = await startPipeline(dynamo);
    await longer.use(1, 5);
    assert.deepEqual(await longer.run({ grace: 30 * MINUTE }), {});
  });

  it("bills what AWS has no room for in one hour in the hours that follow, to the last unit", async () => {
    for (let n = 0; n < 3; n++) await pipeline.use(1, "2147483647");
    await pipeline.use(1, "0.5");
    for (const n of [11.5, 12.5, 13.5, 14.5, 15.5]) {
      pipeline.until(n);
      await pipeline.run();
    }
    assert.deepEqual(pipeline.bill(), [
      "l-1 ApiCalls 10 2147483647",
      "l-1 ApiCalls 11 2147483647",
      "l-1 ApiCalls 12 2147483647",
    ]);
    assert.deepEqual(await pipeline.sums(), { used: "6442450941.5", accepted: "6442450941", waiting: "0.5" });
    assert.deepEqual(await listDue(pipeline.table, "open"), []);
  });

  it("opens no record for less than a unit; it waits for the meter's next usage", async () => {
    await pipeline.use(1, "0.75");
    await pipeline.run();
    pipeline.until(13);
    await pipeline.run();
    assert.deepEqual(await pipeline.states(), ["10 accepted"]);
    await pipeline.use(1, "0.25", { time: "2026-11-23T13:05:00Z" });
    pipeline.until(14.5);
    await pipeline.run();
    assert.deepEqual(pipeline.bill(), ["l-1 ApiCalls 10 0", "l-1 ApiCalls 13 1"]);
    assert.deepEqual(await pipeline.sums(), { used: "1", accepted: "1" });
  });

  it("leaves a balance to the current hour's usage, and waits for the next hour where the current is closed", async () => {
    await pipeline.use(1, "2147483647");
    await pipeline.use(1, "10");
    // The current hour is being sealed by another: it may have read the balance before.
    await pipeline.use(1, 3, { time: "2026-11-23T11:05:00Z" });
    await fence(pipeline.table, refOf(11));
    await pipeline.run();
    assert.equal((await listDue(pipeline.table, "open")).length, 1);
    pipeline.until(12.5);
    await pipeline.run();
    assert.deepEqual(pipeline.bill(), ["l-1 ApiCalls 10 2147483647", "l-1 ApiCalls 11 13"]);
  });

  it("completes a seal that another left pending before it opens a record for its balance", async () => {
    await pipeline.use(1, "2147483647");
    await pipeline.use(1, "2.5");
    await fence(pipeline.table, refOf(10));
    const numbers = { usage: units("2147483649.5"), quantity: units("2147483647"), closing: units("2.5") };
    await commitSeal(pipeline.table, refOf(10), sealOf(numbers), hour(11));
    await pipeline.run();
    pipeline.until(12.5);
    await pipeline.run();
    assert.deepEqual(await pipeline.sums(), { used: "2147483649.5", accepted: "2147483649", waiting: "0.5" });
    assert.equal((await readMeter(pipeline.table, meterOf())).pending, undefined);
  });

  it("seals grace after the end of an agreement, and what it sends is taken in the hour that AWS leaves", async () => {
    await agree([0, hour(11.5)]);
    buyerOf(pipeline.listing, license(1).licenseArn).agreements = [
      { from: "2026-01-01T00:00:00Z", to: "2026-11-23T11:30:00Z" },
    ];
    await pipeline.use(1, "5.5", { time: "2026-11-23T11:05:00Z" });
    pipeline.clock.set("2026-11-23T11:44:00Z");
    assert.deepEqual(await pipeline.run(), {});
    pipeline.clock.set("2026-11-23T11:45:00Z");
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 1, RecordsAccepted: 1 });
    assert.deepEqual(pipeline.bill(), ["l-1 ApiCalls 11 5"]);
    assert.equal((await listDue(pipeline.table, "ending")).length, 1);
    pipeline.until(12.5);
    await pipeline.run();
    assert.deepEqual(await listDue(pipeline.table, "ending"), []);
  });

  it("seals the open records of a buyer whose agreement ends early, though they were due later and the index lags", async () => {
    await pipeline.use(1, 5, { time: "2026-11-23T11:05:00Z" });
    await pipeline.use(1, 7, { time: "2026-11-23T11:06:00Z", dimension: "GbHours" });
    await agree([0, hour(11) + 10 * MINUTE]);
    pipeline.clock.set("2026-11-23T11:26:00Z");
    // The first run sees only one of the two in the index of the buyer's records.
    const stale: Table = {
      ...pipeline.table,
      async *queryIndex(index, hash, range) {
        for await (const item of pipeline.table.queryIndex(index, hash, range))
          if (index !== "buyers" || item.pk.includes("ApiCalls")) yield item;
      },
    };
    assert.deepEqual(await pipeline.run({ table: stale }), { RecordsSealed: 1, RecordsAccepted: 1 });
    pipeline.later(5);
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 1, RecordsAccepted: 1 });
    assert.deepEqual(pipeline.bill(), ["l-1 ApiCalls 11 5", "l-1 GbHours 11 7"]);
  });

  it("does not seal early where an agreement that was to end goes on", async () => {
    await agree([0, hour(11) + 10 * MINUTE]);
    await pipeline.use(1, 5, { time: "2026-11-23T11:05:00Z" });
    await agree([0, null]);
    pipeline.clock.set("2026-11-23T11:30:00Z");
    assert.deepEqual(await pipeline.run(), {});
    pipeline.until(12.25);
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 1, RecordsAccepted: 1 });
  });

  it("writes off a balance of a unit or more that no hour is left for, once AWS's last hour is over, and not before", async () => {
    await agree([0, hour(11)]);
    await pipeline.use(1, "2147483647");
    await pipeline.use(1, "2.5");
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 1, RecordsAccepted: 1 });
    pipeline.clock.set("2026-11-23T11:59:59Z");
    assert.deepEqual(await pipeline.run(), {});
    pipeline.until(12);
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 1, RecordsExpired: 1 });
    assert.deepEqual(await pipeline.run(), {});
    assert.deepEqual(await pipeline.states(), ["10 accepted", "12 expired"]);
    assert.deepEqual(await pipeline.sums(), { used: "2147483649.5", accepted: "2147483647", expired: "2.5" });
    assert.equal((await readRecord(pipeline.table, { ...refOf(12), writeOff: true }))?.seal?.quantity, units("2.5"));
    assert.deepEqual(await listDue(pipeline.table, "open"), []);
  });

  it("keeps a balance for an agreement that is still to begin, and bills it in its first hour", async () => {
    await agree([0, hour(11)], [hour(14) + 20 * MINUTE, null]);
    await pipeline.use(1, "2147483647");
    await pipeline.use(1, "2.5");
    await pipeline.run();
    pipeline.until(13);
    assert.deepEqual(await pipeline.run(), {});
    pipeline.until(14);
    await pipeline.run();
    assert.deepEqual(await pipeline.states(), ["10 accepted", "14 open"]);
    pipeline.until(15.25);
    await pipeline.run();
    assert.deepEqual(pipeline.bill(), ["l-1 ApiCalls 10 2147483647", "l-1 ApiCalls 14 2"]);
    // AWS refuses usage from before an agreement began.
    assert.equal(
      new Date((pipeline.service.billed()[1]?.timestamp ?? 0) * 1000).toISOString(),
      "2026-11-23T14:20:00.000Z",
    );
  });

  it("finishes a write-off that was opened and left, and takes all that the meter has by then", async () => {
    await agree([0, hour(11)]);
    await pipeline.use(1, "2147483647");
    await pipeline.use(1, "2.5");
    await pipeline.run();
    pipeline.until(12);
    const failing: Table = {
      ...pipeline.table,
      async update(key, change, condition) {
        if (change.set?.pendingPartition !== undefined) throw new Error("throttled");
        return pipeline.table.update(key, change, condition);
      },
    };
    await pipeline.run({ table: failing });
    assert.deepEqual(await pipeline.states(), ["10 accepted", "12 sealing"]);
    assert.deepEqual(pipeline.errors.map(String), ["Error: throttled"]);
    pipeline.until(13);
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 1, RecordsExpired: 1 });
    assert.deepEqual(await pipeline.states(), ["10 accepted", "12 expired"]);
    assert.deepEqual(await pipeline.sums(), { used: "2147483649.5", accepted: "2147483647", expired: "2.5" });
  });

  it("leaves one meter that fails to the next run, and closes the others", async () => {
    await pipeline.use(1, 5);
    await pipeline.use(2, 5);
    const failing: Table = {
      ...pipeline.table,
      async update(key, change, condition) {
        if (key.pk === recordKey(refOf(10)).pk) throw new Error("throttled");
        return pipeline.table.update(key, change, condition);
      },
    };
    assert.deepEqual(await pipeline.run({ table: failing }), { RecordsSealed: 1, RecordsAccepted: 1 });
    assert.equal(pipeline.errors.length, 1);
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 1, RecordsAccepted: 1 });
  });

  it("expires what is sealed past its deadline with its exact usage, and bills the balance it could have taken later", async () => {
    await pipeline.use(1, "2147483647");
    await pipeline.use(1, "2.5");
    await pipeline.run();
    await pipeline.use(1, "1.25", { time: "2026-11-23T11:05:00Z" });
    pipeline.until(36);
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 1, RecordsExpired: 1 });
    pipeline.until(37.5);
    assert.deepEqual(await pipeline.run(), { RecordsSealed: 1, RecordsAccepted: 1 });
    assert.deepEqual(await pipeline.sums(), {
      used: "2147483650.75",
      accepted: "2147483649",
      expired: "1.25",
      waiting: "0.5",
    });
  });

  it("leaves alone what is known of a buyer when it serves the end of an agreement", async () => {
    await agree([0, hour(11)]);
    await backOff(
      pipeline.table,
      "analytics",
      license(1),
      await readBuyer(pipeline.table, "analytics", license(1)),
      hour(11),
    );
    pipeline.until(13);
    await pipeline.run();
    assert.equal((await readBuyer(pipeline.table, "analytics", license(1))).refusals, 1);
  });
});
