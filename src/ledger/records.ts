import { buyerKey } from "../usage/buyers.ts";
import type { Tags, UsageEvent } from "../usage/events.ts";
import { DAY, type Instant } from "../usage/instants.ts";
import { formatQuantity, parseStoredQuantity, type Quantity } from "../usage/quantity.ts";
import {
  dueAttributes,
  eventKey,
  expiredEventKey,
  hourAttributes,
  parsePartition,
  type RecordRef,
  recordKey,
} from "./keys.ts";
import { parseSeal, type Seal } from "./seals.ts";
import type { Item, Table } from "./table.ts";

export type RecordState = "open" | "sealing" | "sealed" | "empty" | "accepted" | "refused" | "expired" | "disputed";

/** One meter in one UTC hour: what AWS receives. */
export interface HourlyRecord {
  readonly ref: RecordRef;
  readonly state: RecordState;
  /** The numbers fixed by its seal; undefined while it is open or being sealed. */
  readonly seal: Seal | undefined;
  /** How many attempts were written on it. */
  readonly attempts: number;
  /** The attempts whose outcome is not known. */
  readonly unknown: ReadonlySet<string>;
  readonly lastAttemptAt: Instant | undefined;
  /** Why AWS did not take it, by AWS's own name. */
  readonly reason: string | undefined;
  /** When it went back in line, since evidence showed that AWS had not taken it. */
  readonly returnedAt: Instant | undefined;
}

/** A usage event as it is counted. */
export interface CountedEvent {
  readonly id: string;
  readonly quantity: Quantity;
  readonly time: Instant;
  readonly tags: Tags;
}

/** How long claims and usage events are kept, after which DynamoDB's time to live may take them. */
export const KEPT = 400 * DAY;

/** Makes a record `open` where there is none, to be sealed at `sealAt`. */
export async function openRecord(table: Table, ref: RecordRef, sealAt: Instant): Promise<void> {
  const key = recordKey(ref);
  const buyer = buyerKey(ref.meter.product, ref.meter.buyer);
  const item = {
    ...key,
    state: "open",
    buyer,
    ...hourAttributes(key.pk, ref.hour),
    ...dueAttributes(key, "seal", sealAt),
  };
  await table.put(item, { exists: false });
}

/** Reads a record, strongly consistent. */
export async function readRecord(table: Table, ref: RecordRef): Promise<HourlyRecord | undefined> {
  const item = await table.get(recordKey(ref));
  return item && parseRecord(item);
}

/** Reads the records that exist among these, strongly consistent; by partition key. */
export async function readRecords(table: Table, refs: readonly RecordRef[]): Promise<Map<string, HourlyRecord>> {
  const items = await table.getMany(refs.map(recordKey));
  return new Map(items.map((item) => [item.pk, parseRecord(item)]));
}

/** Puts a usage event under a record, where it is not there already. */
export async function putEvent(table: Table, ref: RecordRef, event: UsageEvent, now: Instant): Promise<void> {
  await table.put(
    { ...eventKey(ref, event.id), ...eventAttributes(event), expiresAt: Math.ceil((now + KEPT) / 1000) },
    { exists: false },
  );
}

/**
 * Keeps an event that can no longer be billed, with its quantity, under its own hour; answers whether this delivery of it was the first, also
 * when the answer of an earlier try was lost.
 */
export async function putExpiredEvent(
  table: Table,
  ref: RecordRef,
  event: UsageEvent,
  reason: string,
  delivery: string,
): Promise<boolean> {
  const key = expiredEventKey(ref, event.id);
  const item = { ...key, ...eventAttributes(event), reason, delivery, ...hourAttributes(key.pk, ref.hour) };
  return (await table.put(item, { exists: false })) || (await table.get(key))?.delivery === delivery;
}

/** The usage events under a record, in the order of their ids, strongly consistent. */
export async function readEvents(table: Table, ref: RecordRef): Promise<CountedEvent[]> {
  const events: CountedEvent[] = [];
  for await (const item of table.query(recordKey(ref).pk, "event#")) events.push(parseEventItem(item));
  return events;
}

/** Reads an item of a usage event, counted or expired. */
const parseEventItem = (item: Item): CountedEvent => ({
  id: item.sk.slice(item.sk.indexOf("#") + 1),
  quantity: parseStoredQuantity(item.quantity as string),
  time: item.time as number,
  tags: JSON.parse(item.tags as string) as Tags,
});

export function parseRecord(item: Item): HourlyRecord {
  return {
    ref: parsePartition(item.pk),
    state: item.state as RecordState,
    seal: item.seal === undefined ? undefined : parseSeal(item.seal as string),
    attempts: (item.attempts as number | undefined) ?? 0,
    unknown: (item.unknown as Set<string> | undefined) ?? new Set(),
    lastAttemptAt: item.lastAttemptAt as number | undefined,
    reason: item.reason as string | undefined,
    returnedAt: item.returnedAt as number | undefined,
  };
}

const eventAttributes = (event: UsageEvent) => ({
  quantity: formatQuantity(event.quantity),
  time: event.time.instant,
  tags: JSON.stringify(event.tags),
});
