import { setImmediate } from "node:timers/promises";
import type { EvidenceEvent } from "../evidence/event.ts";
import type { CallsByDay } from "../evidence/evidence.ts";
import { timestampAt } from "../evidence/packed-records.ts";
import type { Calls } from "../evidence/proof.ts";
import { dayOf } from "../evidence/store.ts";
import type { Window } from "../ledger/statement.ts";
import { DAY, type Instant } from "../usage/instants.ts";
import type { Frame } from "./context.ts";
import { type HourSlice, hourSlices, type SubmissionsOfHour } from "./slices.ts";

/** How many calls there are, and records in them. */
export interface CallCounts {
  readonly calls: number;
  readonly records: number;
}

export const countCalls = (events: readonly EvidenceEvent[]): CallCounts => ({
  calls: events.length,
  records: events.reduce((count, { records }) => count + records.length, 0),
});

/** What of a UTC day lies in a window; nothing where its end is not after its beginning. */
export const dayIn = ({ from, to }: Window, day: Instant): Window => ({
  from: Math.max(day, from),
  to: Math.min(day + DAY, to),
});

/**
 * Goes through the hours of a window with what was submitted and seen in them, in order, with a day of calls in memory at a time; answers how
 * many calls there are in evidence, those of other days included.
 */
export async function goByDay(
  { window, submitter }: Pick<Frame, "window" | "submitter">,
  evidence: CallsByDay,
  submissionsOf: (day: Instant, calls: Calls) => Promise<SubmissionsOfHour>,
  onHour: (slice: HourSlice) => void,
): Promise<CallCounts> {
  const days = new Set(evidence.days);
  for (let day = dayOf(window.from); day < window.to; day += DAY) days.add(day);
  const recordless = countCalls(evidence.loose.events.filter(({ records }) => records.length === 0));
  let { calls, records } = recordless;
  for (const day of [...days].sort((a, b) => a - b)) {
    const found = await evidence.callsOf(day);
    // A call with records of two days is counted on that of its first record.
    const counted = countCalls(
      found.events.filter(({ records }) => records.length > 0 && dayOf(timestampAt(records, 0)) === day),
    );
    calls += counted.calls;
    records += counted.records;
    const hours = dayIn(window, day);
    if (hours.from >= hours.to) continue;
    for (const slice of hourSlices(hours, await submissionsOf(day, found), found, submitter)) {
      onHour(slice);
      // Lets in what waits, such as Ctrl-C.
      await setImmediate();
    }
  }
  return { calls, records };
}
