import { parseMoney } from "../money.ts";
import { NO_TEXT, type Packed } from "../packed.ts";
import type { Column } from "../rows.ts";

/** What one control asks of the rows: a text by its place, any text at all, or texts that contain something, in any case. */
export type Filter = { readonly column: string } & (
  | { readonly equals: number }
  | { readonly isThere: true }
  | { readonly contains: string }
);

export interface Sort {
  readonly column: string;
  readonly by: Column["sort"];
  readonly descending: boolean;
}

/** The rows that pass every filter, by their places, in the order asked for; what is null comes last, and equals stay as they were. */
export function select(packed: Packed, filters: readonly Filter[], sort: Sort | undefined): number[] {
  const tests = filters.map((filter) => testOf(packed, filter));
  const rows: number[] = [];
  for (let row = 0; row < packed.length; row++) if (tests.every((passes) => passes(row))) rows.push(row);
  if (sort === undefined) return rows;
  const places = packed.columns[sort.column] ?? [];
  const ranks = ranksOf(packed.texts, places, sort.by);
  const rank = (row: number): number => {
    const place = places[row] ?? NO_TEXT;
    if (place === NO_TEXT) return Number.POSITIVE_INFINITY;
    return sort.descending ? -(ranks[place] ?? 0) : (ranks[place] ?? 0);
  };
  return rows.sort((a, b) => {
    const [first, second] = [rank(a), rank(b)];
    return first === second ? a - b : first - second;
  });
}

/** How many rows have each text of a column, by the text's place, in the order of `by`; `NO_TEXT` last where there is any. */
export function valuesOf(
  { texts, columns }: Packed,
  column: string,
  by: Column["sort"],
): [place: number, count: number][] {
  const counts = new Map<number, number>();
  const places = columns[column] ?? [];
  for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1);
  const ranks = ranksOf(texts, places, by);
  const rank = (place: number) => (place === NO_TEXT ? texts.length : (ranks[place] ?? 0));
  return [...counts].sort(([a], [b]) => rank(a) - rank(b));
}

function testOf({ texts, columns }: Packed, filter: Filter): (row: number) => boolean {
  const places = columns[filter.column] ?? [];
  if ("equals" in filter) return (row) => places[row] === filter.equals;
  if ("isThere" in filter) return (row) => places[row] !== NO_TEXT;
  const part = filter.contains.toLowerCase();
  // A text is looked into once, however many rows have it.
  const passing = new Map(
    [...new Set(places)].map((place) => [place, (texts[place] ?? "").toLowerCase().includes(part)]),
  );
  return (row) => passing.get(places[row] ?? NO_TEXT) === true;
}

/** By its place the rank of each text that a column has. Equal values have equal ranks. */
function ranksOf(texts: readonly string[], places: readonly number[], by: Column["sort"]): number[] {
  const ranks: number[] = [];
  // The column's texts in the order in which it first has them.
  const inOrder = [...new Set(places)].filter((place) => place !== NO_TEXT);
  if (by === "order") {
    for (const [rank, place] of inOrder.entries()) ranks[place] = rank;
    return ranks;
  }
  const sorted = inOrder
    .map((place) => ({ place, value: value(texts[place] as string, by) }))
    .sort((a, b) => compare(a.value, b.value));
  let rank = 0;
  for (const [index, { place, value }] of sorted.entries()) {
    if (index > 0 && compare((sorted[index - 1] as { value: Value }).value, value) !== 0) rank++;
    ranks[place] = rank;
  }
  return ranks;
}

type Value = string | number | bigint;

function value(text: string, by: "text" | "number" | "instant"): Value {
  if (by === "number") return parseMoney(text);
  return by === "instant" ? Date.parse(text) : text;
}

// Numbers in texts count as numbers: `l-9` before `l-10`.
const { compare: compareTexts } = new Intl.Collator("en", { numeric: true });

const compare = (a: Value, b: Value): number =>
  typeof a === "string" && typeof b === "string" ? compareTexts(a, b) : a < b ? -1 : a > b ? 1 : 0;
