import type { EvidenceEvent } from "../evidence/event.ts";
import { PackedRecords, recordAt, timestampAt } from "../evidence/packed-records.ts";
import type { EvidenceRecord } from "../evidence/record.ts";
import { HOUR, type Hour } from "../usage/instants.ts";
import { type Key, keyOfRecord, keyOfSubmission } from "./identity.ts";
import { PackedSubmissions, type Submissions, submissionAt } from "./packed-submissions.ts";
import { type Place, placeFinder } from "./places.ts";
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
export type PlaceKeys = (hour: Hour, submissions: Submissions, calls: CallsOfHour) => readonly Place[];

export function keyPlacer(): PlaceKeys {
  const { find, findSubject } = placeFinder();

  const placeOfSubmission = (submissions: Submissions, row: number): Place =>
    submissions instanceof PackedSubmissions
      ? findSubject(submissions.subjects, submissions.subjectNumber(row))
      : find(submissions[row] as Submission, (submissions[row] as Submission).region);

  const placeOfRecord = ({ records, region }: EvidenceEvent, index: number): Place =>
    records instanceof PackedRecords
      ? findSubject(records.subjects, records.subjectNumber(index))
      : find(records[index] as EvidenceRecord, region);

  return (hour, submissions, calls) => {
    const all: Place[] = [];

    /** Empties a place that is found for the first time in this hour. */
    function enter(place: Place): void {
      if (place.hour === hour) return;
      place.hour = hour;
      place.submissions = place.event = place.key = undefined;
      all.push(place);
    }

    for (let row = 0; row < submissions.length; row++) {
      const place = placeOfSubmission(submissions, row);
      enter(place);
      if (place.key || place.submissions) grow(place).submissions.push(submissionAt(submissions, row));
      else {
        place.submissions = submissions;
        place.row = row;
      }
    }
    for (const part of ["seen", "young", "failed"] as const) {
      const grown = new Set<GrowingKey>();
      for (const event of calls[part]) {
        const { records } = event;
        for (let index = 0; index < records.length; index++) {
          const timestamp = timestampAt(records, index);
          if (timestamp < hour || timestamp >= hour + HOUR) continue;
          const place = placeOfRecord(event, index);
          enter(place);
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
export function keyAt({ key, region, submissions, row, event, index }: Place): PlacedKey {
  if (key) return key;
  const seen = event ? [{ record: recordAt(event.records, index), event }] : NONE;
  const submitted = submissions ? [submissionAt(submissions, row)] : NONE;
  return { region, submissions: submitted, seen, young: NONE, failed: NONE };
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
