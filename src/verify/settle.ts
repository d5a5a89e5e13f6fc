import type { Instant } from "../usage/instants.ts";
import type { Reconciliation } from "./context.ts";
import { keyOfSubmission } from "./identity.ts";
import { gatherSightings, sightingsKey, withStatus } from "./sightings.ts";
import type { Submission } from "./submissions.ts";

/** A record that AWS took, and when, by the evidence of CloudTrail. */
export interface Settlement<S extends Submission> {
  readonly submission: S;
  readonly acceptedAt: Instant;
}

/**
 * The records that evidence makes `accepted`, whatever the ledger holds them for: those with a `Success` of exactly their quantity in their
 * own Region, and none of another. That nothing is in evidence settles nothing.
 */
export function settlements<S extends Submission>(
  submissions: readonly S[],
  { evidence, window }: Pick<Reconciliation, "evidence" | "window">,
): Settlement<S>[] {
  const sightings = gatherSightings(evidence.events, window);
  return submissions.flatMap((submission) => {
    if (submission.unsendable || !SETTLED.has(submission.state)) return [];
    const seen = sightings.get(sightingsKey(keyOfSubmission(submission), submission.region));
    const taken = withStatus(seen?.all ?? [], "Success");
    const [first] = taken;
    if (!first || taken.some(({ record }) => record.quantity !== submission.quantity)) return [];
    return [{ submission, acceptedAt: first.event.eventTime }];
  });
}

const SETTLED: ReadonlySet<Submission["state"]> = new Set(["sealed", "refused", "expired", "disputed"]);
