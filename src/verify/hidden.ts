import type { EvidenceEvent } from "../evidence/event.ts";
import type { EvidenceByDay } from "../evidence/evidence.ts";
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
 * that was sent before the file was delivered; a Region of which no log file was read, where `regions` are given, any of its records; a
 * log file or digest that fails or is missing any that was sent before. A call that failed took none.
 */
export function hiddenFinder(
  { loose, unreadable, proof }: Pick<EvidenceByDay, "loose" | "unreadable" | "proof">,
  regions: readonly string[] | undefined,
): FindHidden {
  const all = [...loose.events, ...loose.young, ...loose.failed];
  const calls = all.filter(({ unseen, errorCode }) => unseen !== "none" && errorCode === undefined);
  return (submission) => {
    const first = submission.timestamp - MOST_AHEAD;
    const inTime = (instant: Instant) => instant >= first && instant <= submission.deadline + MOST_AHEAD;
    const holding = calls.filter((call) => call.region === submission.region && inTime(call.eventTime));
    const files = unreadable.filter(({ region, deliveredAt }) => region === submission.region && deliveredAt >= first);
    if (regions && !regions.includes(submission.region))
      return { events: [], objects: [], reason: `no log file of ${submission.region} was read` };
    const blind = (proof?.blind ?? []).filter(({ region, until }) => region === submission.region && until >= first);
    if (holding.length + files.length + blind.length === 0) return undefined;
    const keys = [...holding, ...blind].flatMap(({ objects }) => objects);
    return {
      events: holding,
      objects: [...new Set([...keys, ...files.map(({ key }) => key)])].sort(),
      reason:
        holding.length > 0
          ? "a call that may hold the record is in CloudTrail without all of its records"
          : files.length > 0
            ? "a log file that may hold the record cannot be read"
            : "evidence that may hold the record is missing or fails",
    };
  };
}
