import { createHash } from "node:crypto";
import type { Allocation } from "../usage/allocations.ts";
import type { Meter } from "../usage/buyers.ts";
import type { Instant } from "../usage/instants.ts";
import { formatQuantity, parseStoredQuantity, type Quantity, UNIT } from "../usage/quantity.ts";
import {
  allocationsKey,
  DUE_ATTRIBUTES,
  dueAttributes,
  hourAttributes,
  manifestKey,
  meterItemKey,
  parsePartition,
  partition,
  type RecordRef,
  recordKey,
} from "./keys.ts";
import type { Item, Table } from "./table.ts";

/** The numbers that a seal fixes for ever. `opening + usage = quantity + closing`, to the last decimal. */
export interface Seal {
  /** Names the seal; its manifest and allocations are kept under it. */
  readonly token: string;
  readonly state: "sealed" | "empty" | "expired";
  /** The meter's version that the seal made: seals chain in this order. */
  readonly version: number;
  readonly opening: Quantity;
  readonly usage: Quantity;
  /** How much of the usage is of earlier hours, and counted here since it came too late for its own. */
  readonly late: Quantity;
  /** What is sent: whole units. In an `expired` record what could not be sent, to the last decimal. */
  readonly quantity: Quantity;
  readonly closing: Quantity;
  readonly events: number;
  readonly timestamp: Instant;
  /** The last instant at which it may be sent, by the agreements known at the seal. */
  readonly lastSend: Instant;
  readonly region: string;
  /** The listing's product code in the `productCode` integration; undefined in `license`. */
  readonly productCode: string | undefined;
  readonly manifestChunks: number;
  readonly allocationChunks: number;
  /** Tag sets that AWS had no room for, and their whole units. */
  readonly folded: { readonly sets: number; readonly units: bigint };
}

/** A meter's balance, the number of its seals, and the seal that is committed but not yet copied to its record. */
export interface MeterItem {
  readonly version: number;
  readonly balance: Quantity;
  readonly pending: { readonly ref: RecordRef; readonly seal: Seal } | undefined;
}

/** Reads a meter, strongly consistent. */
export async function readMeter(table: Table, meter: Meter): Promise<MeterItem> {
  return parseMeter(await table.get(meterItemKey(meter)));
}

function parseMeter(item: Item | undefined): MeterItem {
  if (!item) return { version: 0, balance: 0n, pending: undefined };
  const pending = item.pending as string | undefined;
  return {
    version: item.version as number,
    balance: parseStoredQuantity(item.balance as string),
    pending:
      pending === undefined
        ? undefined
        : { ref: parsePartition(item.pendingPartition as string), seal: parseSeal(pending) },
  };
}

/**
 * Commits a seal: the meter's balance becomes the seal's closing balance, on condition that its version is still the one the seal was made
 * from. Answers whether this seal is the one committed, also when the answer of an earlier try was lost.
 */
export async function commitSeal(table: Table, ref: RecordRef, seal: Seal, now: Instant): Promise<boolean> {
  const key = meterItemKey(ref.meter);
  const set = {
    version: seal.version,
    balance: formatQuantity(seal.closing),
    pending: formatSeal(seal),
    pendingToken: seal.token,
    pendingPartition: partition(ref),
  };
  const before = seal.version === 1 ? { exists: false } : { equal: { version: seal.version - 1 } };
  const committed =
    seal.closing >= UNIT
      ? await table.update(key, { set: { ...set, ...dueAttributes(key, "open", now) } }, before)
      : await table.update(key, { set, remove: DUE_ATTRIBUTES }, before);
  return committed || (await readMeter(table, ref.meter)).pending?.seal.token === seal.token;
}

/** Copies a committed seal to its record, then clears it from the meter. Anyone may complete anyone's, any number of times. */
export async function completeSeal(table: Table, { ref, seal }: { ref: RecordRef; seal: Seal }): Promise<void> {
  const key = recordKey(ref);
  const set = { state: seal.state, seal: formatSeal(seal) };
  const sealing = { equal: { state: "sealing" } };
  if (seal.state === "sealed")
    await table.update(key, { set: { ...set, ...dueAttributes(key, "send", seal.lastSend) } }, sealing);
  else await table.update(key, { set, remove: DUE_ATTRIBUTES }, sealing);
  const clear = { remove: ["pending", "pendingToken", "pendingPartition"] };
  await table.update(meterItemKey(ref.meter), clear, { equal: { pendingToken: seal.token } });
}

/** The fence: closes an open record to new events. */
export async function fence(table: Table, ref: RecordRef): Promise<void> {
  await table.update(recordKey(ref), { set: { state: "sealing" } }, { equal: { state: "open" } });
}

