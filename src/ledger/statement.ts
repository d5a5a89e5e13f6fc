import pMap from "p-map";
import { type Meter, meterKey } from "../usage/buyers.ts";
import { type HourSet, hourSet } from "../usage/hour-set.ts";
import { formatHour, HOUR, type Hour } from "../usage/instants.ts";
import { parseStoredQuantity, type Quantity, sum } from "../usage/quantity.ts";
import { parsePartition, partition, type RecordRef, SHARDS } from "./keys.ts";
import { type HourlyRecord, type RecordState, readEvents, readRecords } from "./records.ts";
import { type MeterItem, readMeter, type Seal } from "./seals.ts";
import type { Item, Key, Table } from "./table.ts";

/** Whole UTC hours, from the first up to, not including, the last. */
export interface Window {
  readonly from: Hour;
  readonly to: Hour;
}

/** The sums of rule 6 for a meter: opening + used = accepted + refused + expired + disputed + waiting, each summed by itself. */
export interface Sums {
  readonly opening: Quantity;
  readonly used: Quantity;
  readonly accepted: Quantity;
  readonly refused: Quantity;
  readonly expired: Quantity;
  readonly disputed: Quantity;
  readonly waiting: Quantity;
}

/** A meter's hours in a window, like a bank statement. */
export interface Statement {
  readonly meter: Meter;
  readonly sums: Sums;
  /** Its records, in the order of their hours; one whose seal is committed but not yet copied to it stands as that seal says. */
  readonly records: readonly HourlyRecord[];
  /** What is counted so far in its records without a seal, by their hours. */
  readonly unsealed: readonly { readonly hour: Hour; readonly quantity: Quantity }[];
  /** Its usage events that came too late to be billed. */
  readonly expired: readonly ExpiredUsage[];
}

/** A usage event that could no longer be billed when it came. */
export interface ExpiredUsage {
  readonly hour: Hour;
  readonly quantity: Quantity;
  readonly reason: string;
}

/** Messages that could not be metered, by what was wrong with them. */
export interface RejectionCount {
  readonly reason: string;
  readonly field: string;
  readonly count: number;
  /** The id of the first of them, or where it had none the beginning of its body. */
  readonly example: string;
}

/** Everything the ledger holds of a window. */
export interface LedgerWindow {
  readonly statements: readonly Statement[];
  readonly rejected: readonly RejectionCount[];
}

/** How many meters are read at once. */
const METERS = 16;

/** Reads a window of the ledger: each meter for itself, at a moment at which no seal was being committed on it. */
export async function readWindow(table: Table, window: Window): Promise<LedgerWindow> {
  const keys = await listHours(table, window);
  const meters = new Map<string, { meter: Meter; records: RecordRef[]; expired: Key[] }>();
  for (const key of keys.filter(({ pk }) => pk.startsWith("H#"))) {
    const ref = parsePartition(key.pk);
    const found = meters.get(meterKey(ref.meter)) ?? { meter: ref.meter, records: [], expired: [] };
    if (key.sk === "record") found.records.push(ref);
    else found.expired.push(key);
    meters.set(meterKey(ref.meter), found);
  }
  const inOrder = [...meters].sort(([a], [b]) => (a < b ? -1 : 1));
  const statements = await pMap(
    inOrder,
    ([, { meter, records, expired }]) => readStatement(table, meter, records, expired),
    { concurrency: METERS },
  );
  return { statements, rejected: await readRejections(table, keys) };
}

/** In which hours of a window each meter, by `meterKey`, had a record, as the index knows it. */
export async function listRecordHours(table: Table, window: Window): Promise<Map<string, HourSet>> {
  const hours = new Map<string, HourSet>();
  const list = async (shard: string) => {
    for await (const { pk, sk } of queryHours(table, shard, window)) {
      if (sk !== "record") continue;
      const { meter, hour } = parsePartition(pk);
      const key = meterKey(meter);
      const known = hours.get(key) ?? hourSet(window);
      hours.set(key, known);
      known.add(hour);
    }
  };
  await Promise.all(SHARDS.map(list));
  return hours;
}

