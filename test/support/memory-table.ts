import { isDeepStrictEqual } from "node:util";
import type { Change, Condition, IndexName, Item, Key, Range, Table, Value } from "../../src/ledger/table.ts";

/** One request to a table: a page of a query, or a hundred items read at once, is a request of its own. */
export interface TableCall {
  readonly operation: keyof Table;
  /** The partition or index it is about. */
  readonly about: string;
}

/** Where a test gets between a table and whoever uses it. */
export interface Seams {
  /**
   * Stands around every call: it may wait, throw before or after it lets the call `act`, let it act twice, or never answer. Acting is one
   * moment. By default each call acts at once.
   */
  readonly around?: <T>(call: TableCall, act: () => T) => Promise<T>;
  /** Whether the indexes still show an item as it was before its last changes; asked again at each read. By default never. */
  readonly lags?: (key: Key) => boolean;
  /** How many items a page, or an answer to a read of many, holds: 100 by default. */
  readonly page?: number;
}

/** What a table holds. Any number of tables, each with seams of its own, can stand on one store. */
export interface MemoryStore {
  readonly partitions: Map<string, Map<string, Item>>;
  /** What the indexes list, by index and hash, then by the item's key: as of when they last heard of the item. */
  readonly listed: Map<string, Map<string, Item>>;
  /** Items that changed since the indexes last heard of them, each with where they list it now. */
  readonly unheard: Map<string, Key>;
}

export const memoryStore = (): MemoryStore => ({ partitions: new Map(), listed: new Map(), unheard: new Map() });

/** A store of its own with the same items, all known to the indexes. */
export function copyStore(store: MemoryStore): MemoryStore {
  const copied = memoryStore();
  for (const item of itemsOf(store)) write(copied, copy(item));
  return copied;
}

/** Every item, in no order. Not a copy. */
export function* itemsOf(store: MemoryStore): Generator<Item> {
  for (const partition of store.partitions.values()) yield* partition.values();
}

/** A ledger table in memory, with DynamoDB's conditions and the staleness of its indexes. */
export function memoryTable(store = memoryStore(), seams: Seams = {}): Table {
  const { around = async (_call, act) => act(), lags = () => false, page = 100 } = seams;
  const written = (key: Key) => store.partitions.get(key.pk)?.get(key.sk);

  /** The items that a query names, a page at a time: what is written between two pages may or may not be seen. */
  async function* pages(call: TableCall, all: () => readonly Item[], place: (item: Item) => readonly string[]) {
    let after: readonly string[] | undefined;
    for (;;) {
      const items: Item[] = await around(call, () => {
        const from = after;
        const left = from ? all().filter((item) => inOrder(place(item), from) > 0) : all();
        return left.slice(0, page).map(copy);
      });
      yield* items;
      if (items.length < page) return;
      after = place(items.at(-1) as Item);
    }
  }

  return {
    get: (key) => around({ operation: "get", about: key.pk }, () => copyOf(written(key))),

    async getMany(keys) {
      const distinct = [...new Map(keys.map((key) => [idOf(key), key])).values()];
      const found: Item[] = [];
      for (let at = 0; at < distinct.length; at += page) {
        const chunk = distinct.slice(at, at + page);
        const read = () => chunk.map((key) => copyOf(written(key))).filter((item) => item !== undefined);
        // In no order, and least of all in that of the keys.
        found.push(...(await around({ operation: "getMany", about: (chunk[0] as Key).pk }, read)).reverse());
      }
      return found;
    },

    put(item, condition) {
      const whole = checked(copy(item));
      return around({ operation: "put", about: item.pk }, () => {
        if (!holds(written(item), condition)) return false;
        write(store, copy(whole));
        return true;
      });
    },

    update(key, change, condition) {
      checkChange(change);
      return around({ operation: "update", about: key.pk }, () => {
        const item = written(key);
        if (!holds(item, condition)) return false;
        write(store, checked(changed(item ?? { pk: key.pk, sk: key.sk }, change)));
        return true;
      });
    },

    query(pk, prefix) {
      const all = () =>
        [...(store.partitions.get(pk)?.values() ?? [])]
          .filter(({ sk }) => sk.startsWith(prefix))
          .sort((a, b) => compare(a.sk, b.sk));
      return pages({ operation: "query", about: pk }, all, ({ sk }) => [sk]);
    },

    queryIndex(index, hash, range) {
      const place = (item: Item) => [item[INDEX_KEYS[index].range] as string, item.pk, item.sk];
      const all = () => {
        for (const [id, key] of store.unheard) if (!lags(key)) hear(store, id, key);
        return [...(store.listed.get(`${index} ${hash}`)?.values() ?? [])]
          .filter((item) => within(range, item[INDEX_KEYS[index].range] as string))
          .sort((a, b) => inOrder(place(a), place(b)));
      };
      return pages({ operation: "queryIndex", about: index }, all, place);
    },
  };
}

