import { DIGEST_DELAY } from "../evidence/integrity.ts";
import type { Instant } from "../usage/instants.ts";
import { DELIVERY, type Frame } from "./context.ts";
import { keyOfSubmission } from "./identity.ts";
import { type Sighting, sightingsKey } from "./sightings.ts";
import type { HourSlice } from "./slices.ts";
import type { Submission } from "./submissions.ts";

/** What is there of a record that proves nothing. */
export interface Unproven {
  /** In log files that are younger than their digest. */
  readonly young: readonly Sighting[];
  /** In log files that fail. */
  readonly failed: readonly Sighting[];
  /** Whether the digests of what was delivered up to two hours after its last attempt are still to come. */
  readonly isAwaited: boolean;
}

/** Finds what is there of a record of an hour beside proved evidence. Where digests are not checked, all evidence counts as it is found. */
export function unprovenFinder(
  { evidence: { proof }, now }: Pick<Frame, "evidence" | "now">,
  { young, failed }: Pick<HourSlice, "young" | "failed">,
): (submission: Submission) => Unproven {
  if (!proof) return () => ({ young: [], failed: [], isAwaited: false });
  return (submission) => {
    const key = sightingsKey(keyOfSubmission(submission), submission.region);
    const until = absenceMeans(submission);
    const isReached = proof.covered.some(({ region, to }) => region === submission.region && to >= until);
    return {
      young: young.get(key)?.all ?? [],
      failed: failed.get(key)?.all ?? [],
      isAwaited: !isReached && now < until + DIGEST_DELAY,
    };
  };
}

/** Up to when evidence must be there before its absence means something. */
export const absenceMeans = ({ lastAttemptAt, timestamp }: Submission): Instant =>
  (lastAttemptAt ?? timestamp) + DELIVERY;
