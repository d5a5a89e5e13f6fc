import type { EvidenceEvent } from "../evidence/event.ts";
import type { NamedBuyer } from "../evidence/record.ts";
import { HOUR, type Hour } from "../usage/instants.ts";
import { type Key, keyOfRecord, keyOfSubmission } from "./identity.ts";
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
 * Brings together what was submitted and seen of each key of an hour. A key is found by its buyer, and then by comparing its parts with those
 * of the few others of the buyer: one text of all parts would have to be written out, hashed and compared letter by letter for each record,
 * which took half of a reconciliation.
 */
export function placedKeys(hour: Hour, submissions: Iterable<Submission>, calls: CallsOfHour): readonly PlacedKey[] {
  const all: Growing[] = [];
  const byBuyer = new Map<string, Growing[]>();

  function find(named: Named, region: string): Growing {
    const { licenseArn, customerIdentifier, accountId } = named.buyer;
    const name = (licenseArn === undefined ? customerIdentifier : undefined) ?? accountId ?? licenseArn ?? "";
    const known = byBuyer.get(name);
    if (known) for (const each of known) if (each.region === region && isSameKey(each.named, named)) return each;
    const found = { named, region, submissions: NONE, seen: NONE, young: NONE, failed: NONE };
    if (known) known.push(found);
    else byBuyer.set(name, [found]);
    all.push(found);
    return found;
  }

  for (const submission of submissions) {
    const place = find(submission, submission.region);
    if (place.submissions === NONE) place.submissions = [submission];
    else place.submissions.push(submission);
  }
  for (const part of ["seen", "young", "failed"] as const) {
    const repeated = new Set<Growing>();
    for (const event of calls[part]) {
      for (const record of event.records) {
        if (record.timestamp < hour || record.timestamp >= hour + HOUR) continue;
        const place = find(record, event.region);
        if (place[part] === NONE) place[part] = [{ record, event }];
        else {
          place[part].push({ record, event });
          repeated.add(place);
        }
      }
    }
    for (const place of repeated) place[part] = sightingsInOrder(place[part]);
  }
  return all;
}

type Named = Pick<Submission, "productCode" | "dimension"> & { readonly buyer: NamedBuyer };

interface Growing extends PlacedKey {
  /** What was first met of the key. */
  readonly named: Named;
  submissions: Submission[];
  seen: Sighting[];
  young: Sighting[];
  failed: Sighting[];
}

/** Most keys have nothing of most of this. */
const NONE: never[] = [];

/** Whether two records of an hour are of one key: where `keyText` is the same. */
function isSameKey(a: Named, b: Named): boolean {
  if (a.dimension !== b.dimension || a.buyer.licenseArn !== b.buyer.licenseArn) return false;
  if (a.buyer.licenseArn !== undefined) return a.buyer.accountId === b.buyer.accountId;
  if (a.productCode !== b.productCode || a.buyer.customerIdentifier !== b.buyer.customerIdentifier) return false;
  return a.buyer.customerIdentifier !== undefined || a.buyer.accountId === b.buyer.accountId;
}
