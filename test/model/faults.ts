import type { Failure, Timing } from "../../sandbox/metering/faults.ts";
import type { Random } from "../../src/clock.ts";
import type { MeteringService } from "../support/metering.ts";

const NOT_TAKEN = ["before"] as const;
const TAKEN_OR_NOT = ["before", "after"] as const;

/** Each way in which AWS can fail, refuse or half answer a request, and whether it may have taken the records all the same. */
const FAILURES: readonly (readonly [Failure, readonly Timing[]])[] = [
  [{ name: "unprocessed" }, NOT_TAKEN],
  [{ name: "unprocessed", records: 1 }, NOT_TAKEN],
  [{ name: "unlisted", records: 1 }, TAKEN_OR_NOT],
  [{ name: "exception", exception: "InternalServiceErrorException" }, TAKEN_OR_NOT],
  [{ name: "http-500" }, TAKEN_OR_NOT],
  [{ name: "connection-reset" }, TAKEN_OR_NOT],
  [{ name: "answer-lost" }, TAKEN_OR_NOT],
  [{ name: "unreadable-answer" }, TAKEN_OR_NOT],
  [{ name: "exception", exception: "ThrottlingException" }, NOT_TAKEN],
  [{ name: "exception", exception: "InvalidUsageDimensionException" }, NOT_TAKEN],
  [{ name: "exception", exception: "DisabledApiException" }, NOT_TAKEN],
  [{ name: "status", status: "CustomerNotSubscribed", records: 1 }, NOT_TAKEN],
  // As if AWS held another record of the hour.
  [{ name: "status", status: "DuplicateRecord", records: 1 }, NOT_TAKEN],
];

/** Lets something go wrong with the next call of the metering service. */
export function injectFault(metering: MeteringService, random: Random): void {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const [failure, timings] = pick(FAILURES);
  metering.inject({ ...failure, when: pick(timings) });
}
