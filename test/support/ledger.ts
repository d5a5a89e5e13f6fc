import type { RecordRef } from "../../src/ledger/keys.ts";
import { openRecord, putEvent } from "../../src/ledger/records.ts";
import { commitSeal, completeSeal, fence, readMeter, type Seal, writeManifest } from "../../src/ledger/seals.ts";
import type { Table } from "../../src/ledger/table.ts";
import { UNIT } from "../../src/usage/quantity.ts";
import { hour, meterOf, usageEvent } from "./usage.ts";

/** The record of a meter of `analytics` in an hour of the day. */
export const refOf = (n: number, buyer = 1): RecordRef => ({ meter: meterOf(buyer), hour: hour(n) });

/** A seal of 5 units used in the hour, with these changes. */
export const sealOf = (changes: Partial<Seal> = {}): Seal => ({
  token: "token-1",
  state: "sealed",
  version: 1,
  opening: 0n,
  usage: 5n * UNIT,
  late: 0n,
  quantity: 5n * UNIT,
  closing: 0n,
  events: 1,
  timestamp: hour(10) + 300_000,
  lastSend: hour(34),
  region: "us-east-1",
  productCode: undefined,
  manifestChunks: 0,
  allocationChunks: 0,
  folded: { sets: 0, units: 0n },
  ...changes,
});

/** Opens the record of an hour and puts events of so many units under it. */
export async function useHour(table: Table, ref: RecordRef, quantities: readonly string[]): Promise<void> {
  await openRecord(table, ref, ref.hour + 75 * 60_000);
  for (const [index, quantity] of quantities.entries())
    await putEvent(table, ref, usageEvent({ id: `${ref.hour}-${index}`, quantity }), ref.hour);
}

/** Seals an hour with numbers of the test's own, from the meter's version and balance on. */
export async function sealHour(table: Table, ref: RecordRef, changes: Partial<Seal> & { ids?: string[] } = {}) {
  const { ids = [], ...numbers } = changes;
  const meter = await readMeter(table, ref.meter);
  const token = numbers.token ?? `seal-${meter.version + 1}`;
  const manifestChunks = await writeManifest(table, ref, token, ids, 0);
  const seal = sealOf({ version: meter.version + 1, opening: meter.balance, ...numbers, token, manifestChunks });
  await fence(table, ref);
  await commitSeal(table, ref, seal, ref.hour);
  await completeSeal(table, { ref, seal });
  return seal;
}

/** The same table through a network that loses the first answer to every write: the client repeats it and gets the second answer. */
export const answersLost = (table: Table): Table => ({
  ...table,
  async put(item, condition) {
    await table.put(item, condition);
    return table.put(item, condition);
  },
  async update(key, change, condition) {
    await table.update(key, change, condition);
    return table.update(key, change, condition);
  },
});
