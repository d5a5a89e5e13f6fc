import assert from "node:assert/strict";
import { accept, dispute, notTaken, setAside, writeAttempt } from "../../../src/ledger/attempts.ts";
import { listDue } from "../../../src/ledger/due.ts";
import { recordKey } from "../../../src/ledger/keys.ts";
import { type HourlyRecord, type RecordState, readRecord } from "../../../src/ledger/records.ts";
import type { Table } from "../../../src/ledger/table.ts";
import { answersLost, refOf, sealHour, useHour } from "../../support/ledger.ts";
import { hour } from "../../support/usage.ts";
import type { MakeTable } from "../contract.ts";

export function attemptsContract(make: MakeTable): void {
  describe("an attempt", () => {
    let table: Table;
    const ref = refOf(10);
    beforeEach(async () => {
      table = await make();
      await useHour(table, ref, ["5"]);
      await sealHour(table, ref);
    });
    const read = async () => (await readRecord(table, ref)) as HourlyRecord;
    const told = async () => {
      const { state, attempts, unknown, reason } = await read();
      return [state, attempts, [...unknown].sort().join(), reason];
    };
    const due = async () => [...(await listDue(table, "send")), ...(await listDue(table, "retry"))];

    it("is unknown from before it is sent, and counts", async () => {
      assert.equal(await writeAttempt(table, await read(), "a", hour(12)), true);
      assert.equal(await writeAttempt(table, await read(), "b", hour(13)), true);
      assert.deepEqual(await told(), ["sealed", 2, "a,b", undefined]);
      assert.equal((await read()).lastAttemptAt, hour(13));
    });

    it("is lost where the record is not as it was read: another attempt was written, or it is no longer waiting", async () => {
      const before = await read();
      assert.equal(await writeAttempt(table, before, "a", hour(12)), true);
      assert.equal(await writeAttempt(table, before, "b", hour(12)), false);
      const after = await read();
      await writeAttempt(table, after, "c", hour(12));
      assert.equal(await writeAttempt(table, after, "d", hour(12)), false);
      const latest = await read();
      await accept(table, ref, { token: "a" }, hour(12));
      assert.equal(await writeAttempt(table, latest, "e", hour(12)), false);
      assert.deepEqual(await told(), ["accepted", 2, "c", undefined]);
    });

    it("is won by one of any number of submitters", async () => {
      const before = await read();
      const tokens = ["a", "b", "c", "d"];
      const won = await Promise.all(tokens.map((token) => writeAttempt(table, before, token, hour(12))));
      assert.equal(won.filter(Boolean).length, 1);
      assert.deepEqual(await told(), ["sealed", 1, tokens[won.indexOf(true)], undefined]);
    });

    it("whose answer was lost is found by its own token", async () => {
      assert.equal(await writeAttempt(answersLost(table), await read(), "a", hour(12)), true);
      assert.deepEqual(await told(), ["sealed", 1, "a", undefined]);
      assert.equal(await writeAttempt(answersLost(table), await read(), "b", hour(12)), true);
      assert.deepEqual(await told(), ["sealed", 2, "a,b", undefined]);
    });

    it("never makes a record", async () => {
      const none = { ...(await read()), ref: refOf(20) };
      assert.equal(await writeAttempt(table, none, "a", hour(12)), false);
      await accept(table, refOf(20), { token: "a" }, hour(12));
      await notTaken(table, refOf(20), "a", "x");
      await setAside(table, refOf(20), "a", "x", hour(13));
      assert.equal(await dispute(table, refOf(20), "x", "a"), false);
      assert.equal(await readRecord(table, refOf(20)), undefined);
    });

    it("that AWS took makes the record accepted for good, whatever it was held for, and off the list", async () => {
      const states: RecordState[] = ["sealed", "refused", "expired", "disputed", "accepted"];
      for (const state of states) {
        await table.update(recordKey(ref), { set: { state, reason: "x" }, addToSet: { unknown: "a" } });
        await accept(table, ref, { token: "a", meteringRecordId: `id-${state}` }, hour(12));
        assert.deepEqual(await told(), ["accepted", 0, "", undefined]);
        assert.deepEqual((await table.get(recordKey(ref)))?.meteringRecordId, `id-${state}`);
        assert.deepEqual((await table.get(recordKey(ref)))?.acceptedAt, hour(12));
      }
      assert.deepEqual(await due(), []);
    });

    it("that evidence shows as taken leaves the other attempts as unknown as they were", async () => {
      await writeAttempt(table, await read(), "a", hour(12));
      await accept(table, ref, {}, hour(13));
      assert.deepEqual(await told(), ["accepted", 1, "a", undefined]);
    });

    it("that was not taken leaves the record in line, with AWS's reason where it gave one", async () => {
      for (const token of ["a", "b", "c"]) await writeAttempt(table, await read(), token, hour(12));
      await notTaken(table, ref, "a");
      assert.deepEqual(await told(), ["sealed", 3, "b,c", undefined]);
      await notTaken(table, ref, "b", "CustomerNotSubscribed");
      await notTaken(table, ref, "c");
      assert.deepEqual(await told(), ["sealed", 3, "", "CustomerNotSubscribed"]);
      assert.equal((await due()).length, 1);
    });

    it("that was not taken changes nothing but its own token in a record that is settled", async () => {
      await writeAttempt(table, await read(), "a", hour(12));
      await writeAttempt(table, await read(), "b", hour(12));
      await accept(table, ref, { token: "a" }, hour(12));
      await notTaken(table, ref, "b", "CustomerNotSubscribed");
      assert.deepEqual(await told(), ["accepted", 2, "", undefined]);
      await table.update(recordKey(ref), { addToSet: { unknown: "c" } });
      await setAside(table, ref, "c", "InvalidTagException", hour(13));
      assert.deepEqual(await told(), ["accepted", 2, "", undefined]);
      await table.update(recordKey(ref), { addToSet: { unknown: "d" } });
      assert.equal(await dispute(table, ref, "DuplicateRecord", "d"), false);
      assert.deepEqual(await told(), ["accepted", 2, "", undefined]);
      assert.deepEqual(await due(), []);
    });

    it("that makes AWS refuse the request sets the record aside until it is tried again alone", async () => {
      await writeAttempt(table, await read(), "a", hour(12));
      await setAside(table, ref, "a", "InvalidTagException", hour(13));
      assert.deepEqual(await told(), ["sealed", 1, "", "InvalidTagException"]);
      assert.deepEqual(await listDue(table, "send"), []);
      assert.deepEqual(await listDue(table, "retry", hour(13) - 1), []);
      assert.deepEqual(await listDue(table, "retry", hour(13)), [{ key: recordKey(ref), at: hour(13) }]);
    });

    it("that met another record at AWS leaves the record disputed, with its other attempts", async () => {
      await writeAttempt(table, await read(), "a", hour(12));
      await writeAttempt(table, await read(), "b", hour(12));
      assert.equal(await dispute(table, ref, "DuplicateRecord", "b"), true);
      assert.deepEqual(await told(), ["disputed", 2, "a", "DuplicateRecord"]);
      assert.deepEqual(await due(), []);
    });
  });
}
