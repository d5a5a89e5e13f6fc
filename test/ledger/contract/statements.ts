import assert from "node:assert/strict";
import { accept, endUnaccepted } from "../../../src/ledger/attempts.ts";
import { recordKey } from "../../../src/ledger/keys.ts";
import { type HourlyRecord, putEvent, putExpiredEvent, readRecord } from "../../../src/ledger/records.ts";
import { commitSeal, completeSeal, fence, openWriteOff } from "../../../src/ledger/seals.ts";
import { listRecordHours, readWindow, type Sums } from "../../../src/ledger/statement.ts";
import type { Table } from "../../../src/ledger/table.ts";
import { buyerKey, meterKey } from "../../../src/usage/buyers.ts";
import { formatQuantity } from "../../../src/usage/quantity.ts";
import { refOf, sealHour, sealOf, useHour } from "../../support/ledger.ts";
import { hour, license, meterOf, units, usageEvent } from "../../support/usage.ts";
import type { MakeTable } from "../contract.ts";

const SUMS = ["opening", "used", "accepted", "refused", "expired", "disputed", "waiting"] as const;

export function statementsContract(make: MakeTable): void {
  describe("a statement", () => {
    let table: Table;
    beforeEach(async () => {
      table = await make();
    });

    /** The sums of the only meter in a window, those that are not zero; opening + used must equal all others together. */
    async function sums(from: number, to: number): Promise<Partial<Record<keyof Sums, string>>> {
      const { statements } = await readWindow(table, { from: hour(from), to: hour(to) });
      assert.equal(statements.length, 1);
      const found = (statements[0] as (typeof statements)[0]).sums;
      const { opening, used, accepted, refused, expired, disputed, waiting } = found;
      assert.equal(opening + used, accepted + refused + expired + disputed + waiting);
      return Object.fromEntries(
        SUMS.filter((name) => found[name] !== 0n).map((name) => [name, formatQuantity(found[name])]),
      );
    }
    /** Uses and seals an hour whose whole units are sent. */
    async function sealed(n: number, opening: string, usage: string) {
      await useHour(table, refOf(n), [usage]);
      const total = units(opening) + units(usage);
      const closing = total % units("1");
      return sealHour(table, refOf(n), {
        usage: units(usage),
        quantity: total - closing,
        closing,
        ids: [`${hour(n)}-0`],
      });
    }
    const record = async (n: number) => (await readRecord(table, refOf(n))) as HourlyRecord;

    it("of an empty window has no meters, though there is usage before and after it", async () => {
      await useHour(table, refOf(9), ["5"]);
      await useHour(table, refOf(11), ["5"]);
      assert.deepEqual(await readWindow(table, { from: hour(10), to: hour(11) }), { statements: [], rejected: [] });
    });

    it("counts the events of open records, and of records being sealed, as used and waiting", async () => {
      await useHour(table, refOf(10), ["1.5", "2"]);
      await useHour(table, refOf(11), ["0.25"]);
      await fence(table, refOf(11));
      assert.deepEqual(await sums(10, 12), { used: "3.75", waiting: "3.75" });
    });

    it("adds each record to its state, and what it carries on to what waits", async () => {
      await sealed(8, "0", "1.5");
      await sealed(9, "0.5", "2.25");
      await sealed(10, "0.75", "3");
      await sealed(11, "0.75", "4");
      await sealed(12, "0.75", "5");
      await accept(table, refOf(8), {}, hour(13));
      await table.update(recordKey(refOf(9)), { set: { reason: "CustomerNotSubscribed" } });
      assert.equal(await endUnaccepted(table, await record(9)), "refused");
      await table.update(recordKey(refOf(10)), { addToSet: { unknown: "t" } });
      assert.equal(await endUnaccepted(table, await record(10)), "disputed");
      assert.equal(await endUnaccepted(table, await record(11)), "expired");
      // 0.75 is the balance, 5 is sealed and not sent yet.
      assert.deepEqual(await sums(8, 13), {
        used: "15.75",
        accepted: "1",
        refused: "2",
        disputed: "3",
        expired: "4",
        waiting: "5.75",
      });
    });

    it("of a part of a chain opens with what was carried into it and waits with what is carried out of it", async () => {
      await sealed(8, "0", "1.5");
      await sealed(9, "0.5", "2.25");
      await sealed(10, "0.75", "3");
      assert.deepEqual(await sums(9, 10), { opening: "0.5", used: "2.25", waiting: "2.75" });
      assert.deepEqual(await sums(8, 9), { used: "1.5", waiting: "1.5" });
      assert.deepEqual(await sums(9, 11), { opening: "0.5", used: "5.25", waiting: "5.75" });
    });

    it("follows the order of the seals where that is not the order of hours, over several pieces of the chain", async () => {
      await sealed(10, "0", "1.5");
      await sealed(8, "0.5", "1.25");
      await sealed(11, "0.75", "1.5");
      await sealed(9, "0.25", "1");
      // In the window are the first and the third seal: two pieces, each with an opening and a closing of its own.
      assert.deepEqual(await sums(10, 12), { opening: "0.75", used: "3", waiting: "3.75" });
      assert.deepEqual(await sums(8, 10), { opening: "0.75", used: "2.25", waiting: "3" });
      assert.deepEqual(await sums(8, 12), { used: "5.25", waiting: "5.25" });
    });

    it("takes a seal that is committed but not yet copied for done, and one that was given up for nothing", async () => {
      await useHour(table, refOf(10), ["1.5"]);
      await useHour(table, refOf(11), ["2"]);
      await fence(table, refOf(10));
      await fence(table, refOf(11));
      const seal = sealOf({ usage: units("1.5"), quantity: units("1"), closing: units("0.5") });
      await commitSeal(table, refOf(10), seal, hour(11));
      // This event came after the seal had read the events: it is not used before it is counted elsewhere.
      await putEvent(table, refOf(10), usageEvent({ id: "late", quantity: 7 }), hour(11));
      assert.deepEqual(await sums(10, 12), { used: "3.5", waiting: "3.5" });
      const before = (await readWindow(table, { from: hour(10), to: hour(12) })).statements;
      assert.deepEqual(
        before[0]?.records.map(({ state }) => state),
        ["sealed", "sealing"],
      );
      await completeSeal(table, { ref: refOf(10), seal });
      assert.deepEqual(await sums(10, 12), { used: "3.5", waiting: "3.5" });
    });

    it("does not count an event in a closed partition that is in no manifest: its message is still queued", async () => {
      await sealed(10, "0", "3");
      await putEvent(table, refOf(10), usageEvent({ id: "after", quantity: 7 }), hour(11));
      assert.deepEqual(await sums(10, 11), { used: "3", waiting: "3" });
    });

    it("shows a record sealed past its deadline, and a write-off, as expired to the last decimal", async () => {
      await sealed(10, "0", "2.5");
      await useHour(table, refOf(11), ["0.25"]);
      await sealHour(table, refOf(11), {
        state: "expired",
        usage: units("0.25"),
        quantity: units("0.25"),
        closing: units("0.5"),
      });
      const writeOff = { ...refOf(12), writeOff: true as const };
      await openWriteOff(table, writeOff, buyerKey("analytics", license()), hour(12));
      assert.deepEqual(await sums(11, 13), { opening: "0.5", used: "0.25", expired: "0.25", waiting: "0.5" });
      await sealHour(table, writeOff, { state: "expired", usage: 0n, quantity: units("0.5"), closing: 0n });
      assert.deepEqual(await sums(11, 13), { opening: "0.5", used: "0.25", expired: "0.75" });
      assert.deepEqual(await sums(12, 13), { opening: "0.5", expired: "0.5" });
    });

    it("counts events that came too late as used and expired, with or without a record beside them", async () => {
      await putExpiredEvent(table, refOf(10), usageEvent({ id: "a", quantity: "0.5" }), "late", "d");
      await putExpiredEvent(table, refOf(10), usageEvent({ id: "b", quantity: "2" }), "late", "d");
      assert.deepEqual(await sums(10, 11), { used: "2.5", expired: "2.5" });
      await sealed(10, "0", "3.5");
      assert.deepEqual(await sums(10, 11), { used: "6", expired: "2.5", waiting: "3.5" });
    });

    it("has no part in the billing of an empty hour, which carries its balance through", async () => {
      await sealed(9, "0", "1.5");
      await useHour(table, refOf(10), []);
      await sealHour(table, refOf(10), { state: "empty", usage: 0n, quantity: 0n, closing: units("0.5"), events: 0 });
      assert.deepEqual(await sums(10, 11), { opening: "0.5", waiting: "0.5" });
    });

    it("is read at a moment at which no seal was being committed", async () => {
      await useHour(table, refOf(10), ["1.5"]);
      await fence(table, refOf(10));
      let reads = 0;
      const moving: Table = {
        ...table,
        // While the records are read for the first time, the seal is committed and copied.
        async getMany(keys) {
          const items = await table.getMany(keys);
          if (reads++ === 0)
            await sealHour(table, refOf(10), { usage: units("1.5"), quantity: units("1"), closing: units("0.5") });
          return items;
        },
      };
      const { statements } = await readWindow(moving, { from: hour(10), to: hour(11) });
      assert.deepEqual(
        statements[0]?.records.map(({ state }) => state),
        ["sealed"],
      );
      assert.equal(statements[0]?.sums.waiting, units("1.5"));
      assert.ok(reads > 2);
    });

    it("keeps meters apart and in order, each with its own chain", async () => {
      for (const n of [2, 1, 3]) {
        await useHour(table, refOf(10, n), [`${n}`]);
        await sealHour(table, refOf(10, n), { usage: units(`${n}`), quantity: units(`${n}`) });
      }
      const { statements } = await readWindow(table, { from: hour(10), to: hour(11) });
      assert.deepEqual(
        statements.map(({ meter, sums }) => [meter, sums.used]),
        [1, 2, 3].map((n) => [meterOf(n), units(`${n}`)]),
      );
      const hours = await listRecordHours(table, { from: hour(9), to: hour(12) });
      assert.deepEqual([...(hours.get(meterKey(meterOf(2))) ?? [])], [hour(10)]);
      assert.equal(hours.size, 3);
    });

    it("lists the hours in which a meter had records, and not those in which usage only came too late", async () => {
      await useHour(table, refOf(10), []);
      await useHour(table, refOf(12), []);
      await putExpiredEvent(table, refOf(11), usageEvent(), "late", "d");
      const hours = await listRecordHours(table, { from: hour(9), to: hour(13) });
      assert.deepEqual(
        [...hours].map(([key, found]) => [key, [...found]]),
        [[meterKey(meterOf(1)), [hour(10), hour(12)]]],
      );
    });
  });
}
