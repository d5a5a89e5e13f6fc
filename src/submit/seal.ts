import { type Clock, newToken, type Random } from "../clock.ts";
import { readBuyer } from "../ledger/buyers.ts";
import { partition, type RecordRef } from "../ledger/keys.ts";
import { KEPT, readEvents, readRecord } from "../ledger/records.ts";
import {
  commitSeal,
  completeSeal,
  fence,
  readMeter,
  type Seal,
  writeAllocations,
  writeManifest,
} from "../ledger/seals.ts";
import type { Table } from "../ledger/table.ts";
import type { Agreements } from "../usage/agreements.ts";
import { CLOCK_DIFFERENCE } from "../usage/deadlines.ts";
import { hourOf } from "../usage/instants.ts";
import type { Product, Products } from "../usage/products.ts";
import { sum } from "../usage/quantity.ts";
import { hourNumbers, writeOffNumbers } from "./numbers.ts";

/** What a sealer needs. */
export interface Sealer {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: Random;
  readonly products: Products;
  /** The Region that this pipeline sends from: a record is sent to one Region for ever. */
  readonly region: string;
}

/** What sealing came to: the seal that now stands; or `left`, where the record must wait or somebody else has sealed it. */
export type Sealed = Seal | "left";

/**
 * Seals a record: closes it to events, fixes its numbers, and moves its meter's balance on, all at once or not at all. Any number of sealers may
 * work on one meter at a time, and each may stop at any point: the next one finishes what was committed. Throws where the record's product is
 * not among the products; then nothing has changed.
 */
export async function sealRecord(sealer: Sealer, ref: RecordRef, agreements: Agreements): Promise<Sealed> {
  const { table, clock } = sealer;
  const { productCode } = productOf(sealer, ref);
  await fence(table, ref);
  for (;;) {
    const meter = await readMeter(table, ref.meter);
    if (meter.pending) {
      await completeSeal(table, meter.pending);
      if (partition(meter.pending.ref) === partition(ref)) return meter.pending.seal;
      continue;
    }
    // A sealer that committed before the meter was read has made this record something else by now.
    const record = await readRecord(table, ref);
    if (record?.state !== "sealing") return "left";
    const events = ref.writeOff ? [] : await readEvents(table, ref);
    const now = clock.now();
    const unsealed = { hour: ref.hour, opening: meter.balance, events, agreements };
    const numbers = ref.writeOff ? writeOffNumbers(ref.hour, meter.balance) : hourNumbers(unsealed, now);
    if (numbers.state === "sealed" && now < numbers.timestamp + CLOCK_DIFFERENCE) return "left";

    const token = newToken(sealer.random);
    const expiresAt = Math.ceil((now + KEPT) / 1000);
    const manifestChunks = await writeManifest(
      table,
      ref,
      token,
      events.map(({ id }) => id),
      expiresAt,
    );
    const allocationChunks = await writeAllocations(table, ref, token, numbers.allocations);
    const { allocations: _, ...fixed } = numbers;
    const seal = {
      ...fixed,
      token,
      version: meter.version + 1,
      events: events.length,
      late: sum(events.filter(({ time }) => hourOf(time) < ref.hour).map(({ quantity }) => quantity)),
      region: sealer.region,
      productCode,
      manifestChunks,
      allocationChunks,
    };
    if (!(await commitSeal(table, ref, seal, now))) continue;
    await completeSeal(table, { ref, seal });
    return seal;
  }
}

/** Without its product a record would be sealed, for ever, without the product code it needs. */
function productOf({ products }: Sealer, ref: RecordRef): Product {
  const product = products.get(ref.meter.product);
  if (product) return product;
  throw new Error(
    `The product ${ref.meter.product} of ${partition(ref)} is not among the stack's products; put it back until its records are sent.`,
  );
}

/** The agreements that a record's buyer has, strongly consistent. */
export const agreementsOf = async (table: Table, ref: RecordRef): Promise<Agreements> =>
  (await readBuyer(table, ref.meter.product, ref.meter.buyer)).agreements;
