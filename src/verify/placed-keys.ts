import type { EvidenceEvent } from "../evidence/event.ts";
import { namedAt, recordAt, timestampAt } from "../evidence/packed-records.ts";
import { HOUR, type Hour } from "../usage/instants.ts";
import { type Key, keyOfRecord, keyOfSubmission } from "./identity.ts";
import { type Named, type Place, placeFinder } from "./places.ts";
import { type Sighting, sightingsInOrder } from "./sightings.ts";
import type { Submission } from "./submissions.ts";

/** What AWS keeps one record of, a key in a Region, with all that was submitted and seen of it. */
export interface PlacedKey {
  readonly region: string;
  readonly submissions: readonly Submission[];
  /** What counts as evidence, by time. */
  readonly seen: readonly Sighting[];
  /** Sightings in log files that are younger than their digest. */
  readonly young: readonly Sighting[];
  /** Sightings in log files that fail. */
  readonly failed: readonly Sighting[];
}

/** The key itself. Those who write it in two ways, such as with an account beside a customer identifier, mean the same one. */
export function keyOf({ submissions: [submission], seen, young, failed }: PlacedKey): Key {
  const [sighting] = seen.length > 0 ? seen : young.length > 0 ? young : failed;
  return sighting ? keyOfRecord(sighting.record) : keyOfSubmission(submission as Submission);
}

/** The calls with records of an hour, each once, by what they are to a key. */
type CallsOfHour = Readonly<Record<"seen" | "young" | "failed", readonly EvidenceEvent[]>>;

/**
 * Brings together what was submitted and seen of each key of an hour. What it answers is good until it is asked for the next hour, since
 * hours mostly have the same keys.
 */
export type PlaceKeys = (hour: Hour, submissions: Iterable<Submission>, calls: CallsOfHour) => readonly Place[];

export function keyPlacer(): PlaceKeys {
  const find = placeFinder();

  return (hour, submissions, calls) => {
    const all: Place[] = [];

    function placeOf(named: Named, region: string): Place {
      const place = find(named, region);
      if (place.hour === hour) return place;
      place.hour = hour;
      place.submission = place.event = place.key = undefined;
      all.push(place);
      return place;
    }

    for (const submission of submissions) {
      const place = placeOf(submission, submission.region);
      if (place.key || place.submission) grow(place).submissions.push(submission);
      else place.submission = submission;
    }
    for (const part of ["seen", "young", "failed"] as const) {
      const grown = new Set<GrowingKey>();
      for (const event of calls[part]) {
        const { records, region } = event;
        for (let index = 0; index < records.length; index++) {
          const timestamp = timestampAt(records, index);
          if (timestamp < hour || timestamp >= hour + HOUR) continue;
          const place = placeOf(namedAt(records, index), region);
          if (part === "seen" && !place.key && !place.event) {
            place.event = event;
            place.index = index;
          } else {
            const key = grow(place);
            key[part].push({ record: recordAt(records, index), event });
            grown.add(key);
          }
        }
      }
      for (const key of grown) key[part] = sightingsInOrder(key[part]);
    }
    return all;
  };
}

/** All that there is of a key in the hour that its place was last found in. */
export function keyAt({ key, region, submission, event, index }: Place): PlacedKey {
  const seen = event ? [{ record: recordAt(event.records, index), event }] : NONE;
  return key ?? { region, submissions: submission ? [submission] : NONE, seen, young: NONE, failed: NONE };
}

const NONE: readonly never[] = [];

/** What there is of a key, while there comes more. */
export interface GrowingKey extends PlacedKey {
  readonly submissions: Submission[];
  seen: Sighting[];
  young: Sighting[];
  failed: Sighting[];
}

function grow(place: Place): GrowingKey {
  const { region, submissions, seen } = keyAt(place);
  place.key ??= { region, submissions: [...submissions], seen: [...seen], young: [], failed: [] };
  return place.key;
}
