import type { HoursView } from "./hours.ts";

/** A row of a table as texts by column; null is what is not known or does not apply. */
export type Row = Readonly<Record<string, string | null>>;

/** Rows, column by column, each different text once: a hundred thousand findings share most of theirs. */
export interface Packed {
  readonly length: number;
  readonly texts: readonly string[];
  /** By column and row the place of its text in `texts`; `NO_TEXT` for null. */
  readonly columns: Readonly<Record<string, readonly number[]>>;
}

/** Lists of texts, each different text once. */
export interface PackedLists {
  readonly texts: readonly string[];
  readonly lists: readonly (readonly number[])[];
}

/** What the page's script is given. */
export interface PageData {
  readonly findings: Packed;
  /** The log files of each finding. */
  readonly objects: PackedLists;
  readonly meters: Packed;
  readonly hours: readonly HoursView[];
}

/** Stands where a row has null. */
export const NO_TEXT = -1;

/** Packs rows that have the same columns. */
export function pack(rows: readonly Row[]): Packed {
  const { texts, placeOf } = distinctTexts();
  const names = Object.keys(rows[0] ?? {});
  const places = (name: string) => rows.map((row) => (typeof row[name] === "string" ? placeOf(row[name]) : NO_TEXT));
  return { length: rows.length, columns: Object.fromEntries(names.map((name) => [name, places(name)])), texts };
}

export function packLists(lists: readonly (readonly string[])[]): PackedLists {
  const { texts, placeOf } = distinctTexts();
  return { lists: lists.map((list) => list.map(placeOf)), texts };
}

/** One row as it was packed. */
export const rowAt = ({ columns, texts }: Packed, index: number): Row =>
  Object.fromEntries(Object.entries(columns).map(([name, places]) => [name, texts[places[index] ?? NO_TEXT] ?? null]));

export const listAt = ({ lists, texts }: PackedLists, index: number): string[] =>
  (lists[index] ?? []).map((place) => texts[place] as string);

/**
 * A value as JSON inside a `<script type="application/json">`: no text in it can end the element, begin a comment or, as U+2028 and U+2029
 * do in scripts, a line.
 */
export const embeddedJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** Collects texts, each at one place. */
function distinctTexts(): { texts: string[]; placeOf: (text: string) => number } {
  const texts: string[] = [];
  const places = new Map<string, number>();
  const placeOf = (text: string): number => {
    const known = places.get(text);
    if (known !== undefined) return known;
    places.set(text, texts.length);
    return texts.push(text) - 1;
  };
  return { texts, placeOf };
}