async function readStatement(
  table: Table,
  meter: Meter,
  refs: readonly RecordRef[],
  expired: readonly Key[],
): Promise<Statement> {
  for (;;) {
    const before = await readMeter(table, meter);
    const read = [...(await readRecords(table, refs)).values()].sort(
      (a, b) => a.ref.hour - b.ref.hour || (a.ref.writeOff ? 1 : -1),
    );
    const records = read.map((record) => withPending(record, before));
    const unsealed = await pMap(
      records.filter(({ seal }) => seal === undefined),
      async ({ ref }) => ({ hour: ref.hour, quantity: total(await readEvents(table, ref)) }),
      { concurrency: 4 },
    );
    const late = (await table.getMany(expired)).map(parseExpiredEvent);
    const after = await readMeter(table, meter);
    if (before.version !== after.version || before.pending?.seal.token !== after.pending?.seal.token) continue;
    return { meter, records, unsealed, expired: late, sums: addUp(records, total(unsealed), total(late)) };
  }
}

const total = (counted: readonly { readonly quantity: Quantity }[]): Quantity =>
  sum(counted.map(({ quantity }) => quantity));

/** A record as its committed seal says, where that has not been copied to it yet. */
function withPending(record: HourlyRecord, { pending }: MeterItem): HourlyRecord {
  if (record.state !== "sealing" || !pending || partition(pending.ref) !== partition(record.ref)) return record;
  return { ...record, state: pending.seal.state, seal: pending.seal };
}

const parseExpiredEvent = ({ pk, quantity, reason }: Item): ExpiredUsage => ({
  hour: parsePartition(pk).hour,
  quantity: parseStoredQuantity(quantity as string),
  reason: reason as string,
});

function addUp(records: readonly HourlyRecord[], open: Quantity, expiredEvents: Quantity): Sums {
  const sealed = records.filter((record): record is HourlyRecord & { seal: Seal } => record.seal !== undefined);
  const versions = new Set(sealed.map(({ seal }) => seal.version));
  const first = sealed.filter(({ seal }) => !versions.has(seal.version - 1));
  const last = sealed.filter(({ seal }) => !versions.has(seal.version + 1));
  const quantityOf = (state: RecordState) =>
    sum(sealed.filter((record) => record.state === state).map(({ seal }) => seal.quantity));
  return {
    opening: sum(first.map(({ seal }) => seal.opening)),
    used: sum(sealed.map(({ seal }) => seal.usage)) + open + expiredEvents,
    accepted: quantityOf("accepted"),
    refused: quantityOf("refused"),
    expired: quantityOf("expired") + expiredEvents,
    disputed: quantityOf("disputed"),
    waiting: quantityOf("sealed") + open + sum(last.map(({ seal }) => seal.closing)),
  };
}

async function readRejections(table: Table, keys: readonly Key[]): Promise<RejectionCount[]> {
  const items = await table.getMany(keys.filter(({ sk }) => sk === "rejection"));
  const inOrder = items.toSorted((a, b) => (a.at as number) - (b.at as number) || (a.pk < b.pk ? -1 : 1));
  const groups = [...Map.groupBy(inOrder, ({ reason, field }) => JSON.stringify([reason, field]))].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return groups.map(([, group]) => {
    const { reason, field, example } = group[0] as Item as unknown as RejectionCount;
    return { reason, field, count: group.length, example };
  });
}

async function listHours(table: Table, window: Window): Promise<Key[]> {
  const shards = await Promise.all(SHARDS.map((shard) => Array.fromAsync(queryHours(table, shard, window))));
  return shards.flat().map(({ pk, sk }) => ({ pk, sk }));
}

const queryHours = (table: Table, shard: string, { from, to }: Window) =>
  table.queryIndex("hours", shard, { from: formatHour(from), to: formatHour(to - HOUR) });
