import type { EvidenceEvent } from "../evidence/event.ts";
import { type EvidenceRecord, recordText } from "../evidence/record.ts";
import { type Hour, hourOf } from "../usage/instants.ts";
import type { Quantity } from "../usage/quantity.ts";
import { type Key, keyOfRecord, keyText } from "./identity.ts";
import { type FindTexts, placedText, textFinder } from "./key-texts.ts";

/** One record in one call, as CloudTrail saw it. */
export interface Sighting {
  readonly record: EvidenceRecord;
  readonly event: EvidenceEvent;
}

/** All that CloudTrail saw of one key in one Region, by time. */
export interface Sightings {
  readonly key: Key;
  /** The key's `keyText`. */
  readonly text: string;
  readonly region: string;
  readonly all: readonly Sighting[];
}

/** By `sightingsKey`. */
export type SightingsByKey = ReadonlyMap<string, Sightings>;

/** Whole hours, from the first up to, not including, the last. */
interface Hours {
  readonly from: Hour;
  readonly to: Hour;
}

export const sightingsKey = (key: Key, region: string): string => placedText(keyText(key), region);

/** Gathers the records of a window's hours by key and Region. */
export const gatherSightings = (
  events: readonly EvidenceEvent[],
  { from, to }: Hours,
  findTexts = textFinder(),
): SightingsByKey =>
  byKey(
    findTexts,
    events.flatMap((event) =>
      event.records.filter(({ timestamp }) => timestamp >= from && timestamp < to).map((record) => ({ record, event })),
    ),
  );

/** The calls with any record of a window, by the hours of those records. */
export function eventsByHour(events: readonly EvidenceEvent[], { from, to }: Hours): Map<Hour, EvidenceEvent[]> {
  const found = new Map<Hour, EvidenceEvent[]>();
  for (const event of events) {
    for (const hour of new Set(event.records.map(({ timestamp }) => hourOf(timestamp)))) {
      if (hour < from || hour >= to) continue;
      const group = found.get(hour);
      if (group) group.push(event);
      else found.set(hour, [event]);
    }
  }
  return found;
}

/** Gathers sightings by key and Region. */
function byKey(findTexts: FindTexts, sightings: readonly Sighting[]): SightingsByKey {
  const found = new Map<string, Sightings & { all: Sighting[] }>();
  for (const each of sightings) {
    const { region } = each.event;
    const key = keyOfRecord(each.record);
    const { text, placed } = findTexts(key, region);
    const group = found.get(placed);
    if (group) group.all.push(each);
    else found.set(placed, { key, text, region, all: [each] });
  }
  for (const [placed, group] of found) if (group.all.length > 1) found.set(placed, inOrder(group));
  return found;
}

/** By time, and where that is the same in an order that does not depend on how they were found. */
function inOrder({ text, region, all }: Sightings): Sightings & { all: Sighting[] } {
  const texts = new Map(
    all.map((each) => [each, `${each.event.eventId} ${recordText(each.record)} ${each.record.status}`] as const),
  );
  const textOf = (each: Sighting) => texts.get(each) as string;
  const sorted = all.toSorted((a, b) => a.event.eventTime - b.event.eventTime || (textOf(a) < textOf(b) ? -1 : 1));
  return { key: keyOfRecord((sorted[0] as Sighting).record), text, region, all: sorted };
}

/** The sightings that AWS answered in one of these ways. */
export const withStatus = (sightings: readonly Sighting[], ...statuses: EvidenceRecord["status"][]): Sighting[] =>
  sightings.filter(({ record }) => statuses.includes(record.status));

/** The quantity that AWS holds: that of the first `Success`, since the first record of an hour stands. Undefined where none was seen. */
export const heldQuantity = (sightings: readonly Sighting[]): Quantity | undefined =>
  sightings.find(({ record }) => record.status === "Success")?.record.quantity;

/** The log files that sightings come from, each once, in order. */
export const objectsOf = (sightings: readonly Sighting[]): string[] =>
  [...new Set(sightings.flatMap(({ event }) => event.objects))].sort();
