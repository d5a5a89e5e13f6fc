// The tables of an in-memory DynamoDB: items by key, and what their indexes list, in order.
import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";
import type { Item, SortCondition } from "./expressions.ts";

/** The attributes that are the keys of a table or an index. */
export interface Keys {
  hash: string;
  range: string;
}

/** Items in the order of a table's or an index's keys. */
export interface Listing {
  keys: Keys;
  /** Items of a partition whose sort key meets the condition, after `after`, in order. */
  list(hash: string, sort: SortCondition, after: Item | undefined): Iterable<Item>;
}

export interface MemoryTable extends Listing {
  get(key: Item): Item | undefined;
  put(item: Item): void;
  indexes: Map<string, Listing>;
}

/** @throws {Error} for a table or an index without a sort key, or one that projects more than keys. */
export function makeTable({ TableName, KeySchema, GlobalSecondaryIndexes = [] }: CreateTableCommandInput): MemoryTable {
  const keys = keysOf(KeySchema, `Table ${TableName}`);
  const items = new Map<string, Item>();
  const own = makeListing(keys, keys);
  const indexes = new Map(
    GlobalSecondaryIndexes.map(({ IndexName = "", KeySchema: schema, Projection }) => {
      if (Projection?.ProjectionType !== "KEYS_ONLY")
        throw new Error(`Index ${IndexName} projects ${Projection?.ProjectionType}: only KEYS_ONLY is kept in memory.`);
      return [IndexName, makeListing(keysOf(schema, `Index ${IndexName}`), keys)];
    }),
  );
  const keyOf = (item: Item) => join(textOf(item, keys.hash), textOf(item, keys.range));
  return {
    keys,
    indexes,
    list: own.list,
    get: (key) => items.get(keyOf(key)),
    put(item) {
      const key = keyOf(item);
      const before = items.get(key);
      items.set(key, item);
      if (before === undefined) own.add(item);
      else own.replace(item);
      for (const index of indexes.values()) index.move(before, item);
    },
  };
}

/** How DynamoDB orders strings: by their bytes in UTF-8, which differs from JavaScript's order for surrogates only. */
export function byBytes(a: string, b: string): number {
  if (a === b) return 0;
  if (surrogate.test(a) || surrogate.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

const surrogate = /[\ud800-\udfff]/;

/** Items by partition, each partition sorted by its sort key and then the table's keys. */
function makeListing(keys: Keys, own: Keys) {
  const partitions = new Map<string, { order: string[]; items: Map<string, Item> }>();
  const placeOf = (item: Item) => join(textOf(item, keys.range), textOf(item, own.hash), textOf(item, own.range));
  const isListed = (item: Item | undefined): item is Item =>
    item?.[keys.hash] !== undefined && item[keys.range] !== undefined;
  const projected = (item: Item): Item =>
    keys === own
      ? item
      : Object.fromEntries(
          [...new Set([keys.hash, keys.range, own.hash, own.range])].map((name) => [name, item[name] as Item[string]]),
        );

  function add(item: Item): void {
    const hash = textOf(item, keys.hash);
    const partition = partitions.get(hash) ?? { order: [], items: new Map() };
    partitions.set(hash, partition);
    const place = placeOf(item);
    partition.order.splice(firstAtOrAfter(partition.order, place), 0, place);
    partition.items.set(place, projected(item));
  }

  function remove(item: Item): void {
    const partition = partitions.get(textOf(item, keys.hash));
    const place = placeOf(item);
    if (!partition?.items.delete(place)) return;
    partition.order.splice(firstAtOrAfter(partition.order, place), 1);
  }

  return {
    keys,
    add,
    replace(item: Item) {
      partitions.get(textOf(item, keys.hash))?.items.set(placeOf(item), item);
    },
    /** Follows an item's change: an index lists only items that have both its keys. */
    move(before: Item | undefined, after: Item) {
      const was = isListed(before);
      const is = isListed(after);
      if (was && is && textOf(before, keys.hash) === textOf(after, keys.hash) && placeOf(before) === placeOf(after))
        return;
      if (was) remove(before);
      if (is) add(after);
    },
    *list(hash: string, sort: SortCondition, after: Item | undefined): Iterable<Item> {
      const partition = partitions.get(hash);
      if (partition === undefined) return;
      const start = sort === undefined ? "" : "prefix" in sort ? sort.prefix : sort.from;
      const past = after === undefined ? -1 : firstAtOrAfter(partition.order, placeOf(after));
      let at =
        after === undefined
          ? firstAtOrAfter(partition.order, start)
          : past + (partition.order[past] === placeOf(after) ? 1 : 0);
      for (; at < partition.order.length; at++) {
        const place = partition.order[at] as string;
        const range = place.slice(0, place.indexOf(separator));
        if (sort && ("prefix" in sort ? !range.startsWith(sort.prefix) : byBytes(range, sort.to) > 0)) return;
        yield partition.items.get(place) as Item;
      }
    },
  };
}

const separator = "\u0000";
const join = (...parts: string[]) => parts.join(separator);
const textOf = (item: Item, name: string): string => item[name]?.S ?? "";

function firstAtOrAfter(order: readonly string[], place: string): number {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byBytes(order[middle] as string, place) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function keysOf(schema: CreateTableCommandInput["KeySchema"], named: string): Keys {
  const of = (type: string) => schema?.find(({ KeyType }) => KeyType === type)?.AttributeName;
  const hash = of("HASH");
  const range = of("RANGE");
  if (hash === undefined || range === undefined)
    throw new Error(`${named} has no sort key: only those with a partition and a sort key are kept in memory.`);
  return { hash, range };
}
