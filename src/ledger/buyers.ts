import type { Agreement, Agreements } from "../usage/agreements.ts";
import { type Buyer, buyerKey } from "../usage/buyers.ts";
import { AFTER_AGREEMENT } from "../usage/deadlines.ts";
import { HOUR, type Instant, MINUTE } from "../usage/instants.ts";
import { buyerItemKey, DUE_ATTRIBUTES, dueAttributes, parsePartition, type RecordRef } from "./keys.ts";
import type { Item, Table } from "./table.ts";

/** What is known of a product's buyer. */
export interface BuyerItem {
  /** Undefined where no agreements are known: then they do not limit. */
  readonly agreements: Agreements;
  /** How often in a row AWS has said `CustomerNotSubscribed`, and when one record may be sent again to ask. */
  readonly refusals: number;
  readonly probeAt: Instant;
}

const UNKNOWN: BuyerItem = { agreements: undefined, refusals: 0, probeAt: 0 };

/** Reads buyers, strongly consistent; by `buyerKey`. Buyers that have no item are there too: nothing is known of them. */
export async function readBuyers(
  table: Table,
  buyers: Iterable<{ product: string; buyer: Buyer }>,
): Promise<Map<string, BuyerItem>> {
  const keys = new Map(
    [...buyers].map(({ product, buyer }) => [buyerItemKey(product, buyer).pk, buyerKey(product, buyer)]),
  );
  const items = await table.getMany([...keys.keys()].map((pk) => ({ pk, sk: "buyer" })));
  const found = new Map(items.map((item) => [item.pk, parseBuyer(item)]));
  return new Map([...keys].map(([pk, key]) => [key, found.get(pk) ?? UNKNOWN]));
}

/** Reads one buyer, strongly consistent. */
export async function readBuyer(table: Table, product: string, buyer: Buyer): Promise<BuyerItem> {
  const item = await table.get(buyerItemKey(product, buyer));
  return item ? parseBuyer(item) : UNKNOWN;
}

/** Tells the ledger a buyer's agreements, all of them. From the first end that is still to be served, runs look after the buyer's open records. */
export async function setAgreements(
  table: Table,
  product: string,
  buyer: Buyer,
  agreements: readonly Agreement[],
): Promise<void> {
  const key = buyerItemKey(product, buyer);
  const set = { agreements: JSON.stringify(agreements) };
  const ends = agreements.flatMap(({ to }) => (to === null ? [] : [to]));
  if (ends.length === 0) await table.update(key, { set, remove: DUE_ATTRIBUTES });
  else await table.update(key, { set: { ...set, ...dueAttributes(key, "ending", Math.min(...ends)) } });
}

/** Takes a buyer off the list of those whose agreement is ending, or moves it on to the next end, unless the agreements changed meanwhile. */
export async function endingServed(
  table: Table,
  product: string,
  buyer: Buyer,
  agreements: readonly Agreement[],
  now: Instant,
): Promise<void> {
  const key = buyerItemKey(product, buyer);
  const ahead = agreements.flatMap(({ to }) => (to === null || to + AFTER_AGREEMENT <= now ? [] : [to]));
  const unchanged = { equal: { agreements: JSON.stringify(agreements) } };
  if (ahead.length === 0) await table.update(key, { remove: DUE_ATTRIBUTES }, unchanged);
  else await table.update(key, { set: dueAttributes(key, "ending", Math.min(...ahead)) }, unchanged);
}

const FIRST_BACK_OFF = 5 * MINUTE;

/** Notes that AWS refused a buyer: the next probe waits twice as long each time, from 5 minutes up to an hour. */
export async function backOff(
  table: Table,
  product: string,
  buyer: Buyer,
  before: BuyerItem,
  now: Instant,
): Promise<BuyerItem> {
  const wait = Math.min(HOUR, FIRST_BACK_OFF * 2 ** Math.min(before.refusals, 10));
  const after = { ...before, refusals: before.refusals + 1, probeAt: now + wait };
  await table.update(buyerItemKey(product, buyer), { set: { refusals: after.refusals, probeAt: after.probeAt } });
  return after;
}

/** Notes that AWS takes a buyer's records again. */
export async function backOffOver(table: Table, product: string, buyer: Buyer): Promise<void> {
  await table.update(buyerItemKey(product, buyer), { remove: ["refusals", "probeAt"] });
}

/** The records of a buyer that the index knows, by hour. The index may lag. */
export async function listRecordsOfBuyer(table: Table, product: string, buyer: Buyer): Promise<RecordRef[]> {
  const refs: RecordRef[] = [];
  for await (const { pk } of table.queryIndex("buyers", buyerKey(product, buyer))) refs.push(parsePartition(pk));
  return refs;
}

const parseBuyer = (item: Item): BuyerItem => ({
  agreements: item.agreements === undefined ? undefined : (JSON.parse(item.agreements as string) as Agreement[]),
  refusals: (item.refusals as number | undefined) ?? 0,
  probeAt: (item.probeAt as number | undefined) ?? 0,
});
