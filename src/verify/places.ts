import type { EvidenceEvent } from "../evidence/event.ts";
import type { NamedBuyer } from "../evidence/record.ts";
import type { Hour } from "../usage/instants.ts";
import type { GrowingKey } from "./placed-keys.ts";
import type { Submission } from "./submissions.ts";

/** What stands for a key in a Region in one hour after the other: it, and what there is of it in the last hour that it was found in. */
export interface Place {
  /** What was first met of it. */
  readonly named: Named;
  readonly region: string;
  hour: Hour;
  /** What was submitted, where it is one at most. */
  submission: Submission | undefined;
  /** The call in which it was seen, where it is one at most, and which of its records it is. */
  event: EvidenceEvent | undefined;
  index: number;
  /** All that there is, where it is more. */
  key: GrowingKey | undefined;
}

/** What submissions and records both say of their key, Region and hour apart. */
export type Named = Pick<Submission, "productCode" | "dimension"> & { readonly buyer: NamedBuyer };

/**
 * Finds places, each new one empty. A place is found by comparing its parts with those of the few others of its buyer: one text of all parts would
 * have to be written out, hashed and compared letter by letter for each record, which took half of a reconciliation.
 */
export function placeFinder(): (named: Named, region: string) => Place {
  const byName = new Map<string, Place[]>();
  // Most records share the object that names their buyer with others, and where one was found its names need not be compared again.
  const byObject = new Map<NamedBuyer, Found[]>();

  function findByName(named: Named, region: string): Place {
    const { licenseArn, customerIdentifier, accountId } = named.buyer;
    const name = (licenseArn === undefined ? customerIdentifier : undefined) ?? accountId ?? licenseArn ?? "";
    const places = byName.get(name) ?? [];
    if (places.length === 0) byName.set(name, places);
    for (const place of places) if (place.region === region && isSameKey(place.named, named)) return place;
    const nothing = { submission: undefined, event: undefined, index: 0, key: undefined };
    const place = { named, region, hour: Number.NaN, ...nothing };
    places.push(place);
    return place;
  }

  // Records of one buyer mostly follow one another.
  let last: { readonly buyer: NamedBuyer; readonly all: Found[] } | undefined;

  function foundOf(buyer: NamedBuyer): Found[] {
    if (last?.buyer === buyer) return last.all;
    const all = byObject.get(buyer) ?? [];
    if (all.length === 0) byObject.set(buyer, all);
    last = { buyer, all };
    return all;
  }

  return (named, region) => {
    const { buyer, dimension, productCode } = named;
    const known = foundOf(buyer);
    for (const found of known)
      if (found.dimension === dimension && found.region === region && found.productCode === productCode)
        return found.place;
    const found = { dimension, region, productCode, place: findByName(named, region) };
    known.push(found);
    return found.place;
  };
}

/** A place that was found, by what it was looked for with, its buyer apart. */
interface Found {
  readonly dimension: string;
  readonly region: string;
  readonly productCode: string | undefined;
  readonly place: Place;
}

/** Whether two records of an hour are of one key: where `keyText` is the same. */
function isSameKey(a: Named, b: Named): boolean {
  if (a.dimension !== b.dimension || a.buyer.licenseArn !== b.buyer.licenseArn) return false;
  if (a.buyer.licenseArn !== undefined) return a.buyer.accountId === b.buyer.accountId;
  if (a.productCode !== b.productCode || a.buyer.customerIdentifier !== b.buyer.customerIdentifier) return false;
  return a.buyer.customerIdentifier !== undefined || a.buyer.accountId === b.buyer.accountId;
}
