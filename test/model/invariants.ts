import assert from "node:assert/strict";
import { parsePartition, partition } from "../../src/ledger/keys.ts";
import type { HourlyRecord } from "../../src/ledger/records.ts";
import { readMeter } from "../../src/ledger/seals.ts";
import { type LedgerWindow, readWindow, type Statement, type Sums } from "../../src/ledger/statement.ts";
import { itemsOf } from "../support/memory-table.ts";
import {
  billedUnits,
  claimedUsage,
  conflictsSent,
  isOver,
  lastMoment,
  mayHaveExpired,
  meterText,
  refOfLine,
  UNIT,
} from "./oracle.ts";
import { type World, windowOf } from "./world.ts";

type Records = ReadonlyMap<string, HourlyRecord>;

/** What must hold at every moment, whatever is under way or was interrupted. */
export async function checkAlways(world: World): Promise<LedgerWindow> {
  assert.deepEqual(world.defects, [], "an error that nobody made up");
  const ledger = await readWindow(world.ledger, windowOf(world));
  const usage = claimedUsage(world);
  for (const statement of ledger.statements) {
    checkSums(statement.sums, usage.get(meterText(statement.meter)) ?? 0n);
    await checkChain(world, statement);
    for (const record of statement.records) checkRecord(world, record);
  }
  checkExpiredEvents(world);
  const records = ledger.statements.flatMap((each) => each.records.map((record) => [partition(record.ref), record]));
  checkBooks(world, new Map(records as [string, HourlyRecord][]), usage);
  return ledger;
}

/** What must hold once everything was delivered, sealed, sent and verified. */
export async function checkEnd(world: World): Promise<void> {
  const { statements, rejected } = await checkAlways(world);
  const usage = claimedUsage(world);
  const found = new Map(statements.map(({ meter, sums }) => [meterText(meter), sums.used]));
  const billed = billedUnits(world.metering.billed());
  assert.deepEqual(withoutZeros(found), withoutZeros(usage), "the usage that the ledger counts is what was sent");
  assert.equal(
    rejected.reduce((total, { count }) => total + count, 0),
    conflictsSent(world),
    "rejections",
  );
  for (const { meter, sums, records } of statements) {
    assert.deepEqual(
      records.filter((record) => !isFinished(record)),
      [],
      "records that still wait",
    );
    assert.ok(sums.waiting < UNIT, "less than a unit waits");
    const disputed = records.filter(({ state }) => state === "disputed");
    const lost = disputed.filter((record) => !isBilled(world, record)).map(({ seal }) => seal?.quantity ?? 0n);
    const units = billed.get(meterText(meter)) ?? 0n;
    // What nobody could settle may or may not be billed: the books say.
    assert.equal(sums.accepted + sums.disputed - lost.reduce((a, b) => a + b, 0n), units * UNIT, "units billed");
    if (isCalm(world))
      assert.deepEqual([sums.expired, sums.refused, sums.disputed], [0n, 0n, 0n], "all of it is billed");
  }
}

/** Whether nothing will happen to a record any more, but by evidence. */
export const isFinished = ({ state }: HourlyRecord): boolean => !["open", "sealing", "sealed"].includes(state);

/** Whether all that was sent came in time, and AWS held no record that was not ours: then all of it must be billed. */
const isCalm = ({ setting, metering }: World): boolean =>
  setting.inTime &&
  metering.calls.every(({ answer }) => answer?.Results.every(({ Status }) => Status !== "DuplicateRecord") ?? true);

function checkSums(sums: Sums, usage: bigint): void {
  const { opening, used, accepted, refused, expired, disputed, waiting } = sums;
  assert.equal(opening + used, accepted + refused + expired + disputed + waiting, "rule 6");
  assert.ok(used <= usage, `nothing is counted that was not used: ${used} of ${usage}`);
  assert.equal(opening, 0n, "the whole chain is in the window");
}

/** Each seal opens with what the one before it left, and the meter stands where the last one left it. */
async function checkChain(world: World, { meter, records }: Statement): Promise<void> {
  const seals = records.flatMap(({ seal }) => (seal ? [seal] : [])).sort((a, b) => a.version - b.version);
  let balance = 0n;
  for (const [index, seal] of seals.entries()) {
    assert.deepEqual([seal.version, seal.opening], [index + 1, balance], "seals chain");
    assert.equal(seal.opening + seal.usage, seal.quantity + seal.closing, "the numbers of a seal");
    balance = seal.closing;
  }
  const stands = await readMeter(world.ledger, meter);
  assert.deepEqual([stands.version, stands.balance], [seals.length, balance], "the meter stands at its last seal");
}

function checkRecord(world: World, { ref, state, seal, unknown }: HourlyRecord): void {
  if (seal === undefined) return;
  const { meter, hour } = ref;
  assert.ok(
    ref.writeOff || (seal.timestamp >= hour && seal.timestamp < hour + 3_600_000),
    "the timestamp is in the hour",
  );
  if (seal.state !== "expired") assert.equal(seal.quantity % UNIT, 0n, "whole units are sent");
  if (seal.state === "expired" && !ref.writeOff)
    assert.deepEqual(
      [seal.quantity, seal.closing],
      [seal.usage, seal.opening],
      "an expired record takes its own usage",
    );
  if (state === "expired" || state === "refused") {
    assert.equal(unknown.size, 0, "nothing ends unaccepted that AWS may have taken");
    const mayHaveEnded = isOver(world, lastMoment(world, meter, seal.timestamp));
    assert.ok(mayHaveEnded || world.ended.has(partition(ref)), `${state} before its time`);
  }
}

function checkExpiredEvents(world: World): void {
  for (const { pk, sk, time } of itemsOf(world.store)) {
    if (!sk.startsWith("expired#")) continue;
    const { meter } = parsePartition(pk);
    const claim = `C#${meter.product}#${sk.slice("expired#".length)}`;
    const mayHaveEnded = mayHaveExpired(world, meter, time as number) || world.ended.has(claim);
    assert.ok(mayHaveEnded, `${pk} ${sk} expired before its time`);
  }
}

/** Nothing is billed that was not used, nothing billed stands as unbilled, and nothing unbilled as accepted. */
function checkBooks(world: World, records: Records, usage: ReadonlyMap<string, bigint>): void {
  const billed = linesByRecord(world);
  for (const [key, { quantity, timestamp }] of billed) {
    const record = records.get(key);
    assert.ok(record?.seal, `${key} is billed`);
    assert.deepEqual(
      [record.seal.quantity, record.seal.timestamp],
      [quantity * UNIT, timestamp * 1000],
      "what was sent",
    );
    assert.ok(
      ["sealed", "accepted", "disputed"].includes(record.state),
      `${key} is billed and stands as ${record.state}`,
    );
  }
  for (const [key, { state }] of records) assert.ok(state !== "accepted" || billed.has(key), `${key} is not billed`);
  for (const [meter, units] of billedUnits(world.metering.billed()))
    assert.ok(
      units * UNIT <= (usage.get(meter) ?? 0n),
      `${meter} is billed ${units} units, which is more than was used`,
    );
}

const linesByRecord = ({ metering }: World) =>
  new Map(metering.billed().map((line) => [partition(refOfLine(line)), line]));

const isBilled = (world: World, { ref }: HourlyRecord): boolean => linesByRecord(world).has(partition(ref));

const withoutZeros = (quantities: ReadonlyMap<string, bigint>): Map<string, bigint> =>
  new Map([...quantities].filter(([, quantity]) => quantity > 0n).sort());
