import assert from "node:assert/strict";
import {
  type BuyerItem,
  backOff,
  backOffOver,
  endingServed,
  listRecordsOfBuyer,
  readBuyer,
  readBuyers,
  setAgreements,
} from "../../../src/ledger/buyers.ts";
import { listDue } from "../../../src/ledger/due.ts";
import { buyerItemKey, parseBuyerItemKey } from "../../../src/ledger/keys.ts";
import { openRecord, putExpiredEvent } from "../../../src/ledger/records.ts";
import type { Table } from "../../../src/ledger/table.ts";
import { buyerKey } from "../../../src/usage/buyers.ts";
import { MINUTE } from "../../../src/usage/instants.ts";
import { refOf } from "../../support/ledger.ts";
import { customer, hour, license, usageEvent } from "../../support/usage.ts";
import type { MakeTable } from "../contract.ts";

export function buyersContract(make: MakeTable): void {
  describe("a buyer", () => {
    let table: Table;
    beforeEach(async () => {
      table = await make();
    });
    const unknown = { agreements: undefined, refusals: 0, probeAt: 0 };
    const analytics = { product: "analytics", buyer: license(1) };
    const endings = (until?: number) =>
      listDue(table, "ending", until).then((entries) =>
        entries.map(({ key, at }) => [parseBuyerItemKey(key).buyer, at]),
      );

    it("of whom nothing is known does not limit; agreements, once told, are read back, none at all too", async () => {
      assert.deepEqual(await readBuyer(table, "analytics", license(1)), unknown);
      const agreements = [
        { from: hour(1), to: hour(5) },
        { from: hour(8), to: null },
      ];
      await setAgreements(table, "analytics", license(1), agreements);
      await setAgreements(table, "archive", customer(1), []);
      const others = { product: "archive", buyer: customer(1) };
      const buyers = await readBuyers(table, [
        analytics,
        others,
        analytics,
        { product: "archive", buyer: customer(2) },
      ]);
      assert.deepEqual(
        buyers,
        new Map<string, BuyerItem>([
          [buyerKey("analytics", license(1)), { ...unknown, agreements }],
          [buyerKey("archive", customer(1)), { ...unknown, agreements: [] }],
          [buyerKey("archive", customer(2)), unknown],
        ]),
      );
    });

    it("whose agreement ends is looked after from then on, one end after the other, until its last hour is over", async () => {
      const agreements = [
        { from: hour(1), to: hour(5) },
        { from: hour(8), to: hour(9) },
        { from: hour(12), to: null },
      ];
      await setAgreements(table, "analytics", license(1), agreements);
      assert.deepEqual(await endings(hour(5) - 1), []);
      assert.deepEqual(await endings(hour(5)), [[license(1), hour(5)]]);
      await endingServed(table, "analytics", license(1), agreements, hour(6) - 1);
      assert.deepEqual(await endings(), [[license(1), hour(5)]]);
      await endingServed(table, "analytics", license(1), agreements, hour(6));
      assert.deepEqual(await endings(), [[license(1), hour(9)]]);
      await endingServed(table, "analytics", license(1), agreements, hour(10));
      assert.deepEqual(await endings(), []);
    });

    it("whose agreements changed meanwhile is not taken off the list", async () => {
      const old = [{ from: hour(1), to: hour(5) }];
      await setAgreements(table, "analytics", license(1), old);
      await setAgreements(table, "analytics", license(1), [{ from: hour(1), to: hour(7) }]);
      await endingServed(table, "analytics", license(1), old, hour(6));
      assert.deepEqual(await endings(), [[license(1), hour(7)]]);
      await setAgreements(table, "analytics", license(1), [{ from: hour(1), to: null }]);
      assert.deepEqual(await endings(), []);
    });

    it("that AWS refuses is asked again after 5, 10, 20, 40, 60, 60 minutes, and at once when it is taken again", async () => {
      let known = await readBuyer(table, "analytics", license(1));
      const waits: number[] = [];
      for (let n = 0; n < 6; n++) {
        known = await backOff(table, "analytics", license(1), known, hour(10));
        waits.push((known.probeAt - hour(10)) / MINUTE);
      }
      assert.deepEqual(waits, [5, 10, 20, 40, 60, 60]);
      assert.deepEqual(await readBuyer(table, "analytics", license(1)), { ...unknown, refusals: 6, probeAt: hour(11) });
      await setAgreements(table, "analytics", license(1), []);
      assert.equal((await readBuyer(table, "analytics", license(1))).refusals, 6);
      await backOffOver(table, "analytics", license(1));
      assert.deepEqual(await readBuyer(table, "analytics", license(1)), { ...unknown, agreements: [] });
    });

    it("that AWS refused a thousand times still waits no more than an hour", async () => {
      const after = await backOff(table, "analytics", license(1), { ...unknown, refusals: 1_000 }, hour(10));
      assert.deepEqual(after, { ...unknown, refusals: 1_001, probeAt: hour(11) });
    });

    it("lists its own records and write-offs, by hour, and nothing else", async () => {
      await openRecord(table, refOf(11), hour(12));
      await openRecord(table, refOf(9), hour(12));
      await openRecord(table, { ...refOf(9), writeOff: true }, hour(12));
      await openRecord(table, refOf(9, 2), hour(12));
      await putExpiredEvent(table, refOf(8), usageEvent(), "late", "d");
      const listed = await listRecordsOfBuyer(table, "analytics", license(1));
      assert.deepEqual(
        listed.map(({ hour }) => hour),
        [hour(9), hour(9), hour(11)],
      );
      assert.deepEqual(await listRecordsOfBuyer(table, "archive", license(1)), []);
    });
  });

  describe("what is due", () => {
    it("is listed by what it waits for, earliest first over all shards, up to the instant asked for", async () => {
      const table = await make();
      for (let n = 1; n <= 30; n++) await openRecord(table, refOf(10, n), hour(11) + ((n * 7) % 30));
      await setAgreements(table, "analytics", license(1), [{ from: 0, to: hour(11) }]);
      const all = await listDue(table, "seal");
      assert.deepEqual(
        all.map(({ at }) => at - hour(11)),
        Array.from({ length: 30 }, (_, n) => n),
      );
      assert.deepEqual((await listDue(table, "seal", hour(11) + 9)).length, 10);
      assert.deepEqual(await listDue(table, "seal", hour(11) - 1), []);
      assert.deepEqual(await listDue(table, "send"), []);
      assert.deepEqual(
        (await listDue(table, "ending")).map(({ key }) => key),
        [buyerItemKey("analytics", license(1))],
      );
    });
  });
}
