import type { EvidenceEvent } from "../evidence/event.ts";
import type { Evidence } from "../evidence/read.ts";
import { MOST_AHEAD } from "../usage/deadlines.ts";
import type { Instant } from "../usage/instants.ts";
import type { Submission } from "./submissions.ts";

/** Evidence that exists and cannot be seen: a record may be in it. */
export interface Hidden {
  readonly events: readonly EvidenceEvent[];
  readonly objects: readonly string[];
  readonly reason: string;
}

/** Finds the hidden evidence that a record may be in; undefined where there is none. */
export type FindHidden = (submission: Submission) => Hidden | undefined;

/**
 * A call whose records are not all in its event may hold any record of its Region whose time it was; a log file that cannot be read any
 * that was sent before the file was delivered. A call that failed took none.
 */
export function hiddenFinder({ events, unreadable }: Pick<Evidence, "events" | "unreadable">): FindHidden {
  const calls = events.filter(({ unseen, errorCode }) => unseen !== "none" && errorCode === undefined);
  return (submission) => {
    const first = submission.timestamp - MOST_AHEAD;
    const inTime = (instant: Instant) => instant >= first && instant <= submission.deadline + MOST_AHEAD;
    const holding = calls.filter((call) => call.region === submission.region && inTime(call.eventTime));
    const files = unreadable.filter(({ region, deliveredAt }) => region === submission.region && deliveredAt >= first);
    if (holding.length === 0 && files.length === 0) return undefined;
    return {
      events: holding,
      objects: [...new Set([...holding.flatMap(({ objects }) => objects), ...files.map(({ key }) => key)])].sort(),
      reason:
        holding.length > 0
          ? "a call that may hold the record is in CloudTrail without all of its records"
          : "a log file that may hold the record cannot be read",
    };
  };
}
