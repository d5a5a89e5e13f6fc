import type { EvidenceEvent } from "../evidence/event.ts";
import { type EvidenceRecord, recordText } from "../evidence/record.ts";
import type { Hour } from "../usage/instants.ts";
import type { Quantity } from "../usage/quantity.ts";
import { type Key, keyOfRecord, keyText } from "./identity.ts";

/** One record in one call, as CloudTrail saw it. */
export interface Sighting {
  readonly record: EvidenceRecord;
  readonly event: EvidenceEvent;
}

/** All that CloudTrail saw of one key in one Region, by time. */
export interface Sightings {
  readonly key: Key;
  readonly region: string;
  readonly all: readonly Sighting[];
}

/** By `sightingsKey`. */
export type SightingsByKey = ReadonlyMap<string, Sightings>;

export const sightingsKey = (key: Key, region: string): string => `${region} ${keyText(key)}`;

/** Gathers the records of a window's hours by key and Region. */
export function gatherSightings(
  events: readonly EvidenceEvent[],
  window: { readonly from: Hour; readonly to: Hour },
): SightingsByKey {
  const found = new Map<string, Sighting[]>();
  for (const event of events) {
    for (const record of event.records) {
      if (record.timestamp < window.from || record.timestamp >= window.to) continue;
      const text = sightingsKey(keyOfRecord(record), event.region);
      const group = found.get(text);
      if (group) group.push({ record, event });
      else found.set(text, [{ record, event }]);
    }
  }
  return new Map([...found].map(([text, group]) => [text, inOrder(group)]));
}

/** By time, and where that is the same in an order that does not depend on how they were found. */
function inOrder(group: Sighting[]): Sightings {
  const texts = new Map(
    group.map((each) => [each, `${each.event.eventId} ${recordText(each.record)} ${each.record.status}`] as const),
  );
  const text = (each: Sighting) => texts.get(each) as string;
  group.sort((a, b) => a.event.eventTime - b.event.eventTime || (text(a) < text(b) ? -1 : 1));
  const [{ record, event }] = group as [Sighting];
  return { key: keyOfRecord(record), region: event.region, all: group };
}

/** The sightings that AWS answered in one of these ways. */
export const withStatus = (sightings: readonly Sighting[], ...statuses: EvidenceRecord["status"][]): Sighting[] =>
  sightings.filter(({ record }) => statuses.includes(record.status));

/** The quantity that AWS holds: that of the first `Success`, since the first record of an hour stands. Undefined where none was seen. */
export const heldQuantity = (sightings: readonly Sighting[]): Quantity | undefined =>
  withStatus(sightings, "Success")[0]?.record.quantity;

/** The log files that sightings come from, each once, in order. */
export const objectsOf = (sightings: readonly Sighting[]): string[] =>
  [...new Set(sightings.flatMap(({ event }) => event.objects))].sort();
