import { isPrincipal } from "./foreign.ts";
import type { PlacedKey } from "./placed-keys.ts";
import type { Sighting } from "./sightings.ts";
import type { Submission } from "./submissions.ts";

/**
 * Takes the keys out of an hour that match beyond doubt: submitted once, seen once, taken by AWS with the same quantity, and nothing else in
 * the hour that could be the same usage billed again. That is nearly all of nearly every hour, and what follows has many more questions to ask.
 */
export function takeMatches(
  keys: readonly PlacedKey[],
  submitter: string | undefined,
): { readonly matched: number; readonly rest: readonly PlacedKey[] } {
  if (!isOnePlace(keys)) return { matched: 0, rest: keys };
  const rest = keys.filter((key) => !isMatch(key, submitter));
  return { matched: keys.length - rest.length, rest };
}

function isMatch({ submissions, seen }: PlacedKey, submitter: string | undefined): boolean {
  if (submissions.length !== 1 || seen.length !== 1) return false;
  const { state, quantity, unsendable } = submissions[0] as Submission;
  const { record, event } = seen[0] as Sighting;
  return (
    !unsendable &&
    (state === undefined || state === "accepted" || state === "sealed") &&
    record.status === "Success" &&
    record.quantity === quantity &&
    event.errorCode === undefined &&
    (submitter === undefined || isPrincipal(event, submitter))
  );
}

/** Whether AWS was told of an hour in no more than one Region and one integration style. */
function isOnePlace(keys: readonly PlacedKey[]): boolean {
  let first: { readonly region: string; readonly isLicense: boolean } | undefined;
  for (const { region, seen } of keys) {
    const sighting = seen[0];
    if (!sighting) continue;
    const isLicense = sighting.record.buyer.licenseArn !== undefined;
    first ??= { region, isLicense };
    if (region !== first.region || isLicense !== first.isLicense) return false;
  }
  return true;
}
