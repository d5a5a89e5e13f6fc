import * as v from "valibot";
import type { Window } from "../ledger/statement.ts";
import { show } from "../usage/events.ts";
import { DAY, formatInstant, HOUR, hourOf, type Instant, parseTime } from "../usage/instants.ts";

/**
 * How far back a run looks that is not told a window: a disputed record is settled 48 hours after its last attempt, which may be 24 hours after
 * its hour, by digests that need 3 more.
 */
const DEFAULT_LENGTH = 80 * HOUR;

/** The longest window that one run takes. */
const LONGEST = 92 * DAY;

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
 * Reads the window that the verify function is called with: `{ from, to }`, both or neither; the last 80 whole hours by default. A
 * schedule's own event, which has other fields, names none. Throws where the window breaks its rules.
 */
export function readVerifyWindow(event: unknown, now: Instant): Window {
  const result = v.safeParse(EventSchema, event ?? {}, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw new Error(`The event's ${v.getDotPath(issue) ?? "body"} is ${show(issue.input)}: it ${issue.message}.`);
  }
  const { from, to } = result.output;
  if (from === undefined && to === undefined) return { from: hourOf(now) - DEFAULT_LENGTH, to: hourOf(now) };
  if (from === undefined || to === undefined)
    throw new Error(`The event has ${from === undefined ? "to but no from" : "from but no to"}; give both or neither.`);
  if (from >= to || to - from > LONGEST) {
    const rule = "from must be before to, and at most 92 days";
    throw new Error(`The event's window is ${formatInstant(from)} to ${formatInstant(to)}: ${rule}.`);
  }
  return { from, to };
}