/** Makes the record of a write-off, closed to events from its first moment, where it is not there already. */
export async function openWriteOff(table: Table, ref: RecordRef, buyer: string, now: Instant): Promise<void> {
  const key = recordKey(ref);
  const item = {
    ...key,
    state: "sealing",
    buyer,
    ...hourAttributes(key.pk, ref.hour),
    ...dueAttributes(key, "seal", now),
  };
  await table.put(item, { exists: false });
}

/** Takes a meter off the list of those that wait to open a record, unless it was sealed again meanwhile. */
export async function meterServed(table: Table, meter: Meter, version: number): Promise<void> {
  await table.update(meterItemKey(meter), { remove: DUE_ATTRIBUTES }, { equal: { version } });
}

const HASH_BYTES = 16;
const HASHES_A_CHUNK = 20_000;
const ALLOCATION_BYTES_A_CHUNK = 300_000;

/** Writes which events a seal counts; returns the number of chunks. */
export async function writeManifest(
  table: Table,
  ref: RecordRef,
  token: string,
  ids: readonly string[],
  expiresAt: number,
): Promise<number> {
  const hashes = ids.map(hashId).sort(Buffer.compare);
  const chunks = Math.ceil(hashes.length / HASHES_A_CHUNK);
  for (let chunk = 0; chunk < chunks; chunk++) {
    const bytes = Buffer.concat(hashes.slice(chunk * HASHES_A_CHUNK, (chunk + 1) * HASHES_A_CHUNK));
    await table.put({ ...manifestKey(ref, token, chunk), hashes: new Uint8Array(bytes), expiresAt });
  }
  return chunks;
}

/** The events a seal counted, as a question about an id. Throws where a chunk is missing: that is never "not counted". */
export async function readManifest(table: Table, ref: RecordRef, seal: Seal): Promise<(id: string) => boolean> {
  const counted = new Set<string>();
  for (const item of await chunksOf(table, ref, "manifest", seal.token, seal.manifestChunks)) {
    const bytes = Buffer.from(item.hashes as Uint8Array);
    for (let at = 0; at < bytes.length; at += HASH_BYTES) counted.add(bytes.toString("base64", at, at + HASH_BYTES));
  }
  return (id) => counted.has(hashId(id).toString("base64"));
}

/** Writes a seal's allocations; returns the number of chunks. */
export async function writeAllocations(
  table: Table,
  ref: RecordRef,
  token: string,
  allocations: readonly Allocation[],
): Promise<number> {
  const chunks: string[][] = [];
  let room = 0;
  for (const { tags, quantity } of allocations) {
    const text = JSON.stringify([tags, quantity.toString()]);
    if (chunks.length === 0 || room < text.length) {
      chunks.push([]);
      room = ALLOCATION_BYTES_A_CHUNK;
    }
    (chunks.at(-1) as string[]).push(text);
    room -= text.length;
  }
  for (const [chunk, texts] of chunks.entries()) {
    await table.put({ ...allocationsKey(ref, token, chunk), allocations: `[${texts.join(",")}]` });
  }
  return chunks.length;
}

/** Reads a seal's allocations. Throws where a chunk is missing. */
export async function readAllocations(table: Table, ref: RecordRef, seal: Seal): Promise<Allocation[]> {
  const items = await chunksOf(table, ref, "allocations", seal.token, seal.allocationChunks);
  return items.flatMap((item) =>
    (JSON.parse(item.allocations as string) as [Allocation["tags"], string][]).map(([tags, quantity]) => ({
      tags,
      quantity: BigInt(quantity),
    })),
  );
}

async function chunksOf(
  table: Table,
  ref: RecordRef,
  kind: "manifest" | "allocations",
  token: string,
  expected: number,
): Promise<Item[]> {
  const items: Item[] = [];
  if (expected === 0) return items;
  for await (const item of table.query(partition(ref), `${kind}#${token}#`)) items.push(item);
  if (items.length !== expected) {
    throw new Error(
      `The ${kind} of ${partition(ref)} has ${items.length} of its ${expected} chunks; restore the table to a time when it was whole.`,
    );
  }
  return items;
}

const hashId = (id: string): Buffer => createHash("sha256").update(id).digest().subarray(0, HASH_BYTES);

const QUANTITIES = ["opening", "usage", "late", "quantity", "closing"] as const;

const formatSeal = (seal: Seal): string => {
  const quantities = Object.fromEntries(QUANTITIES.map((name) => [name, formatQuantity(seal[name])]));
  return JSON.stringify({ ...seal, ...quantities, folded: { ...seal.folded, units: seal.folded.units.toString() } });
};

export function parseSeal(text: string): Seal {
  const stored = JSON.parse(text);
  const quantities = Object.fromEntries(QUANTITIES.map((name) => [name, parseStoredQuantity(stored[name])]));
  return {
    productCode: undefined,
    ...stored,
    ...quantities,
    folded: { ...stored.folded, units: BigInt(stored.folded.units) },
  };
}
