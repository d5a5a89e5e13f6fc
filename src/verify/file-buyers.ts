import type { EvidenceEvent } from "../evidence/event.ts";
import { keyOfSubmission } from "./identity.ts";
import { gatherSightings, sightingsKey } from "./sightings.ts";
import type { Submission } from "./submissions.ts";

/**
 * Submissions of older listings may name their buyer by customer identifier and by account, where a call names it by one of them: each is
 * taken by the account where evidence knows it by that alone.
 */
export function namedAsSent(
  submissions: readonly Submission[],
  events: readonly EvidenceEvent[],
  window: Parameters<typeof gatherSightings>[1],
): Submission[] {
  const sightings = gatherSightings(events, window);
  const isSeen = (each: Submission) => sightings.has(sightingsKey(keyOfSubmission(each), each.region));
  return submissions.map((each) => {
    const { accountId, licenseArn, customerIdentifier } = each.buyer;
    if (licenseArn !== undefined || accountId === undefined || customerIdentifier === undefined) return each;
    const byAccount = { ...each, buyer: { accountId } };
    return !isSeen(each) && isSeen(byAccount) ? byAccount : each;
  });
}
