import assert from "node:assert/strict";
import { claimEvent, moveClaim, productOfLicense, readClaim } from "../../../src/ledger/claims.ts";
import { listDue } from "../../../src/ledger/due.ts";
import { claimKey, eventKey, expiredEventKey, partition, recordKey } from "../../../src/ledger/keys.ts";
import {
  KEPT,
  openRecord,
  putEvent,
  putExpiredEvent,
  readEvents,
  readRecord,
  readRecords,
} from "../../../src/ledger/records.ts";
import { fence } from "../../../src/ledger/seals.ts";
import type { Table } from "../../../src/ledger/table.ts";
import { canonicalContent, contentHash } from "../../../src/usage/events.ts";
import { DAY } from "../../../src/usage/instants.ts";
import { answersLost, refOf } from "../../support/ledger.ts";
import { hour, license, usageEvent } from "../../support/usage.ts";
import type { MakeTable } from "../contract.ts";

export function claimsContract(make: MakeTable): void {
  describe("a claim", () => {
    let table: Table;
    before(async () => {
      table = await make();
    });
    const event = usageEvent({ id: "claimed" });
    const hash = contentHash(canonicalContent(event));

    it("stands as it was first put, whatever is claimed later", async () => {
      assert.deepEqual(await claimEvent(table, event, { hour: hour(10) }, hour(10)), {
        hash,
        target: { hour: hour(10) },
      });
      assert.deepEqual(await claimEvent(table, event, { hour: hour(11) }, hour(11)), {
        hash,
        target: { hour: hour(10) },
      });
      const other = usageEvent({ id: "claimed", quantity: 6 });
      assert.equal((await claimEvent(table, other, "expired", hour(11))).hash, hash);
      assert.equal(await readClaim(table, "archive", "claimed"), undefined);
    });

    it("is won by whose answer was lost", async () => {
      const lost = usageEvent({ id: "lost" });
      const claim = await claimEvent(answersLost(table), lost, "expired", hour(10));
      assert.deepEqual(claim, { hash: contentHash(canonicalContent(lost)), target: "expired" });
    });

    it("is moved only from the target it still has", async () => {
      await moveClaim(table, event, { hour: hour(10) }, { hour: hour(12) });
      await moveClaim(table, event, { hour: hour(10) }, { hour: hour(13) });
      assert.deepEqual(await readClaim(table, "analytics", "claimed"), { hash, target: { hour: hour(12) } });
      await moveClaim(table, event, { hour: hour(12) }, "expired");
      assert.deepEqual(await readClaim(table, "analytics", "claimed"), { hash, target: "expired" });
    });

    it("is never made by moving it", async () => {
      await moveClaim(table, usageEvent({ id: "never" }), { hour: hour(10) }, "expired");
      assert.equal(await readClaim(table, "analytics", "never"), undefined);
    });

    it("is kept 400 days, as is the event, and an event that expired for good", async () => {
      await putEvent(table, refOf(10), event, hour(10));
      await putExpiredEvent(table, refOf(10), event, "late", "d");
      const expiresAt = (await table.get(claimKey("analytics", "claimed")))?.expiresAt;
      assert.equal(expiresAt, (hour(10) + 400 * DAY) / 1000);
      assert.equal(KEPT, 400 * DAY);
      assert.equal((await table.get(eventKey(refOf(10), "claimed")))?.expiresAt, expiresAt);
      assert.equal((await table.get(expiredEventKey(refOf(10), "claimed")))?.expiresAt, undefined);
    });

    it("of ids that look like keys are claims of their own", async () => {
      for (const id of ["a#b", "a", "a%23b", "claim", "😀".repeat(64), "x#y#z"]) {
        const own = usageEvent({ id });
        await claimEvent(table, own, { hour: hour(10) }, hour(10));
        await putEvent(table, refOf(9), own, hour(10));
        assert.deepEqual((await readClaim(table, "analytics", id))?.hash, contentHash(canonicalContent(own)));
      }
      const ids = (await readEvents(table, refOf(9))).map(({ id }) => id);
      assert.deepEqual(ids.sort(), ["a", "a#b", "a%23b", "claim", "x#y#z", "😀".repeat(64)].sort());
    });

    it("on a licence belongs to the first product, however many ask at once and whichever answer is lost", async () => {
      const { licenseArn } = license(1);
      assert.equal(await productOfLicense(answersLost(table), licenseArn, "analytics"), "analytics");
      assert.equal(await productOfLicense(table, licenseArn, "archive"), "analytics");
      const products = ["a", "b", "c", "d"];
      const owners = await Promise.all(products.map((product) => productOfLicense(table, "arn:l-2", product)));
      assert.equal(new Set(owners).size, 1);
      assert.ok(products.includes(owners[0] as string));
    });
  });

  describe("a record", () => {
    let table: Table;
    before(async () => {
      table = await make();
    });

    it("is opened once: opening it again changes nothing, closed or not", async () => {
      await openRecord(table, refOf(10), hour(11));
      await fence(table, refOf(10));
      await openRecord(table, refOf(10), hour(20));
      assert.deepEqual(await readRecord(table, refOf(10)), {
        ref: refOf(10),
        state: "sealing",
        seal: undefined,
        attempts: 0,
        unknown: new Set(),
        lastAttemptAt: undefined,
        reason: undefined,
        returnedAt: undefined,
      });
      assert.deepEqual(await listDue(table, "seal"), [{ key: recordKey(refOf(10)), at: hour(11) }]);
      await fence(table, refOf(11));
      assert.equal(await readRecord(table, refOf(11)), undefined);
    });

    it("is read with others by the partition it stands in; those that are not there are not in the answer", async () => {
      await openRecord(table, refOf(12), hour(13));
      await openRecord(table, { ...refOf(12), writeOff: true }, hour(13));
      const refs = [refOf(12), refOf(13), { ...refOf(12), writeOff: true as const }, refOf(12)];
      const records = await readRecords(table, refs);
      assert.deepEqual(
        [...records.keys()].sort(),
        [partition(refOf(12)), partition({ ...refOf(12), writeOff: true })].sort(),
      );
      assert.deepEqual(records.get(partition({ ...refOf(12), writeOff: true }))?.ref, { ...refOf(12), writeOff: true });
    });

    it("has each of its events once, exact, with its tags, and none of another hour or buyer", async () => {
      const tags = JSON.parse('{"__proto__":"x","Team":"blue"}') as Record<string, string>;
      await putEvent(table, refOf(14), usageEvent({ id: "b", quantity: "0.000000001", tags }), hour(14));
      await putEvent(table, refOf(14), usageEvent({ id: "a", quantity: 7 }), hour(14));
      await putEvent(table, refOf(14), usageEvent({ id: "a", quantity: 9 }), hour(14));
      await putEvent(table, refOf(15), usageEvent({ id: "c" }), hour(14));
      await putEvent(table, refOf(14, 2), usageEvent({ id: "d" }), hour(14));
      await putExpiredEvent(table, refOf(14), usageEvent({ id: "e" }), "late", "d");
      const time = hour(10) + 300_000;
      assert.deepEqual(await readEvents(table, refOf(14)), [
        { id: "a", quantity: 7_000_000_000n, time, tags: {} },
        { id: "b", quantity: 1n, time, tags },
      ]);
    });

    it("keeps an event that came too late once, and says so only to the delivery that brought it", async () => {
      const late = usageEvent({ id: "late" });
      assert.equal(await putExpiredEvent(answersLost(table), refOf(10), late, "late", "delivery-1"), true);
      assert.equal(await putExpiredEvent(table, refOf(10), late, "late", "delivery-2"), false);
      const item = await table.get(expiredEventKey(refOf(10), "late"));
      assert.deepEqual([item?.quantity, item?.reason, item?.hour], ["5", "late", "2026-11-23T10"]);
    });
  });
}
