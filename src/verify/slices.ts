import type { Calls } from "../evidence/proof.ts";
import type { Window } from "../ledger/statement.ts";
import { HOUR, type Hour } from "../usage/instants.ts";
import { type FindTexts, textFinder } from "./key-texts.ts";
import { type Keyed, keyed } from "./keyed.ts";
import { eventsByHour, gatherSightings, type SightingsByKey } from "./sightings.ts";
import type { Submission } from "./submissions.ts";

/** What was submitted for one hour, and what CloudTrail saw of its records. */
export interface HourSlice {
  readonly hour: Hour;
  readonly submissions: readonly Keyed[];
  /** What counts as evidence. */
  readonly sightings: SightingsByKey;
  /** Sightings in log files that are younger than their digest. */
  readonly young: SightingsByKey;
  /** Sightings in log files that fail. */
  readonly failed: SightingsByKey;
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
  const [ofEvents, ofYoung, ofFailed] = [events, young, failed].map((calls) => {
    const groups = eventsByHour(calls, window);
    return (hour: Hour, findTexts: FindTexts) =>
      gatherSightings(groups.get(hour) ?? [], { from: hour, to: hour + HOUR }, findTexts);
  }) as [SightingsOf, SightingsOf, SightingsOf];
  for (let hour = window.from; hour < window.to; hour += HOUR) {
    const findTexts = textFinder();
    yield {
      hour,
      submissions: submissionsOf(hour).map((each) => keyed(each, findTexts)),
      sightings: ofEvents(hour, findTexts),
      young: ofYoung(hour, findTexts),
      failed: ofFailed(hour, findTexts),
    };
  }
}

type SightingsOf = (hour: Hour, findTexts: FindTexts) => SightingsByKey;

/** Finds the submissions of an hour among those in memory. */
export function submissionsByHour(submissions: readonly Submission[]): SubmissionsOfHour {
  const groups = Map.groupBy(submissions, ({ hour }) => hour);
  return (hour) => groups.get(hour) ?? [];
}
