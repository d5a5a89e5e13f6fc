import pMap from "p-map";
import { type BuyerItem, readBuyers } from "../ledger/buyers.ts";
import { claimEvent, moveClaim, readClaim, type Target } from "../ledger/claims.ts";
import { partition, type RecordRef } from "../ledger/keys.ts";
import { type HourlyRecord, openRecord, putEvent, putExpiredEvent, readRecords } from "../ledger/records.ts";
import { readManifest } from "../ledger/seals.ts";
import type { Table } from "../ledger/table.ts";
import { buyerKey } from "../usage/buyers.ts";
import { sealTime } from "../usage/deadlines.ts";
import { canonicalContent, contentHash, type UsageEvent } from "../usage/events.ts";
import { type Hour, hourOf, type Instant } from "../usage/instants.ts";
import { chooseTarget, expiredReason } from "./target.ts";

/** Where a usage event went. `queued`: not yet known, or not possible now; its message must be delivered again. */
export type Place = "counted" | "expired" | "expired-before" | "conflict" | "queued";

/** A usage event and the delivery that brought it. */
export interface Delivered {
  readonly event: UsageEvent;
  readonly delivery: string;
}

export interface PlaceSettings {
  /** How long after its end an hour is sealed, in milliseconds. */
  readonly grace: number;
  /** Takes the errors that leave an event queued. */
  readonly onError: (error: unknown) => void;
}

/** How many events are written at once. */
const WRITES = 16;

/**
 * Puts usage events into the ledger, two writes each, and answers where each went, in order. Any number of deliveries of one event, in any
 * number of batches at once, count it once. The batch reads its records once before its writes and again after the last of them: whoever sees
 * a record `open` after writing an event knows that its sealer will see the event.
 */
export async function placeEvents(
  table: Table,
  settings: PlaceSettings,
  deliveries: readonly Delivered[],
  now: Instant,
): Promise<Place[]> {
  const items: Item[] = deliveries.map((delivered) => ({ ...delivered }));
  try {
    const batch = await readBatch(
      table,
      settings,
      items.map(({ event }) => event),
      now,
    );
    let waiting = items;
    while (waiting.length > 0) {
      await pMap(
        sameId(waiting),
        (group) => inTurn(group, (item) => guarded(settings, item, () => write(batch, item))),
        { concurrency: WRITES },
      );
      waiting = waiting.filter(({ place }) => place === undefined);
      batch.records = await readRecords(table, [...batch.refs.values(), ...waiting.map(targetRef)]);
      await pMap(waiting, (item) => guarded(settings, item, () => judge(batch, item)), { concurrency: WRITES });
      waiting = waiting.filter(({ place }) => place === undefined);
    }
  } catch (error) {
    settings.onError(error);
  }
  return items.map(({ place }) => place ?? "queued");
}

interface Item extends Delivered {
  target?: Target;
  place?: Place;
}

interface Batch {
  readonly table: Table;
  readonly grace: number;
  readonly now: Instant;
  readonly buyers: ReadonlyMap<string, BuyerItem>;
  /** The records that the events would choose for themselves. */
  readonly refs: ReadonlyMap<string, RecordRef>;
  /** The records as they were last read. */
  records: Map<string, HourlyRecord>;
  readonly opened: Map<string, Promise<void>>;
  readonly manifests: Map<string, Promise<(id: string) => boolean>>;
}

async function readBatch(
  table: Table,
  { grace }: PlaceSettings,
  events: readonly UsageEvent[],
  now: Instant,
): Promise<Batch> {
  const own = events.flatMap((event) => [refOf(event, hourOf(event.time.instant)), refOf(event, hourOf(now))]);
  const refs = new Map(own.map((ref) => [partition(ref), ref]));
  const [buyers, records] = await Promise.all([readBuyers(table, events), readRecords(table, [...refs.values()])]);
  return { table, grace, now, buyers, refs, records, opened: new Map(), manifests: new Map() };
}

