import { createHash } from "node:crypto";
import { type Buyer, buyerKey, type Meter, meterKey, parseBuyerKey, parseMeterKey } from "../usage/buyers.ts";
import { formatHour, type Hour, type Instant, parseHour } from "../usage/instants.ts";
import type { Key } from "./table.ts";

/** Names one hourly record: its meter and hour, or the write-off of the meter's balance made in that hour. */
export interface RecordRef {
  readonly meter: Meter;
  readonly hour: Hour;
  readonly writeOff?: true;
}

/** What an item of the `due` index waits for: to be sealed, to be sent, to be tried again alone, to open a record, or its last hour to end. */
export type Due = "seal" | "send" | "retry" | "open" | "ending";

/** How many parts each index is spread over, so that no single partition of it carries the whole load. */
export const SHARDS = ["0", "1", "2", "3", "4", "5", "6", "7"] as const;

export const claimKey = (product: string, id: string): Key => ({ pk: `C#${encode(product)}#${id}`, sk: "claim" });
export const meterItemKey = (meter: Meter): Key => ({ pk: `M#${meterKey(meter)}`, sk: "meter" });
export const buyerItemKey = (product: string, buyer: Buyer): Key => ({
  pk: `B#${buyerKey(product, buyer)}`,
  sk: "buyer",
});
export const licenseKey = (licenseArn: string): Key => ({ pk: `L#${licenseArn}`, sk: "license" });
export const rejectionKey = (hash: string): Key => ({ pk: `R#${hash}`, sk: "rejection" });
export const rejectedMessageKey = (hash: string, messageId: string): Key => ({
  pk: `R#${hash}`,
  sk: `message#${messageId}`,
});
export const rejectedBodyKey = (hash: string, chunk: number): Key => ({ pk: `R#${hash}`, sk: `body#${chunk}` });

/** The partition of a meter and hour: the record and all that belongs to it. */
export const partition = (ref: RecordRef): string =>
  `H#${meterKey(ref.meter)}#${formatHour(ref.hour)}${ref.writeOff ? "+writeoff" : ""}`;
export const recordKey = (ref: RecordRef): Key => ({ pk: partition(ref), sk: "record" });
export const eventKey = (ref: RecordRef, id: string): Key => ({ pk: partition(ref), sk: `event#${id}` });
export const expiredEventKey = (ref: RecordRef, id: string): Key => ({ pk: partition(ref), sk: `expired#${id}` });
export const manifestKey = (ref: RecordRef, token: string, chunk: number): Key => ({
  pk: partition(ref),
  sk: `manifest#${token}#${pad(chunk)}`,
});
export const allocationsKey = (ref: RecordRef, token: string, chunk: number): Key => ({
  pk: partition(ref),
  sk: `allocations#${token}#${pad(chunk)}`,
});

/** Reads the meter and hour that a partition's key names. */
export function parsePartition(pk: string): RecordRef {
  const match = /^H#([^#]*)#(.{13})(\+writeoff)?$/s.exec(pk);
  if (!match) throw new Error(`The ledger key ${JSON.stringify(pk)} is not that of a meter and hour.`);
  return {
    meter: parseMeterKey(match[1] as string),
    hour: parseHour(match[2] as string),
    ...(match[3] ? { writeOff: true as const } : {}),
  };
}

export const parseMeterItemKey = (key: Key): Meter => parseMeterKey(key.pk.slice("M#".length));
export const parseBuyerItemKey = (key: Key): { product: string; buyer: Buyer } =>
  parseBuyerKey(key.pk.slice("B#".length));

/** The attributes that list an item in the `due` index from an instant on. */
export const dueAttributes = (key: Key, what: Due, at: Instant) => ({
  dueShard: shard(key.pk),
  due: dueText(what, at),
});
export const dueText = (what: Due, at: Instant): string => `${what}#${new Date(at).toISOString()}`;
export const DUE_ATTRIBUTES = ["due", "dueShard"] as const;

/** The attributes that list an item in the `hours` index. */
export const hourAttributes = (pk: string, hour: Hour) => ({ hourShard: shard(pk), hour: formatHour(hour) });

const shard = (pk: string): string =>
  SHARDS[(createHash("sha256").update(pk).digest()[0] as number) % SHARDS.length] as string;
const encode = (text: string): string =>
  text.replace(/[%#]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
const pad = (chunk: number): string => chunk.toString().padStart(4, "0");
