import { DIGEST_DELAY } from "../evidence/integrity.ts";
import type { Instant } from "../usage/instants.ts";
import { DELIVERY, type Frame } from "./context.ts";
import type { Submission } from "./submissions.ts";

/**
 * Tells whether the digests of what was delivered up to two hours after the last attempt of a record are still to come. Where digests are not
 * checked, none are.
 */
export function awaitedFinder({
  evidence: { proof },
  now,
}: Pick<Frame, "evidence" | "now">): (submission: Submission) => boolean {
  if (!proof) return () => false;
  return (submission) => {
    const until = absenceMeans(submission);
    const isReached = proof.covered.some(({ region, to }) => region === submission.region && to >= until);
    return !isReached && now < until + DIGEST_DELAY;
  };
}

/** Up to when evidence must be there before its absence means something. */
export const absenceMeans = ({ lastAttemptAt, timestamp }: Submission): Instant =>
  (lastAttemptAt ?? timestamp) + DELIVERY;