/** Claims the event and puts it under the target that its claim holds. */
async function write(batch: Batch, item: Item): Promise<void> {
  const { table, now } = batch;
  const { event } = item;
  const agreements = agreementsOf(batch, event);
  const fresh = chooseTarget(
    event.time.instant,
    agreements,
    now,
    (hour) => batch.records.get(partition(refOf(event, hour)))?.state,
  );
  const claim =
    fresh === "later" ? await readClaim(table, event.product, event.id) : await claimEvent(table, event, fresh, now);
  if (claim === undefined) item.place = "queued";
  else if (claim.hash !== contentHash(canonicalContent(event))) item.place = "conflict";
  else if (claim.target === "expired") {
    const reason =
      expiredReason(event.time.instant, agreements, now) ?? "its deadline had passed when it was first tried";
    const own = refOf(event, hourOf(event.time.instant));
    const first = await putExpiredEvent(table, own, event, reason, item.delivery);
    item.place = first ? "expired" : "expired-before";
  } else {
    item.target = claim.target;
    const ref = refOf(event, claim.target.hour);
    await ensureOpened(batch, ref, event);
    await putEvent(table, ref, event, now);
  }
}

/** Reads from the record, as it stands after the write, whether the event is counted; if it came too late, moves its claim on. */
async function judge(batch: Batch, item: Item): Promise<void> {
  const { table, now } = batch;
  const { event } = item;
  const ref = targetRef(item);
  const record = batch.records.get(partition(ref));
  if (record === undefined)
    throw new Error(`The record ${partition(ref)} was written and is not there; is the table another one by now?`);
  if (record.state === "open") item.place = "counted";
  else if (record.state === "sealing" || record.seal === undefined) item.place = "queued";
  else if ((await manifestOf(batch, record, record.seal))(event.id)) item.place = "counted";
  else {
    const states = (hour: Hour) => batch.records.get(partition(refOf(event, hour)))?.state;
    const target = chooseTarget(event.time.instant, agreementsOf(batch, event), now, states, ref.hour);
    if (target === "later") item.place = "queued";
    else await moveClaim(table, event, { hour: ref.hour }, target);
  }
}

function ensureOpened(batch: Batch, ref: RecordRef, event: UsageEvent): Promise<void> | undefined {
  const key = partition(ref);
  if (batch.records.has(key)) return undefined;
  const known = batch.opened.get(key);
  if (known) return known;
  const opening = openRecord(batch.table, ref, sealTime(ref.hour, batch.grace, agreementsOf(batch, event)));
  batch.opened.set(key, opening);
  return opening;
}

function manifestOf(batch: Batch, record: HourlyRecord, seal: NonNullable<HourlyRecord["seal"]>) {
  const key = partition(record.ref);
  const manifest = batch.manifests.get(key) ?? readManifest(batch.table, record.ref, seal);
  batch.manifests.set(key, manifest);
  return manifest;
}

const agreementsOf = (batch: Batch, event: UsageEvent) =>
  batch.buyers.get(buyerKey(event.product, event.buyer))?.agreements;

const refOf = (event: UsageEvent, hour: Hour): RecordRef => ({
  meter: { product: event.product, buyer: event.buyer, dimension: event.dimension },
  hour,
});

function targetRef({ event, target }: Item): RecordRef {
  if (target === undefined || target === "expired") throw new Error(`The usage event ${event.id} has no hour.`);
  return refOf(event, target.hour);
}

/** Events of one id, in the order they came: the first stands. */
const sameId = (items: readonly Item[]): Item[][] => [
  ...Map.groupBy(items, ({ event }) => JSON.stringify([event.product, event.id])).values(),
];

async function inTurn<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (const item of items) await act(item);
}

async function guarded({ onError }: PlaceSettings, item: Item, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    item.place = "queued";
    onError(error);
  }
}
