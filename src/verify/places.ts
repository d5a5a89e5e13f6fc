import type { EvidenceEvent } from "../evidence/event.ts";
import type { Subject } from "../evidence/packed-records.ts";
import type { Hour } from "../usage/instants.ts";
import type { Submissions } from "./packed-submissions.ts";
import type { GrowingKey } from "./placed-keys.ts";

/** What stands for a key in a Region in one hour after the other: it, and what there is of it in the last hour that it was found in. */
export interface Place {
  /** What was first met of it. */
  readonly named: Named;
  readonly region: string;
  hour: Hour;
  /** The submissions among which it has one, where it is one at most, and which of them it is. */
  submissions: Submissions | undefined;
  row: number;
  /** The call in which it was seen, where it is one at most, and which of its records it is. */
  event: EvidenceEvent | undefined;
  index: number;
  /** All that there is, where it is more. */
  key: GrowingKey | undefined;
}

/** What submissions and records both say of their key, Region and hour apart. */
export type Named = Omit<Subject, "region">;

/** Finds places, each new one empty. */
export interface PlaceFinder {
  find(named: Named, region: string): Place;
  /** Finds that of the subject of this number, as nearly all submissions and records have one: no name is looked at but the first time. */
  findSubject(subjects: readonly Subject[], number: number): Place;
}

/**
 * A place is found by comparing its parts with those of the few others of its buyer: one text of all parts would have to be written out, hashed
 * and compared letter by letter for each record.
 */
export function placeFinder(): PlaceFinder {
  const byName = new Map<string, Place[]>();
  const byNumber = new Map<readonly Subject[], Place[]>();
  // Submissions are of one table of subjects, and calls that follow one another often of one too.
  let last: { readonly subjects: readonly Subject[]; readonly places: Place[] } = { subjects: [], places: [] };

  function find(named: Named, region: string): Place {
    const { licenseArn, customerIdentifier, accountId } = named.buyer;
    const name = (licenseArn === undefined ? customerIdentifier : undefined) ?? accountId ?? licenseArn ?? "";
    const places = byName.get(name) ?? [];
    if (places.length === 0) byName.set(name, places);
    for (const place of places) if (place.region === region && isSameKey(place.named, named)) return place;
    const nothing = { submissions: undefined, row: 0, event: undefined, index: 0, key: undefined };
    const place = { named, region, hour: Number.NaN, ...nothing };
    places.push(place);
    return place;
  }

  function placesOf(subjects: readonly Subject[]): Place[] {
    if (last.subjects === subjects) return last.places;
    const places = byNumber.get(subjects) ?? [];
    byNumber.set(subjects, places);
    last = { subjects, places };
    return places;
  }

  function findNamed(subjects: readonly Subject[], number: number): Place {
    const subject = subjects[number] as Subject;
    return find(subject, subject.region);
  }

  return {
    find,
    findSubject(subjects, number) {
      const places = placesOf(subjects);
      places[number] ??= findNamed(subjects, number);
      return places[number];
    },
  };
}

/** Whether two records of an hour are of one key: where `keyText` is the same. */
function isSameKey(a: Named, b: Named): boolean {
  if (a.dimension !== b.dimension || a.buyer.licenseArn !== b.buyer.licenseArn) return false;
  if (a.buyer.licenseArn !== undefined) return a.buyer.accountId === b.buyer.accountId;
  if (a.productCode !== b.productCode || a.buyer.customerIdentifier !== b.buyer.customerIdentifier) return false;
  return a.buyer.customerIdentifier !== undefined || a.buyer.accountId === b.buyer.accountId;
}
