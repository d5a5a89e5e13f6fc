import { statusAt, unitsAt } from "../evidence/packed-records.ts";
import { isNamedTwice } from "./file-buyers.ts";
import { isPrincipal } from "./foreign.ts";
import { isOfUnits, outcomeAt, type Submissions } from "./packed-submissions.ts";
import { keyAt, type PlacedKey } from "./placed-keys.ts";
import type { Place } from "./places.ts";

/** An hour out of which is taken what matches beyond doubt. */
export interface MatchedHour {
  readonly submissions: Submissions;
  /** Which of the submissions match: each the only one of its key, of which AWS took exactly this. */
  readonly matched: readonly number[];
  /** All other keys, each in each Region once. */
  readonly keys: readonly PlacedKey[];
}

/**
 * Takes out of an hour what matches beyond doubt: submitted once, seen once, taken by AWS with the same quantity, and nothing else in the hour that
 * could be the same usage billed again. That is nearly all of nearly every hour, and what follows has many more questions to ask.
 */
export function takeMatches(
  places: readonly Place[],
  submissions: Submissions,
  submitter: string | undefined,
): MatchedHour {
  const nothing = () => ({ submissions, matched: [], keys: places.map(keyAt) });
  const matched: number[] = [];
  const rest: Place[] = [];
  let first: Place | undefined;
  for (const place of places) {
    if (isSeen(place)) {
      first ??= place;
      if (!isOneStyle(place, first)) return nothing();
    }
    if (isMatch(place, submitter)) matched.push(place.row);
    else rest.push(place);
  }
  const keys = rest.map(keyAt);
  // What is named in two ways may turn out to be of any other key.
  const isTwice = keys.some((key) => key.submissions.some(({ buyer }) => isNamedTwice(buyer)));
  return isTwice ? nothing() : { submissions, matched, keys };
}

function isMatch({ key, submissions, row, event, index }: Place, submitter: string | undefined): boolean {
  if (key || !submissions || !event) return false;
  const { state, unsendable } = outcomeAt(submissions, row);
  return (
    !unsendable &&
    (state === undefined || state === "accepted" || state === "sealed") &&
    statusAt(event.records, index) === "Success" &&
    isOfUnits(submissions, row, unitsAt(event.records, index)) &&
    event.errorCode === undefined &&
    (submitter === undefined || isPrincipal(event, submitter))
  );
}

const isSeen = ({ key, event }: Place): boolean => (key ? key.seen.length > 0 : event !== undefined);

/** Whether AWS was told of two keys in one Region and one integration style. */
const isOneStyle = (a: Place, b: Place): boolean =>
  a.region === b.region && (a.named.buyer.licenseArn === undefined) === (b.named.buyer.licenseArn === undefined);
