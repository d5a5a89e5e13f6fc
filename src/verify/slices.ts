import type { Calls } from "../evidence/proof.ts";
import type { Window } from "../ledger/statement.ts";
import { HOUR, type Hour } from "../usage/instants.ts";
import { type MatchedHour, takeMatches } from "./matches.ts";
import type { Submissions } from "./packed-submissions.ts";
import { keyPlacer } from "./placed-keys.ts";
import { eventsByHour } from "./sightings.ts";
import type { Submission } from "./submissions.ts";

/** What was submitted for one hour, and what CloudTrail saw of its records. */
export interface HourSlice extends MatchedHour {
  readonly hour: Hour;
}

/** Finds the submissions of an hour. */
export type SubmissionsOfHour = (hour: Hour) => Submissions;

/**
 * Cuts submissions and calls into the hours of a window, in order. AWS keeps one record of a key in an hour, and what it says of one says
 * nothing of another: so hour by hour, nothing but the hour itself has to be in memory with all that is compared in it.
 */
export function* hourSlices(
  window: Window,
  submissionsOf: SubmissionsOfHour,
  { events, young, failed }: Calls,
  submitter: string | undefined,
): Iterable<HourSlice> {
  const ofHours = [events, young, failed].map((calls) => eventsByHour(calls, window));
  const place = keyPlacer();
  for (let hour = window.from; hour < window.to; hour += HOUR) {
    const [seen = [], young = [], failed = []] = ofHours.map((calls) => calls.get(hour));
    const submissions = submissionsOf(hour);
    const places = place(hour, submissions, { seen, young, failed });
    yield { hour, ...takeMatches(places, submissions, submitter) };
  }
}

/** Finds the submissions of an hour among those in memory. */
export function submissionsByHour(submissions: readonly Submission[]): SubmissionsOfHour {
  const groups = Map.groupBy(submissions, ({ hour }) => hour);
  return (hour) => groups.get(hour) ?? [];
}
