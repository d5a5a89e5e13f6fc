import type { SubmissionsByKey } from "./distinct.ts";
import { isPrincipal } from "./foreign.ts";
import type { Keyed } from "./keyed.ts";
import type { Sightings, SightingsByKey } from "./sightings.ts";

/** What was submitted and seen of an hour. */
interface Compared {
  readonly submissions: SubmissionsByKey;
  readonly sightings: SightingsByKey;
}

/**
 * Takes the keys out of an hour that match beyond doubt: submitted once, seen once, taken by AWS with the same quantity, and nothing else in
 * the hour that could be the same usage billed again. That is nearly all of nearly every hour, and what follows has many more questions to ask.
 */
export function takeMatches(
  { submissions, sightings }: Compared,
  submitter: string | undefined,
): { readonly matched: number; readonly rest: Compared } {
  if (placesOf(sightings) > 1) return { matched: 0, rest: { submissions, sightings } };
  const matched: string[] = [];
  const unmatched = new Map<string, readonly Keyed[]>();
  for (const [text, group] of submissions) {
    const [only] = group as [Keyed];
    if (group.length === 1 && isMatch(only, sightings.get(only.placed), submitter)) matched.push(only.placed);
    else unmatched.set(text, group);
  }
  const explained = new Set(matched.length < sightings.size ? matched : []);
  const unexplained = new Map<string, Sightings>();
  if (matched.length < sightings.size)
    for (const [placed, group] of sightings) if (!explained.has(placed)) unexplained.set(placed, group);
  return { matched: matched.length, rest: { submissions: unmatched, sightings: unexplained } };
}

function isMatch({ submission }: Keyed, seen: Sightings | undefined, submitter: string | undefined): boolean {
  if (seen?.all.length !== 1) return false;
  const { state, quantity, unsendable } = submission;
  const { record, event } = seen.all[0] as Sightings["all"][number];
  return (
    !unsendable &&
    (state === undefined || state === "accepted" || state === "sealed") &&
    record.status === "Success" &&
    record.quantity === quantity &&
    event.errorCode === undefined &&
    (submitter === undefined || isPrincipal(event, submitter))
  );
}

/** In how many Regions and integration styles AWS was told of an hour. */
export function placesOf(sightings: SightingsByKey): number {
  const places = new Set<string>();
  for (const { key, region } of sightings.values()) places.add(`${region} ${key.style}`);
  return places.size;
}
