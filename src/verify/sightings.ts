import type { EvidenceEvent } from "../evidence/event.ts";
import { type EvidenceRecord, recordText } from "../evidence/record.ts";
import { timesOf } from "../evidence/store.ts";
import { type Hour, hourOf } from "../usage/instants.ts";
import type { Quantity } from "../usage/quantity.ts";
import { type Key, keyOfRecord, keyText, placedText } from "./identity.ts";

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
export function gatherSightings(events: readonly EvidenceEvent[], { from, to }: Hours): SightingsByKey {
  const found = new Map<string, Sighting[]>();
  for (const event of events) {
    for (const record of event.records) {
      if (record.timestamp < from || record.timestamp >= to) continue;
      const placed = sightingsKey(keyOfRecord(record), event.region);
      const group = found.get(placed);
      if (group) group.push({ record, event });
      else found.set(placed, [{ record, event }]);
    }
  }
  return new Map(found.entries().map(([placed, all]) => [placed, sightingsOf(sightingsInOrder(all))]));
}

/** Sightings of one key and Region, of which there is one at least, with what they are found by. */
export function sightingsOf(all: readonly Sighting[]): Sightings {
  const [{ record, event }] = all as [Sighting];
  const key = keyOfRecord(record);
  return { key, text: keyText(key), region: event.region, all };
}

/** The calls with any record of a window, by the hours of those records. */
export function eventsByHour(events: readonly EvidenceEvent[], { from, to }: Hours): Map<Hour, EvidenceEvent[]> {
  const found = new Map<Hour, EvidenceEvent[]>();
  for (const event of events) {
    for (const hour of timesOf(event.records, hourOf)) {
      if (hour < from || hour >= to) continue;
      const group = found.get(hour);
      if (group) group.push(event);
      else found.set(hour, [event]);
    }
  }
  return found;
}

/** By time, and where that is the same in an order that does not depend on how they were found. */
export function sightingsInOrder(all: Sighting[]): Sighting[] {
  if (all.length < 2) return all;
  const texts = new Map(
    all.map(
      (each) =>
        [each, `${each.event.eventId} ${recordText(each.record, each.record.quantity)} ${each.record.status}`] as const,
    ),
  );
  const textOf = (each: Sighting) => texts.get(each) as string;
  return all.toSorted((a, b) => a.event.eventTime - b.event.eventTime || (textOf(a) < textOf(b) ? -1 : 1));
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
