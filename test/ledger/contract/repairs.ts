import assert from "node:assert/strict";
import { accept, dispute, endUnaccepted, notTaken, writeAttempt } from "../../../src/ledger/attempts.ts";
import { listDue } from "../../../src/ledger/due.ts";
import { recordKey } from "../../../src/ledger/keys.ts";
import { type HourlyRecord, readRecord } from "../../../src/ledger/records.ts";
import { endDisputed, putBack } from "../../../src/ledger/repairs.ts";
import type { Table } from "../../../src/ledger/table.ts";
import { answersLost, refOf, sealHour, useHour } from "../../support/ledger.ts";
import { hour } from "../../support/usage.ts";
import type { MakeTable } from "../contract.ts";

export function repairsContract(make: MakeTable): void {
  describe("a record that AWS never took", () => {
    let table: Table;
    const ref = refOf(10);
    beforeEach(async () => {
      table = await make();
      await useHour(table, ref, ["5"]);
      await sealHour(table, ref);
    });
    const read = async () => (await readRecord(table, ref)) as HourlyRecord;
    const told = async () => {
      const { state, attempts, unknown, reason, returnedAt } = await read();
      return [state, attempts, [...unknown].sort().join(), reason, returnedAt];
    };
    const due = async () => (await listDue(table, "send")).map(({ at }) => at);
    /** Sent at 12:00 and answered with Success, by whom ever. */
    async function taken(): Promise<HourlyRecord> {
      await writeAttempt(table, await read(), "a", hour(12));
      await accept(table, ref, { token: "a", meteringRecordId: "made-up" }, hour(12));
      return read();
    }

    it("goes back in line with the same numbers, and its earlier attempts count as unknown", async () => {
      const before = await taken();
      assert.equal(await putBack(table, before, hour(34), hour(16)), true);
      assert.deepEqual(await told(), ["sealed", 1, "earlier", undefined, hour(16)]);
      assert.deepEqual((await read()).seal, before.seal);
      assert.deepEqual(await due(), [hour(34)]);
      const item = await table.get(recordKey(ref));
      assert.deepEqual([item?.acceptedAt, item?.meteringRecordId], [undefined, undefined]);
    });

    it("ends disputed, neither refused nor expired, where it is not taken this time either", async () => {
      await putBack(table, await taken(), hour(34), hour(16));
      await writeAttempt(table, await read(), "b", hour(16));
      await notTaken(table, ref, "b", "CustomerNotSubscribed");
      assert.equal(await endUnaccepted(table, await read()), "disputed");
    });

    it("is accepted for good where AWS takes it this time", async () => {
      await putBack(table, await taken(), hour(34), hour(16));
      await writeAttempt(table, await read(), "b", hour(16));
      await accept(table, ref, { token: "b" }, hour(16));
      assert.deepEqual((await told()).slice(0, 2), ["accepted", 2]);
      assert.deepEqual(await due(), []);
    });

    it("goes back only once", async () => {
      await putBack(table, await taken(), hour(34), hour(16));
      await writeAttempt(table, await read(), "b", hour(16));
      await accept(table, ref, { token: "b" }, hour(16));
      assert.equal(await putBack(table, await read(), hour(34), hour(20)), false);
      assert.deepEqual((await told()).slice(0, 2), ["accepted", 2]);
    });

    it("stays where it is if it was sent again, or changed in any way, since it was read", async () => {
      const before = await taken();
      await dispute(table, ref, "DuplicateRecord");
      assert.equal(await putBack(table, { ...before, attempts: 2 }, hour(34), hour(16)), false);
      assert.equal(await putBack(table, { ...before, state: "disputed" }, hour(34), hour(16)), false);
      assert.deepEqual(await told(), ["accepted", 1, "", undefined, undefined]);
    });

    it("goes back where the answer to the write was lost", async () => {
      assert.equal(await putBack(answersLost(table), await taken(), hour(34), hour(16)), true);
      assert.deepEqual((await told()).slice(0, 3), ["sealed", 1, "earlier"]);
    });

    it("is put back by one of any number of runs", async () => {
      const before = await taken();
      const times = [16, 17, 18].map(hour);
      const won = await Promise.all(times.map((now) => putBack(table, before, hour(34), now)));
      assert.equal(won.filter(Boolean).length, 1);
      assert.equal((await read()).returnedAt, times[won.indexOf(true)]);
    });

    it("ends expired where it was disputed and its time is over, and refused where AWS gave a reason", async () => {
      await writeAttempt(table, await read(), "a", hour(12));
      await endUnaccepted(table, await read());
      await endDisputed(table, await read());
      const reason = "CloudTrail shows none of its attempts, and its deadline has passed";
      assert.deepEqual(await told(), ["expired", 1, "", reason, undefined]);

      const other = refOf(11);
      await useHour(table, other, ["5"]);
      await sealHour(table, other);
      const readOther = async () => (await readRecord(table, other)) as HourlyRecord;
      await writeAttempt(table, await readOther(), "a", hour(12));
      await writeAttempt(table, await readOther(), "b", hour(12));
      await notTaken(table, other, "b", "CustomerNotSubscribed");
      await endUnaccepted(table, await readOther());
      await endDisputed(table, await readOther());
      const { state, unknown, reason: given } = await readOther();
      assert.deepEqual([state, unknown.size, given], ["refused", 0, "CustomerNotSubscribed"]);
    });

    it("does not end where it is disputed no more", async () => {
      await writeAttempt(table, await read(), "a", hour(12));
      await endUnaccepted(table, await read());
      const before = await read();
      await accept(table, ref, { token: "a" }, hour(13));
      await endDisputed(table, before);
      assert.equal((await read()).state, "accepted");
    });
  });
}
