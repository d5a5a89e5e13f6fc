import assert from "node:assert/strict";
import { accept, endUnaccepted, notTaken, writeAttempt } from "../../../src/ledger/attempts.ts";
import { listDue } from "../../../src/ledger/due.ts";
import { type HourlyRecord, readRecord } from "../../../src/ledger/records.ts";
import type { Table } from "../../../src/ledger/table.ts";
import { answersLost, refOf, sealHour, useHour } from "../../support/ledger.ts";
import { hour } from "../../support/usage.ts";
import type { MakeTable } from "../contract.ts";

export function endsContract(make: MakeTable): void {
  describe("a record whose time is over", () => {
    let table: Table;
    const ref = refOf(10);
    beforeEach(async () => {
      table = await make();
      await useHour(table, ref, ["5"]);
      await sealHour(table, ref);
    });
    const read = async () => (await readRecord(table, ref)) as HourlyRecord;
    const told = async () => {
      const { state, reason } = await read();
      return [state, reason];
    };

    it("was never sent: it ends expired", async () => {
      assert.equal(await endUnaccepted(table, await read()), "expired");
      assert.deepEqual(await told(), ["expired", "not sent before its deadline"]);
      assert.deepEqual(await listDue(table, "send"), []);
    });

    it("was refused by AWS: it ends refused, with AWS's reason", async () => {
      await writeAttempt(table, await read(), "a", hour(12));
      await notTaken(table, ref, "a", "CustomerNotSubscribed");
      assert.equal(await endUnaccepted(table, await read()), "refused");
      assert.deepEqual(await told(), ["refused", "CustomerNotSubscribed"]);
    });

    it("was sent and answered without a verdict: it ends expired", async () => {
      await writeAttempt(table, await read(), "a", hour(12));
      await notTaken(table, ref, "a");
      assert.equal(await endUnaccepted(table, await read()), "expired");
    });

    it("has an attempt that may have been taken: it ends disputed, refused or not before", async () => {
      await writeAttempt(table, await read(), "a", hour(12));
      await writeAttempt(table, await read(), "b", hour(12));
      await notTaken(table, ref, "b", "CustomerNotSubscribed");
      assert.equal(await endUnaccepted(table, await read()), "disputed");
      assert.deepEqual(await told(), ["disputed", "CustomerNotSubscribed"]);
      assert.deepEqual([...(await read()).unknown], ["a"]);
      assert.deepEqual(await listDue(table, "send"), []);
    });

    it("has only attempts that may have been taken: it ends disputed and says so", async () => {
      await writeAttempt(table, await read(), "a", hour(12));
      await endUnaccepted(table, await read());
      assert.deepEqual(await told(), ["disputed", "the outcome of an attempt is unknown"]);
    });

    it("does not end where another attempt was written since it was read", async () => {
      const before = await read();
      await writeAttempt(table, before, "a", hour(12));
      assert.equal(await endUnaccepted(table, before), undefined);
      await notTaken(table, ref, "a");
      // The set is empty again, but the count tells.
      assert.equal(await endUnaccepted(table, before), undefined);
      assert.deepEqual(await told(), ["sealed", undefined]);
    });

    it("does not end where an attempt was written and answered after those that were read", async () => {
      await writeAttempt(table, await read(), "a", hour(12));
      await notTaken(table, ref, "a");
      const before = await read();
      await writeAttempt(table, before, "b", hour(12));
      await notTaken(table, ref, "b");
      assert.equal(await endUnaccepted(table, before), undefined);
      assert.deepEqual(await told(), ["sealed", undefined]);
    });

    it("does not end where an attempt is unknown by now, whatever its count", async () => {
      await writeAttempt(table, await read(), "a", hour(12));
      assert.equal(await endUnaccepted(table, { ...(await read()), unknown: new Set() }), undefined);
      assert.deepEqual(await told(), ["sealed", undefined]);
    });

    it("does not end where it was accepted since it was read, by either way", async () => {
      const unsent = await read();
      await writeAttempt(table, unsent, "a", hour(12));
      const sent = await read();
      await accept(table, ref, { token: "a" }, hour(12));
      assert.equal(await endUnaccepted(table, unsent), undefined);
      assert.equal(await endUnaccepted(table, sent), undefined);
      assert.deepEqual(await told(), ["accepted", undefined]);
    });

    it("is told to have ended where only the answer was lost, in all three ways", async () => {
      assert.equal(await endUnaccepted(answersLost(table), await read()), "expired");
      for (const [n, reason, state] of [
        [11, "CustomerNotSubscribed", "refused"],
        [12, undefined, "disputed"],
      ] as const) {
        const other = refOf(n);
        await useHour(table, other, ["5"]);
        await sealHour(table, other);
        await writeAttempt(table, (await readRecord(table, other)) as HourlyRecord, "a", hour(13));
        if (reason) await notTaken(table, other, "a", reason);
        const record = (await readRecord(table, other)) as HourlyRecord;
        assert.equal(await endUnaccepted(answersLost(table), record), state);
      }
    });
  });
}
