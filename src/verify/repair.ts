import type { EvidenceEvent } from "../evidence/event.ts";
import { covers } from "../evidence/intervals.ts";
import { CLOCK_DIFFERENCE } from "../usage/deadlines.ts";
import { HOUR, type Instant } from "../usage/instants.ts";
import { DELIVERY, type Reconciliation } from "./context.ts";
import { hiddenFinder } from "./hidden.ts";
import { keyOfSubmission } from "./identity.ts";
import type { LedgerSubmission } from "./ledger.ts";
import { gatherSightings, sightingsKey, withStatus } from "./sightings.ts";

/** What the absence of evidence makes of a record: it goes back in line, or, its time being over, it ends as not taken. */
export interface Repair {
  readonly submission: LedgerSubmission;
  readonly to: "line" | "end";
}

/** How long after its last attempt a disputed record ends unaccepted, if nothing is heard of it. */
const SILENCE_ENDS = 48 * HOUR;

/**
 * The records that AWS did not take, although the ledger holds them for accepted or disputed: valid digests cover all the time in which a call
 * with them could have been delivered, and there is none in which AWS may have taken them. A record goes back in line once, while it can still
 * be sent. Where digests were not checked, absence proves nothing. Pure.
 */
export function repairs(
  submissions: readonly LedgerSubmission[],
  { evidence, window, now }: Pick<Reconciliation, "evidence" | "window" | "now">,
): Repair[] {
  const { proof } = evidence;
  if (!proof) return [];
  const sightings = gatherSightings([...evidence.events, ...proof.young, ...proof.failed], window);
  const calls = { events: evidence.events, young: proof.young, failed: proof.failed };
  const findHidden = hiddenFinder({ ...evidence, loose: calls }, undefined);

  return submissions.flatMap((submission) => {
    const to = placeOf(submission);
    return to === undefined ? [] : [{ submission, to }];
  });

  function placeOf(submission: LedgerSubmission): Repair["to"] | undefined {
    const { state, lastAttemptAt, deadline, unsendable, returnedAt } = submission;
    if ((state !== "accepted" && state !== "disputed") || unsendable || lastAttemptAt === undefined) return undefined;
    if (now < deadline - CLOCK_DIFFERENCE)
      return returnedAt === undefined && isLost(submission, lastAttemptAt + DELIVERY) ? "line" : undefined;
    const isOver = state === "disputed" && now >= deadline;
    return isOver && isLost(submission, lastAttemptAt + SILENCE_ENDS) ? "end" : undefined;
  }

  /** Whether digests cover everything up to an instant, and nothing of it may hold the record. */
  function isLost(submission: LedgerSubmission, until: Instant): boolean {
    const covered = proof?.covered.filter(({ region }) => region === submission.region) ?? [];
    const isCovered = covers(covered, { from: submission.timestamp, to: until });
    return isCovered && !isTraced(submission) && findHidden(submission) === undefined;
  }

  /** Whether there is a call in which AWS may have taken it: all but those that it refused, or whose answer says that it did not. */
  function isTraced(submission: LedgerSubmission): boolean {
    const seen = sightings.get(sightingsKey(keyOfSubmission(submission), submission.region))?.all ?? [];
    return withStatus(seen, "Success", "DuplicateRecord", "none").some(({ event }) => !wasRefused(event));
  }
}

/** Whether AWS refused a whole call and took nothing of it. A failure of its own (5xx) may have come after it took the records. */
const wasRefused = ({ errorCode }: EvidenceEvent): boolean =>
  errorCode !== undefined && !/^(Internal|ServiceUnavailable)/.test(errorCode);
