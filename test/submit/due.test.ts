import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { writeAllocations } from "../../src/ledger/seals.ts";
import type { Table } from "../../src/ledger/table.ts";
import { type Circumstances, dueRecords } from "../../src/submit/due.ts";
import { lastSend } from "../../src/usage/deadlines.ts";
import { refOf, sealHour, useHour } from "../support/ledger.ts";
import { memoryStore, memoryTable, type Seams, type TableCall } from "../support/memory-table.ts";
import { hour, license } from "../support/usage.ts";

const RECORDS = 250;

describe("the records that are due", () => {
  const store = memoryStore();

  before(async () => {
    const table = memoryTable(store);
    for (let n = 0; n < RECORDS; n++) {
      const ref = refOf(10, n + 1);
      const timestamp = hour(10) + ((n * 7) % RECORDS) * 1000;
      await useHour(table, ref, ["5"]);
      const allocationChunks = await writeAllocations(table, ref, "seal-1", [
        { tags: { License: license(n + 1).licenseArn }, quantity: 5n },
      ]);
      await sealHour(table, ref, { allocationChunks, timestamp, lastSend: lastSend(timestamp, undefined) });
    }
  });

  const circumstances = (table: Table): Circumstances => ({
    table,
    region: "us-east-1",
    now: () => hour(12),
    stopped: new Set(),
    refusing: new Set(),
    buyers: new Map(),
    onEnded: assert.fail,
    onError: (error) => assert.fail(`${error}`),
  });
  /** The same ledger; `around` stands around every call. */
  const due = (around: NonNullable<Seams["around"]>) => dueRecords(circumstances(memoryTable(store, { around })));

  it("come nearest deadline first, whatever is read first", async () => {
    let calls = 0;
    const found = await Array.fromAsync(
      due(async (_, act) => {
        // Every other answer takes a while.
        if (calls++ % 2 === 0) for (let turn = 0; turn < 20; turn++) await undefined;
        return act();
      }),
    );
    assert.deepEqual(
      found.map(({ record }) => record.seal.timestamp),
      Array.from({ length: RECORDS }, (_, n) => hour(10) + n * 1000),
    );
    for (const { usageRecord } of found)
      assert.deepEqual(usageRecord.UsageAllocations, [
        { AllocatedUsageQuantity: 5, Tags: [{ Key: "License", Value: usageRecord.LicenseArn }] },
      ]);
  });

  it("are read a hundred at a time, the next hundred while the first are sent, and no more", async () => {
    const calls: TableCall[] = [];
    const source = due(async (call, act) => {
      calls.push(call);
      return act();
    });
    const called = (name: TableCall["operation"]) => calls.filter(({ operation }) => operation === name).length;
    await source.next();
    await setImmediate();
    // Buyers and records of two hundreds, and the allocations of each record.
    assert.deepEqual([called("getMany"), called("query")], [4, 200]);
    for (let n = 1; n < 100; n++) await source.next();
    await setImmediate();
    assert.deepEqual([called("getMany"), called("query")], [4, 200]);
    await source.next();
    await setImmediate();
    assert.deepEqual([called("getMany"), called("query")], [6, 250]);
  });

  it("have their allocations read sixteen at a time, not one after the other", async () => {
    let under = 0;
    let most = 0;
    const source = due(async ({ operation }, act) => {
      if (operation !== "query") return act();
      under += 1;
      most = Math.max(most, under);
      for (let turn = 0; turn < 200; turn++) await undefined;
      under -= 1;
      return act();
    });
    await source.next();
    assert.equal(most, 16);
  });

  it("that were read are given out before an error of what is read ahead is met", async () => {
    let reads = 0;
    const source = due(async ({ operation }, act) => {
      if (operation === "getMany" && ++reads === 3) throw new Error("the table is gone");
      return act();
    });
    for (let n = 0; n < 100; n++) assert.equal((await source.next()).done, false);
    await assert.rejects(source.next(), { message: "the table is gone" });
  });
});
