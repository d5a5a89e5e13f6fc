import type { Calls } from "../evidence/proof.ts";
import type { Window } from "../ledger/statement.ts";
import { HOUR, type Hour } from "../usage/instants.ts";
import { keyPlaces, type PlacedKey } from "./placed-keys.ts";
import { eventsByHour } from "./sightings.ts";
import type { Submission } from "./submissions.ts";

/** What was submitted for one hour, and what CloudTrail saw of its records: each key in each Region once. */
export interface HourSlice {
  readonly hour: Hour;
  readonly keys: readonly PlacedKey[];
}

/** Finds the submissions of an hour. */
export type SubmissionsOfHour = (hour: Hour) => readonly Submission[];

/**
 * Cuts submissions and calls into the hours of a window, in order. AWS keeps one record of a key in an hour, and what it says of one says
 * nothing of another: so hour by hour, nothing but the hour itself has to be in memory with all that is compared in it.
 */
export function* hourSlices(
  window: Window,
  submissionsOf: SubmissionsOfHour,
  { events, young, failed }: Calls,
): Iterable<HourSlice> {
  const parts = {
    seen: eventsByHour(events, window),
    young: eventsByHour(young, window),
    failed: eventsByHour(failed, window),
  };
  for (let hour = window.from; hour < window.to; hour += HOUR) {
    const places = keyPlaces(hour);
    places.addSubmissions(submissionsOf(hour));
    for (const part of ["seen", "young", "failed"] as const) places.addCalls(part, parts[part].get(hour) ?? []);
    yield { hour, keys: places.all() };
  }
}

/** Finds the submissions of an hour among those in memory. */
export function submissionsByHour(submissions: readonly Submission[]): SubmissionsOfHour {
  const groups = Map.groupBy(submissions, ({ hour }) => hour);
  return (hour) => groups.get(hour) ?? [];
}
