import { quantityAt, statusAt } from "../evidence/packed-records.ts";
import { isNamedTwice } from "./file-buyers.ts";
import { isPrincipal } from "./foreign.ts";
import { keyAt, type PlacedKey } from "./placed-keys.ts";
import type { Place } from "./places.ts";
import type { Submission } from "./submissions.ts";

/** An hour out of which is taken what matches beyond doubt. */
export interface MatchedHour {
  /** What matches: each the one submission of its key, of which AWS took exactly this. */
  readonly matched: readonly Submission[];
  /** All other keys, each in each Region once. */
  readonly keys: readonly PlacedKey[];
}

/**
 * Takes out of an hour what matches beyond doubt: submitted once, seen once, taken by AWS with the same quantity, and nothing else in the hour that
 * could be the same usage billed again. That is nearly all of nearly every hour, and what follows has many more questions to ask.
 */
export function takeMatches(places: readonly Place[], submitter: string | undefined): MatchedHour {
  const matched: Submission[] = [];
  const rest: Place[] = [];
  let first: Place | undefined;
  for (const place of places) {
    if (isSeen(place)) {
      first ??= place;
      if (!isOneStyle(place, first)) return { matched: [], keys: places.map(keyAt) };
    }
    if (isMatch(place, submitter)) matched.push(place.submission as Submission);
    else rest.push(place);
  }
  const keys = rest.map(keyAt);
  // What is named in two ways may turn out to be of any other key.
  const isTwice = keys.some(({ submissions }) => submissions.some(({ buyer }) => isNamedTwice(buyer)));
  return isTwice ? { matched: [], keys: places.map(keyAt) } : { matched, keys };
}

function isMatch({ key, submission, event, index }: Place, submitter: string | undefined): boolean {
  if (key || !submission || !event) return false;
  const { state, quantity, unsendable } = submission;
  return (
    !unsendable &&
    (state === undefined || state === "accepted" || state === "sealed") &&
    statusAt(event.records, index) === "Success" &&
    quantityAt(event.records, index) === quantity &&
    event.errorCode === undefined &&
    (submitter === undefined || isPrincipal(event, submitter))
  );
}

const isSeen = ({ key, event }: Place): boolean => (key ? key.seen.length > 0 : event !== undefined);

/** Whether AWS was told of two keys in one Region and one integration style. */
const isOneStyle = (a: Place, b: Place): boolean =>
  a.region === b.region && (a.named.buyer.licenseArn === undefined) === (b.named.buyer.licenseArn === undefined);