const INDEX_KEYS = {
  due: { hash: "dueShard", range: "due" },
  hours: { hash: "hourShard", range: "hour" },
  buyers: { hash: "buyer", range: "hour" },
} as const;
const INDEXES = Object.keys(INDEX_KEYS) as IndexName[];

const idOf = ({ pk, sk }: Key): string => JSON.stringify([pk, sk]);

function write(store: MemoryStore, item: Item): void {
  const partition = store.partitions.get(item.pk) ?? new Map<string, Item>();
  store.partitions.set(item.pk, partition.set(item.sk, item));
  store.unheard.set(idOf(item), { pk: item.pk, sk: item.sk });
}

/** Lets the indexes know an item as it is now. */
function hear(store: MemoryStore, id: string, { pk, sk }: Key): void {
  store.unheard.delete(id);
  const item = store.partitions.get(pk)?.get(sk) as Item;
  for (const index of INDEXES) {
    const { hash, range } = INDEX_KEYS[index];
    for (const [place, entries] of store.listed) if (place.startsWith(`${index} `)) entries.delete(id);
    if (item[hash] === undefined || item[range] === undefined) continue;
    const place = `${index} ${item[hash]}`;
    const entry = { pk, sk, [hash]: item[hash], [range]: item[range] } as Item;
    store.listed.set(place, (store.listed.get(place) ?? new Map()).set(id, entry));
  }
}

function holds(item: Item | undefined, { exists, equal = {}, absent = [] }: Condition = {}): boolean {
  return (
    (exists === undefined || exists === (item !== undefined)) &&
    Object.entries(equal).every(([name, value]) => isDeepStrictEqual(item?.[name], value)) &&
    absent.every((name) => item?.[name] === undefined)
  );
}

function changed(item: Item, change: Change): Item {
  const next: Record<string, Value> = copy(item);
  for (const [name, value] of Object.entries(change.set ?? {})) if (value !== undefined) next[name] = copyValue(value);
  for (const name of change.remove ?? []) delete next[name];
  for (const [name, by] of Object.entries(change.increment ?? {})) next[name] = ((next[name] as number) ?? 0) + by;
  for (const [name, member] of Object.entries(change.addToSet ?? {}))
    next[name] = new Set([...((next[name] as Set<string>) ?? []), member]);
  for (const [name, member] of Object.entries(change.deleteFromSet ?? {})) {
    const set = next[name] as Set<string> | undefined;
    set?.delete(member);
    if (set?.size === 0) delete next[name];
  }
  return next as Item;
}

/** DynamoDB refuses a change that names an attribute twice, or none. */
function checkChange({ set = {}, remove = [], increment = {}, addToSet = {}, deleteFromSet = {} }: Change): void {
  const given = Object.keys(set).filter((name) => set[name] !== undefined);
  const names = [...given, ...remove, ...[increment, addToSet, deleteFromSet].flatMap(Object.keys)];
  if (names.length === 0 || new Set(names).size < names.length)
    throw new Error(`ValidationException: the update names ${names.join(", ") || "nothing"}`);
}

/** DynamoDB refuses attributes without a value, empty sets, and keys that are no text. */
function checked(item: Item): Item {
  const keys = new Set(["pk", "sk", ...INDEXES.flatMap((index) => Object.values(INDEX_KEYS[index]))]);
  for (const [name, value] of Object.entries(item)) {
    const isKey = typeof value === "string" && value !== "";
    if (value === undefined || (value instanceof Set && value.size === 0) || (keys.has(name) && !isKey))
      throw new Error(`ValidationException: ${name} is ${String(value)}`);
  }
  return item;
}

const copyOf = (item: Item | undefined): Item | undefined => item && copy(item);

function copy(item: Item): Item {
  const copied: Record<string, Value> = {};
  for (const name of Object.keys(item)) copied[name] = copyValue(item[name] as Value);
  return copied as Item;
}

const copyValue = (value: Value): Value =>
  value instanceof Set ? new Set(value) : value instanceof Uint8Array ? new Uint8Array(value) : value;

const within = (range: Range | undefined, value: string): boolean =>
  range === undefined || (compare(range.from, value) <= 0 && compare(value, range.to) <= 0);

/** Keys are sorted by their bytes in UTF-8. */
const compare = (a: string, b: string): number => (a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b)));

function inOrder(a: readonly string[], b: readonly string[]): number {
  for (const [at, part] of a.entries()) {
    const order = compare(part, b[at] as string);
    if (order !== 0) return order;
  }
  return 0;
}
