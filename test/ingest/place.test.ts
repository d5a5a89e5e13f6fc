import assert from "node:assert/strict";
import { type Place, placeEvents } from "../../src/ingest/place.ts";
import { setAgreements } from "../../src/ledger/buyers.ts";
import { claimEvent, readClaim } from "../../src/ledger/claims.ts";
import { recordKey } from "../../src/ledger/keys.ts";
import { openRecord, putEvent, readEvents, readRecord } from "../../src/ledger/records.ts";
import { fence } from "../../src/ledger/seals.ts";
import { readWindow } from "../../src/ledger/statement.ts";
import type { Table } from "../../src/ledger/table.ts";
import type { UsageEvent } from "../../src/usage/events.ts";
import { MINUTE } from "../../src/usage/instants.ts";
import { interrupted } from "../support/broken.ts";
import { refOf, sealHour } from "../support/ledger.ts";
import { makeLedger, startDynamo, type TestDynamo } from "../support/table.ts";
import { hour, license, units, usageEvent } from "../support/usage.ts";

describe("placing usage events", () => {
  let dynamo: TestDynamo;
  let table: Table;
  let errors: unknown[];
  let deliveries = 0;
  before(async () => {
    dynamo = await startDynamo();
  });
  after(() => dynamo.close());
  beforeEach(async () => {
    table = await makeLedger(dynamo);
    errors = [];
  });

  const now = hour(10) + 6 * MINUTE;
  const place = (events: UsageEvent[], at = now, ledger = table): Promise<Place[]> =>
    placeEvents(
      ledger,
      { grace: 15 * MINUTE, onError: (error) => errors.push(error) },
      events.map((event) => ({ event, delivery: `${deliveries++}` })),
      at,
    );
  const ids = async (n: number) => (await readEvents(table, refOf(n))).map(({ id }) => id);
  const targetOf = async (id = "evt-1") => (await readClaim(table, "analytics", id))?.target;
  const used = async () => {
    const { statements } = await readWindow(table, { from: hour(0), to: hour(48) });
    return statements.map(({ sums }) => sums.used);
  };

  it("opens the record of the hour, to be sealed grace after its end, and counts the event there", async () => {
    assert.deepEqual(await place([usageEvent()]), ["counted"]);
    assert.equal((await readRecord(table, refOf(10)))?.state, "open");
    assert.equal((await table.get(recordKey(refOf(10))))?.due, "seal#2026-11-23T11:15:00.000Z");
    assert.deepEqual(await ids(10), ["evt-1"]);
    assert.deepEqual(await targetOf(), { hour: hour(10) });
  });

  it("counts an event once, however often it comes: in one batch, in batches at once, in later hours", async () => {
    assert.deepEqual(await place([usageEvent(), usageEvent({ quantity: "5.0" })]), ["counted", "counted"]);
    const many = await Promise.all([1, 2, 3, 4].map(() => place([usageEvent(), usageEvent({ id: "evt-2" })])));
    assert.ok(many.flat().every((each) => each === "counted"));
    await sealHour(table, refOf(10), { ids: ["evt-1", "evt-2"], usage: units("10"), quantity: units("10") });
    assert.deepEqual(await place([usageEvent()], hour(12)), ["counted"]);
    assert.deepEqual(await place([usageEvent()], hour(40)), ["counted"]);
    assert.deepEqual(await used(), [units("10")]);
  });

  it("lets the first content of an id stand, in one batch as over batches", async () => {
    const other = usageEvent({ quantity: 6 });
    assert.deepEqual(await place([usageEvent(), other, usageEvent()]), ["counted", "conflict", "counted"]);
    assert.deepEqual(await place([other]), ["conflict"]);
    assert.deepEqual(await place([other], hour(40)), ["conflict"]);
    assert.deepEqual(await used(), [units("5")]);
    const elsewhere = usageEvent({ product: "archive", buyer: { customerIdentifier: "c" }, dimension: "Gb" });
    assert.deepEqual(await place([elsewhere]), ["counted"]);
  });

  it("leaves an event queued while its record is being sealed, and finds it counted or moves it afterwards", async () => {
    await openRecord(table, refOf(10), hour(11));
    // Both had their claims and were put before the fence; the sealer saw only the first.
    for (const id of ["seen", "unseen"]) {
      await claimEvent(table, usageEvent({ id }), { hour: hour(10) }, now);
      await putEvent(table, refOf(10), usageEvent({ id }), now);
    }
    await fence(table, refOf(10));
    const both = [usageEvent({ id: "seen" }), usageEvent({ id: "unseen" })];
    assert.deepEqual(await place(both, hour(11) + 20 * MINUTE), ["queued", "queued"]);
    await sealHour(table, refOf(10), { ids: ["seen"] });
    assert.deepEqual(await place(both, hour(11) + 20 * MINUTE), ["counted", "counted"]);
    assert.deepEqual([await targetOf("seen"), await targetOf("unseen")], [{ hour: hour(10) }, { hour: hour(11) }]);
    assert.deepEqual(await ids(11), ["unseen"]);
    assert.deepEqual(await used(), [units("10")]);
    assert.deepEqual(errors, []);
  });

  it("counts what came too late for its closed hour in the current one, and waits where that is closed too", async () => {
    await openRecord(table, refOf(10), hour(11));
    await sealHour(table, refOf(10), { state: "empty", usage: 0n, quantity: 0n });
    assert.deepEqual(await place([usageEvent()], now), ["queued"]);
    assert.equal(await targetOf(), undefined);
    assert.deepEqual(await place([usageEvent()], hour(12)), ["counted"]);
    assert.deepEqual(await ids(12), ["evt-1"]);
    assert.deepEqual(await targetOf(), { hour: hour(12) });
  });

  it("does not move a claim that its closed hour's manifest has, and never back or sideways one that it lacks", async () => {
    await claimEvent(table, usageEvent(), { hour: hour(12) }, hour(12));
    await openRecord(table, refOf(12), hour(13));
    await sealHour(table, refOf(12), { state: "empty", usage: 0n, quantity: 0n });
    assert.deepEqual(await place([usageEvent()], hour(12) + MINUTE), ["queued"]);
    // A clock behind the one that chose the target.
    assert.deepEqual(await place([usageEvent()], hour(11) + MINUTE), ["queued"]);
    assert.deepEqual(await targetOf(), { hour: hour(12) });
    assert.deepEqual(await place([usageEvent()], hour(13)), ["counted"]);
    assert.deepEqual(await targetOf(), { hour: hour(13) });
  });

  it("keeps an event that no hour can bill, with its quantity, under its own hour, once", async () => {
    const late = usageEvent({ quantity: "2.5" });
    assert.deepEqual(await place([late, late], hour(40)), ["expired", "expired-before"]);
    assert.deepEqual(await place([late], hour(41)), ["expired-before"]);
    const { statements } = await readWindow(table, { from: hour(10), to: hour(11) });
    assert.deepEqual([statements[0]?.sums.expired, statements[0]?.sums.used], [units("2.5"), units("2.5")]);
    assert.equal(await readRecord(table, refOf(10)), undefined);
  });

  it("does not bill what expired when it was first tried, whatever is told of the agreement later", async () => {
    await setAgreements(table, "analytics", license(), [{ from: hour(0), to: hour(9) }]);
    assert.deepEqual(await place([usageEvent()], now), ["expired"]);
    await setAgreements(table, "analytics", license(), [{ from: hour(0), to: null }]);
    assert.deepEqual(await place([usageEvent()], now), ["expired-before"]);
    assert.deepEqual(await used(), [units("5")]);
  });

  it("says what it can of a claim that expired before the event itself was written", async () => {
    await claimEvent(table, usageEvent(), "expired", now);
    assert.deepEqual(await place([usageEvent()]), ["expired"]);
    const item = await table.get({ pk: recordKey(refOf(10)).pk, sk: "expired#evt-1" });
    assert.equal(item?.reason, "its deadline had passed when it was first tried");
  });

  it("expires an event that was not counted when no hour is left to move it to", async () => {
    assert.deepEqual(await place([usageEvent()]), ["counted"]);
    await sealHour(table, refOf(10), { state: "empty", usage: 0n, quantity: 0n });
    assert.deepEqual(await place([usageEvent()], hour(40)), ["expired"]);
    assert.equal(await targetOf(), "expired");
    assert.deepEqual(await used(), [units("5")]);
  });

  it("seals early by the agreement it knows", async () => {
    await setAgreements(table, "analytics", license(), [{ from: hour(0), to: hour(10) + 30 * MINUTE }]);
    assert.deepEqual(await place([usageEvent()]), ["counted"]);
    assert.equal((await table.get(recordKey(refOf(10))))?.due, "seal#2026-11-23T10:45:00.000Z");
  });

  it("leaves queued only what an error concerns, and never rejects it", async () => {
    const failing: Table = {
      ...table,
      async put(item, condition) {
        if (item.sk === "event#evt-2") throw new Error("throttled");
        return table.put(item, condition);
      },
    };
    const three = ["evt-1", "evt-2", "evt-3"].map((id) => usageEvent({ id }));
    assert.deepEqual(await place(three, now, failing), ["counted", "queued", "counted"]);
    assert.deepEqual(
      errors.map((error) => (error as Error).message),
      ["throttled"],
    );
    assert.deepEqual(await place(three), ["counted", "counted", "counted"]);
    assert.deepEqual(await used(), [units("15")]);
  });

  it("leaves everything queued where the table cannot be read, before or after the writes", async () => {
    for (const nth of [1, 2, 3]) {
      let reads = 0;
      const failing: Table = {
        ...table,
        getMany: async (keys) => {
          if (++reads === nth) throw new Error("throttled");
          return table.getMany(keys);
        },
      };
      assert.deepEqual(await place([usageEvent()], now, failing), ["queued"]);
    }
    assert.equal(errors.length, 3);
  });

  it("leaves an event queued where its record vanished, or its manifest lacks a chunk", async () => {
    assert.deepEqual(await place([usageEvent()]), ["counted"]);
    await sealHour(table, refOf(10), { ids: ["evt-1"] });
    const { pk } = recordKey(refOf(10));
    const gone: Table = {
      ...table,
      async *query(partition, prefix) {
        if (partition !== pk || !prefix.startsWith("manifest#")) yield* table.query(partition, prefix);
      },
    };
    assert.deepEqual(await place([usageEvent()], hour(12), gone), ["queued"]);
    assert.match(`${errors[0]}`, /has 0 of its 1 chunks/);
    assert.deepEqual(await targetOf(), { hour: hour(10) });
    const vanished: Table = { ...table, getMany: async () => [] };
    assert.deepEqual(await place([usageEvent()], hour(12), vanished), ["queued"]);
    assert.match(`${errors[1]}`, /was written and is not there/);
  });

  it("counts every event once, whenever between two of its calls the hour is sealed", async () => {
    for (let nth = 1; ; nth++) {
      table = await makeLedger(dynamo);
      await openRecord(table, refOf(10), hour(11));
      const seal = async () => {
        await fence(table, refOf(10));
        const seen = await readEvents(table, refOf(10));
        const usage = units("5") * BigInt(seen.length);
        const numbers = { usage, quantity: usage, ids: seen.map(({ id }) => id) };
        await sealHour(table, refOf(10), { ...numbers, state: seen.length === 0 ? "empty" : "sealed" });
      };
      const { table: between, seen } = interrupted(table, nth, seal);
      const event = usageEvent();
      const [first] = await place([event], hour(11) + 20 * MINUTE, between);
      const again = first === "queued" ? await place([event], hour(11) + 25 * MINUTE) : [first];
      assert.deepEqual(again, ["counted"], `sealed before call ${nth}`);
      assert.deepEqual(await used(), [units("5")], `sealed before call ${nth}`);
      if (seen.calls < nth) break;
    }
    assert.deepEqual(errors, []);
  });
});
