import type { DigestFault } from "./digest-chain.ts";
import { distinctEvents } from "./distinct.ts";
import type { EvidenceEvent } from "./event.ts";
import type { Blind, DigestCounts, PlaceVerdict, Standing } from "./integrity.ts";
import type { Interval } from "./intervals.ts";

/** What is known of evidence beyond its content, by the digests that CloudTrail signed. */
export interface Proof {
  readonly digests: DigestCounts;
  /** Objects that fail or are missing. */
  readonly faults: readonly DigestFault[];
  readonly blind: readonly Blind[];
  /** Calls in log files that are younger than their digest, and in no verified one. */
  readonly young: readonly EvidenceEvent[];
  /** Calls that are only in log files that fail. */
  readonly failed: readonly EvidenceEvent[];
  /** The times of delivery that valid digests cover, by Region. */
  readonly covered: readonly (Interval & { readonly region: string })[];
}

/** Parts calls by the standing of the file they are in: only what is in a verified file is taken at its word. */
export function prove(
  calls: readonly EvidenceEvent[],
  verdicts: readonly PlaceVerdict[],
): { events: EvidenceEvent[]; proof: Proof } {
  const standings = new Map(verdicts.flatMap((verdict) => [...verdict.standings]));
  const standing = (wanted: Standing) =>
    distinctEvents(calls.filter(({ objects }) => standings.get(objects[0] as string) === wanted));
  const events = standing("verified");
  // An event that is also in a verified file needs no other; one of the same id with other content is a file that fails anyway.
  const known = new Set(events.map(({ eventId }) => eventId));
  const only = (wanted: Standing) => standing(wanted).filter(({ eventId }) => !known.has(eventId));
  const count = (name: keyof DigestCounts) => verdicts.reduce((total, { digests }) => total + digests[name], 0);
  return {
    events,
    proof: {
      digests: { valid: count("valid"), invalid: count("invalid"), missing: count("missing") },
      faults: verdicts.flatMap(({ faults }) => faults),
      blind: verdicts.flatMap(({ blind }) => blind),
      young: only("young"),
      failed: only("failed"),
      covered: verdicts.flatMap(({ region, covered }) => covered.map((each) => ({ ...each, region }))),
    },
  };
}
