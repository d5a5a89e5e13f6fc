import assert from "node:assert/strict";
import { partition } from "../../src/ledger/keys.ts";
import { openRecord, putEvent, readRecord } from "../../src/ledger/records.ts";
import { fence, readAllocations, readManifest, readMeter } from "../../src/ledger/seals.ts";
import { readWindow } from "../../src/ledger/statement.ts";
import { dynamoTable, type Table } from "../../src/ledger/table.ts";
import { type Sealer, sealRecord } from "../../src/submit/seal.ts";
import { formatQuantity } from "../../src/usage/quantity.ts";
import { seeded } from "../sandbox/metering/support.ts";
import { dyingClient, interrupted } from "../support/broken.ts";
import { refOf, useHour } from "../support/ledger.ts";
import { startDynamo, type TestDynamo } from "../support/table.ts";
import { hour, PRODUCTS, units, usageEvent } from "../support/usage.ts";

describe("sealing an hour", () => {
  let dynamo: TestDynamo;
  let tableName: string;
  let table: Table;
  let now: number;
  const random = seeded(3);
  before(async () => {
    dynamo = await startDynamo();
  });
  after(() => dynamo.close());
  const emptyLedger = async () => {
    tableName = await dynamo.makeTable();
    table = dynamoTable(dynamo.client, tableName);
    now = hour(12);
  };
  beforeEach(emptyLedger);

  const sealer = (through: Table = table): Sealer => ({
    table: through,
    clock: { now: () => now, sleep: async () => {} },
    random,
    products: PRODUCTS,
    region: "us-east-1",
  });
  const seal = (n: number, through = table) => sealRecord(sealer(through), refOf(n), undefined);
  /** Every sealed hour in the order of seals, as `hour opening+usage=quantity+closing`; they must chain without a gap. */
  async function chain(): Promise<string[]> {
    const { statements } = await readWindow(table, { from: hour(0), to: hour(48) });
    const seals = statements
      .flatMap(({ records }) => records)
      .flatMap(({ ref, seal }) => (seal ? [{ ref, seal }] : []));
    const inOrder = seals.sort((a, b) => a.seal.version - b.seal.version);
    for (const [index, { seal }] of inOrder.entries()) {
      assert.equal(seal.version, index + 1);
      assert.equal(seal.opening, inOrder[index - 1]?.seal.closing ?? 0n);
      assert.equal(seal.opening + seal.usage, seal.quantity + seal.closing);
    }
    const meter = await readMeter(table, refOf(10).meter);
    assert.deepEqual([meter.pending, meter.balance], [undefined, inOrder.at(-1)?.seal.closing ?? 0n]);
    return inOrder.map(({ ref, seal }) => {
      const [opening, usage, quantity, closing] = [seal.opening, seal.usage, seal.quantity, seal.closing].map(
        formatQuantity,
      );
      return `${(ref.hour - hour(0)) / 3_600_000} ${opening}+${usage}=${quantity}+${closing}`;
    });
  }

  it("fixes its numbers, its allocations and what was counted, and leaves the balance to the next", async () => {
    await openRecord(table, refOf(10), hour(11));
    await putEvent(table, refOf(10), usageEvent({ id: "a", quantity: "2.75", tags: { Team: "blue" } }), hour(10));
    await putEvent(
      table,
      refOf(10),
      usageEvent({ id: "b", quantity: "1.5", time: "2026-11-23T10:59:59.9Z" }),
      hour(10),
    );
    const sealed = await seal(10);
    assert.ok(sealed !== "left");
    const { token, ...numbers } = sealed;
    assert.match(token, /^[a-z0-9]{20}$/);
    assert.deepEqual(numbers, {
      state: "sealed",
      version: 1,
      opening: 0n,
      usage: units("4.25"),
      late: 0n,
      quantity: units("4"),
      closing: units("0.25"),
      events: 2,
      timestamp: hour(11) - 1_000,
      lastSend: hour(35) - 181_000,
      region: "us-east-1",
      productCode: undefined,
      manifestChunks: 1,
      allocationChunks: 1,
      folded: { sets: 0, units: 0n },
    });
    const record = await readRecord(table, refOf(10));
    assert.deepEqual([record?.state, record?.seal], ["sealed", sealed]);
    const counted = await readManifest(table, refOf(10), sealed);
    assert.deepEqual(["a", "b", "c"].map(counted), [true, true, false]);
    assert.deepEqual(await readAllocations(table, refOf(10), sealed), [
      { tags: { Team: "blue" }, quantity: 2n },
      { tags: {}, quantity: 2n },
    ]);
    await useHour(table, refOf(11), ["0.75"]);
    await seal(11);
    assert.deepEqual(await chain(), ["10 0+4.25=4+0.25", "11 0.25+0.75=1+0"]);
  });

  it("does not happen twice, nor to an hour that is not there", async () => {
    await useHour(table, refOf(10), ["5"]);
    await seal(10);
    assert.equal(await seal(10), "left");
    assert.equal(await seal(11), "left");
    assert.deepEqual(await chain(), ["10 0+5=5+0"]);
  });

  it("leaves an hour open whose product was taken out of the stack: its product code would be lost for ever", async () => {
    await useHour(table, refOf(10), ["5"]);
    await assert.rejects(sealRecord({ ...sealer(), products: new Map() }, refOf(10), undefined), {
      message: `The product ${refOf(10).meter.product} of ${partition(refOf(10))} is not among the stack's products; put it back until its records are sent.`,
    });
    assert.equal((await readRecord(table, refOf(10)))?.state, "open");
  });

  it("waits until 3 minutes after the timestamp, closed to events, and is done later", async () => {
    await useHour(table, refOf(10), ["5"]);
    now = hour(10) + 479_999;
    assert.equal(await seal(10), "left");
    assert.equal((await readRecord(table, refOf(10)))?.state, "sealing");
    now += 1;
    assert.notEqual(await seal(10), "left");
    assert.deepEqual(await chain(), ["10 0+5=5+0"]);
  });

  it("counts an event that came between the fence and the reading, and not one that came after it", async () => {
    await useHour(table, refOf(10), ["5"]);
    await fence(table, refOf(10));
    await putEvent(table, refOf(10), usageEvent({ id: "in time", quantity: 1 }), hour(11));
    await seal(10);
    await putEvent(table, refOf(10), usageEvent({ id: "late", quantity: 1 }), hour(11));
    assert.deepEqual(await chain(), ["10 0+6=6+0"]);
  });

  it("is the same whoever interrupts it between any two of its calls: the same hour's sealer, or the next hour's", async () => {
    for (const other of [10, 11]) {
      for (let nth = 1; ; nth++) {
        await emptyLedger();
        await useHour(table, refOf(10), ["1.5"]);
        await useHour(table, refOf(11), ["2.75"]);
        const { table: between, seen } = interrupted(table, nth, () => seal(other));
        await seal(10, between);
        await seal(10);
        await seal(11);
        const inOrder = await chain();
        const straight = ["10 0+1.5=1+0.5", "11 0.5+2.75=3+0.25"];
        const crossed = ["11 0+2.75=2+0.75", "10 0.75+1.5=2+0.25"];
        assert.ok(
          [straight, crossed].some((each) => each.join() === inOrder.join()),
          `${other} at ${nth}: ${inOrder}`,
        );
        if (seen.calls < nth) break;
      }
    }
  });

  it("is the same where another sealer is itself interrupted by a third, at any two of their calls", async () => {
    for (const [outer, inner] of [
      [3, 2],
      [4, 4],
      [5, 5],
      [6, 3],
      [7, 7],
      [5, 8],
      [8, 6],
    ] as const) {
      await emptyLedger();
      for (const [n, quantity] of [
        [9, "0.5"],
        [10, "1.75"],
        [11, "2.5"],
      ] as const)
        await useHour(table, refOf(n), [quantity]);
      const third = interrupted(table, inner, () => seal(11));
      const second = interrupted(table, outer, () => seal(10, third.table));
      await seal(9, second.table);
      for (const n of [9, 10, 11]) await seal(n);
      assert.equal((await chain()).length, 3);
      const { balance } = await readMeter(table, refOf(10).meter);
      assert.equal(balance, units("0.75"));
    }
  });

  it("by many sealers at once comes to one chain that counts everything once", async () => {
    const hours = [6, 7, 8, 9, 10];
    for (const n of hours) await useHour(table, refOf(n), ["1.25", "0.5"]);
    await Promise.all(hours.flatMap((n) => [seal(n), seal(n), seal(n)]));
    const sealed = await chain();
    assert.equal(sealed.length, 5);
    const { statements } = await readWindow(table, { from: hour(0), to: hour(48) });
    assert.equal(statements[0]?.sums.used, units("8.75"));
    assert.equal(statements[0]?.sums.waiting, units("8.75"));
  });

  it("is finished by the next sealer where the process dies before or after any of its calls", async () => {
    for (const when of ["before", "after"] as const) {
      for (let nth = 1; ; nth++) {
        await emptyLedger();
        await useHour(table, refOf(10), ["1.5"]);
        await useHour(table, refOf(11), ["2.75"]);
        const { client, process } = dyingClient(dynamo.client, nth, when);
        await seal(10, dynamoTable(client, tableName)).catch((error) => assert.equal(error.message, "process died"));
        // The next run begins with the other hour of the meter.
        await seal(11);
        await seal(10);
        const inOrder = (await chain()).join();
        const straight = "10 0+1.5=1+0.5,11 0.5+2.75=3+0.25";
        const crossed = "11 0+2.75=2+0.75,10 0.75+1.5=2+0.25";
        assert.ok(inOrder === straight || inOrder === crossed, `died ${when} call ${nth}: ${inOrder}`);
        if (process.calls < nth) break;
      }
    }
  });

  it("that lost its commit leaves a manifest that nobody reads", async () => {
    await useHour(table, refOf(10), ["1.5"]);
    await useHour(table, refOf(11), ["2"]);
    // Before the commit of 10, its sixth call, 11 is sealed: 10 begins again under another token.
    const { table: between } = interrupted(table, 6, () => seal(11));
    const sealed = await seal(10, between);
    assert.ok(sealed !== "left");
    assert.deepEqual(await chain(), ["11 0+2=2+0", "10 0+1.5=1+0.5"]);
    const manifests = await Array.fromAsync(table.query(partition(refOf(10)), "manifest#"));
    assert.equal(manifests.length, 2);
    assert.ok((await readManifest(table, refOf(10), sealed))(`${hour(10)}-0`));
  });
});
