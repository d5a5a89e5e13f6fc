import * as v from "valibot";
import type { Window } from "../ledger/statement.ts";
import { show } from "../usage/events.ts";
import { DAY, formatInstant, HOUR, hourOf, type Instant, parseTime } from "../usage/instants.ts";

/**
 * How long after an hour its findings can still change: a disputed record is settled 48 hours after its last attempt, which may be 24 hours after
 * its hour, by digests that need 3 more.
 */
export const SETTLES = 80 * HOUR;

/** The longest window that one run takes. */
const LONGEST = 92 * DAY;

/** How far back a run looks for days that are still to be verified: twice that long the report bucket keeps what was read of log files. */
const LOOKS_BACK = 30 * DAY;

const HourSchema = v.pipe(
  v.string("must be a string"),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const instant = parseTime(dataset.value)?.instant;
    if (instant !== undefined && instant === hourOf(instant)) return instant;
    addIssue({ message: "must be an hour in ISO 8601 with a zone, such as 2026-11-23T10:00:00Z" });
    return NEVER;
  }),
);

const EventSchema = v.object({ from: v.optional(HourSchema), to: v.optional(HourSchema) });

/**
 * Reads the window that the verify function is called with: `{ from, to }`, both or neither; undefined where there is none, as in a schedule's
 * own event, which has other fields. Throws where the window breaks its rules.
 */
export function readVerifyWindow(event: unknown): Window | undefined {
  const result = v.safeParse(EventSchema, event ?? {}, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw new Error(`The event's ${v.getDotPath(issue) ?? "body"} is ${show(issue.input)}: it ${issue.message}.`);
  }
  const { from, to } = result.output;
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined || to === undefined)
    throw new Error(`The event has ${from === undefined ? "to but no from" : "from but no to"}; give both or neither.`);
  if (from >= to || to - from > LONGEST) {
    const rule = "from must be before to, and at most 92 days";
    throw new Error(`The event's window is ${formatInstant(from)} to ${formatInstant(to)}: ${rule}.`);
  }
  return { from, to };
}

/** When a day was last verified, and whether that was once nothing of it could change any more. */
export interface VerifiedDay {
  readonly verifiedAt: Instant;
  readonly isFinal: boolean;
}

/**
 * The UTC days to verify at an instant, each up to its last whole hour: those whose findings can still change, and those that no run has verified
 * since, from the first day that has a report. Those that have waited longest come first, of several the latest, whose records can still be sent.
 */
export function daysToVerify(known: ReadonlyMap<Instant, VerifiedDay>, now: Instant): Window[] {
  const end = hourOf(now);
  const first = Math.min(end - SETTLES, ...known.keys());
  const days: Window[] = [];
  for (let from = Math.floor(Math.max(first, end - LOOKS_BACK) / DAY) * DAY; from < end; from += DAY)
    if (!known.get(from)?.isFinal) days.push({ from, to: Math.min(from + DAY, end) });
  const waitedSince = ({ from }: Window) => known.get(from)?.verifiedAt ?? 0;
  return days.sort((a, b) => waitedSince(a) - waitedSince(b) || b.from - a.from);
}

/** Whether nothing of a window's findings can change any more. */
export const isSettled = ({ from }: Window, now: Instant): boolean => now >= from + DAY + SETTLES;
