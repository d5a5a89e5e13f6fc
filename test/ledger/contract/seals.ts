import assert from "node:assert/strict";
import { listDue } from "../../../src/ledger/due.ts";
import { manifestKey, meterItemKey, recordKey } from "../../../src/ledger/keys.ts";
import { openRecord, readRecord } from "../../../src/ledger/records.ts";
import {
  commitSeal,
  completeSeal,
  fence,
  meterServed,
  openWriteOff,
  readAllocations,
  readManifest,
  readMeter,
  writeAllocations,
  writeManifest,
} from "../../../src/ledger/seals.ts";
import type { Table } from "../../../src/ledger/table.ts";
import { buyerKey } from "../../../src/usage/buyers.ts";
import { answersLost, refOf, sealOf } from "../../support/ledger.ts";
import { hour, license, meterOf, units } from "../../support/usage.ts";
import type { MakeTable } from "../contract.ts";

export function sealsContract(make: MakeTable): void {
  describe("a seal", () => {
    let table: Table;
    const ref = refOf(10);
    beforeEach(async () => {
      table = await make();
      await openRecord(table, ref, hour(11));
    });

    it("moves the meter's balance on, and stands pending until it is copied", async () => {
      assert.deepEqual(await readMeter(table, ref.meter), { version: 0, balance: 0n, pending: undefined });
      const seal = sealOf({ closing: units("0.25"), folded: { sets: 2, units: 7n }, productCode: "code" });
      await fence(table, ref);
      assert.equal(await commitSeal(table, ref, seal, hour(11)), true);
      assert.deepEqual(await readMeter(table, ref.meter), {
        version: 1,
        balance: units("0.25"),
        pending: { ref, seal },
      });
      assert.equal((await readRecord(table, ref))?.state, "sealing");
      await completeSeal(table, { ref, seal });
      assert.deepEqual(await readMeter(table, ref.meter), { version: 1, balance: units("0.25"), pending: undefined });
      assert.deepEqual(await readRecord(table, ref), {
        ref,
        state: "sealed",
        seal,
        attempts: 0,
        unknown: new Set(),
        lastAttemptAt: undefined,
        reason: undefined,
        returnedAt: undefined,
      });
      assert.deepEqual(await listDue(table, "seal"), []);
      assert.deepEqual(await listDue(table, "send"), [{ key: recordKey(ref), at: seal.lastSend }]);
    });

    it("is committed by one of any number of sealers that read the same version", async () => {
      const seals = [1, 2, 3, 4].map((n) => sealOf({ token: `token-${n}` }));
      const committed = await Promise.all(seals.map((seal) => commitSeal(table, ref, seal, hour(11))));
      assert.equal(committed.filter(Boolean).length, 1);
      assert.equal((await readMeter(table, ref.meter)).pending?.seal.token, seals[committed.indexOf(true)]?.token);
      assert.equal(await commitSeal(table, refOf(11), sealOf({ token: "late", version: 3 }), hour(11)), false);
    });

    it("whose answer was lost is found to be committed by its own token, the first and every later one", async () => {
      const lossy = answersLost(table);
      assert.equal(await commitSeal(lossy, ref, sealOf({ token: "a" }), hour(11)), true);
      await completeSeal(lossy, { ref, seal: sealOf({ token: "a" }) });
      assert.equal(await commitSeal(lossy, refOf(11), sealOf({ token: "b", version: 2 }), hour(11)), true);
      assert.equal((await readMeter(table, ref.meter)).version, 2);
    });

    it("can be completed by anyone, any number of times, and never undoes what came after it", async () => {
      const first = sealOf({ token: "first" });
      await fence(table, ref);
      await commitSeal(table, ref, first, hour(11));
      await Promise.all([1, 2, 3].map(() => completeSeal(table, { ref, seal: first })));
      const second = sealOf({ token: "second", version: 2 });
      await openRecord(table, refOf(11), hour(12));
      await fence(table, refOf(11));
      await commitSeal(table, refOf(11), second, hour(12));
      await table.update(recordKey(ref), { set: { state: "accepted" } });
      await completeSeal(table, { ref, seal: first });
      assert.equal((await readMeter(table, ref.meter)).pending?.seal.token, "second");
      assert.equal((await readRecord(table, ref))?.state, "accepted");
    });

    it("does not touch a record that is not being sealed", async () => {
      await completeSeal(table, { ref, seal: sealOf() });
      assert.equal((await readRecord(table, ref))?.state, "open");
      await completeSeal(table, { ref: refOf(20), seal: sealOf() });
      assert.equal(await readRecord(table, refOf(20)), undefined);
    });

    it("that ends its record waits for nothing", async () => {
      for (const [n, state] of [
        [12, "empty"],
        [13, "expired"],
      ] as const) {
        const own = refOf(n, n);
        await openRecord(table, own, hour(14));
        await fence(table, own);
        await completeSeal(table, { ref: own, seal: sealOf({ state }) });
        assert.equal((await readRecord(table, own))?.state, state);
      }
      assert.deepEqual(await listDue(table, "send"), []);
      assert.deepEqual(await listDue(table, "seal", hour(14)), [{ key: recordKey(ref), at: hour(11) }]);
    });

    it("with a unit or more left makes the meter due, until it was served for that very version", async () => {
      const open = () => listDue(table, "open").then((entries) => entries.map(({ key }) => key));
      await commitSeal(table, ref, sealOf({ closing: units("1") }), hour(11));
      assert.deepEqual(await open(), [meterItemKey(ref.meter)]);
      await meterServed(table, ref.meter, 0);
      assert.deepEqual(await open(), [meterItemKey(ref.meter)]);
      await meterServed(table, ref.meter, 1);
      assert.deepEqual(await open(), []);
      await commitSeal(table, ref, sealOf({ version: 2, closing: units("2") }), hour(11));
      assert.deepEqual(await open(), [meterItemKey(ref.meter)]);
      await commitSeal(table, ref, sealOf({ version: 3, closing: units("0.999999999") }), hour(11));
      assert.deepEqual(await open(), []);
      await meterServed(table, meterOf(9), 0);
      assert.deepEqual(await readMeter(table, meterOf(9)), { version: 0, balance: 0n, pending: undefined });
    });

    it("of a write-off has a record of its own beside the hour's, closed from its first moment, made once", async () => {
      const writeOff = { ...ref, writeOff: true as const };
      const buyer = buyerKey("analytics", license());
      await openWriteOff(table, writeOff, buyer, hour(12));
      assert.equal((await readRecord(table, writeOff))?.state, "sealing");
      await completeSeal(table, { ref: writeOff, seal: sealOf({ state: "expired" }) });
      await openWriteOff(table, writeOff, buyer, hour(13));
      assert.equal((await readRecord(table, writeOff))?.state, "expired");
      assert.equal((await readRecord(table, ref))?.state, "open");
    });
  });

  describe("a manifest", () => {
    let table: Table;
    const ref = refOf(10);
    before(async () => {
      table = await make();
    });

    it("knows exactly the events it was made of, over any number of chunks", async () => {
      const ids = Array.from({ length: 40_001 }, (_, n) => `evt-${n}`);
      const manifestChunks = await writeManifest(table, ref, "t", ids, 0);
      assert.equal(manifestChunks, 3);
      const counted = await readManifest(table, ref, sealOf({ token: "t", manifestChunks }));
      assert.ok(ids.every((id) => counted(id)));
      assert.ok(!["evt-40001", "", "EVT-1", "evt-"].some((id) => counted(id)));
    });

    it("that lacks a chunk is an error, never an event that was not counted", async () => {
      const manifestChunks = await writeManifest(table, ref, "u", ["a"], 0);
      const seal = sealOf({ token: "u", manifestChunks: manifestChunks + 1 });
      await assert.rejects(
        readManifest(table, ref, seal),
        /^Error: The manifest of H#.*T10 has 1 of its 2 chunks; restore/,
      );
      await assert.rejects(
        readManifest(table, ref, sealOf({ token: "none", manifestChunks: 1 })),
        /has 0 of its 1 chunks/,
      );
    });

    it("of another seal, or of none, counts nothing", async () => {
      await writeManifest(table, ref, "other", ["a"], 0);
      assert.equal(await writeManifest(table, ref, "v", [], 0), 0);
      const counted = await readManifest(table, ref, sealOf({ token: "v", manifestChunks: 0 }));
      assert.equal(counted("a"), false);
      assert.equal((await table.get(manifestKey(ref, "other", 0)))?.expiresAt, 0);
    });
  });

  describe("the allocations of a seal", () => {
    it("come back as they were written, in order, over any number of chunks; a missing one is an error", async () => {
      const table = await make();
      const ref = refOf(10);
      const allocations = Array.from({ length: 2_000 }, (_, n) => ({
        tags: { n: `${n}`.padEnd(200, "x"), k: "v" },
        quantity: BigInt(n + 1),
      }));
      allocations.push({ tags: {} as (typeof allocations)[0]["tags"], quantity: 2_147_483_647n });
      const allocationChunks = await writeAllocations(table, ref, "t", allocations);
      assert.equal(allocationChunks, 2);
      const read = await readAllocations(table, ref, sealOf({ token: "t", allocationChunks }));
      assert.deepEqual(read, allocations);
      const short = sealOf({ token: "t", allocationChunks: 3 });
      await assert.rejects(readAllocations(table, ref, short), /^Error: The allocations of H#.* has 2 of its 3 chunks/);
      assert.equal(await writeAllocations(table, ref, "none", []), 0);
      assert.deepEqual(await readAllocations(table, ref, sealOf({ token: "none" })), []);
    });
  });
}
