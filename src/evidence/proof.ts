import type { DigestFault } from "./digest-chain.ts";
import { distinctEvents } from "./distinct.ts";
import type { EvidenceEvent } from "./event.ts";
import type { Blind, DigestCounts, PlaceVerdict, Standing } from "./integrity.ts";
import type { Interval } from "./intervals.ts";

/** What the digests that CloudTrail signed say of log files. */
export interface DigestProof {
  readonly digests: DigestCounts;
  /** Objects that fail or are missing. */
  readonly faults: readonly DigestFault[];
  readonly blind: readonly Blind[];
  /** The times of delivery that valid digests cover, by Region. */
  readonly covered: readonly (Interval & { readonly region: string })[];
}

/** What is known of evidence beyond its content, by the digests that CloudTrail signed. */
export interface Proof extends DigestProof, Pick<Calls, "young" | "failed"> {}

/** Calls by what is known of the log files they are in, each once, by time and id. */
export interface Calls {
  /** What counts: where digests are checked, only calls in log files that they prove. */
  readonly events: readonly EvidenceEvent[];
  /** Calls in log files that are younger than their digest, and in no verified one. */
  readonly young: readonly EvidenceEvent[];
  /** Calls that are only in log files that fail. */
  readonly failed: readonly EvidenceEvent[];
}

/** Finds what is known of a log file by its key; undefined where nothing of it is to be used. */
export type StandingOf = (key: string) => Standing | undefined;

/** Parts calls by the standing of the file they are in: only what is in a verified file is taken at its word. */
export function partCalls(calls: readonly EvidenceEvent[], standingOf: StandingOf): Calls {
  const parts: Record<Standing, EvidenceEvent[]> = { verified: [], young: [], failed: [] };
  for (const call of calls) {
    const standing = standingOf(call.objects[0] as string);
    if (standing !== undefined) parts[standing].push(call);
  }
  const events = distinctEvents(parts.verified);
  // An event that is also in a verified file needs no other; one of the same id with other content is a file that fails anyway.
  const known = new Set(parts.young.length + parts.failed.length > 0 ? events.map(({ eventId }) => eventId) : []);
  const only = (standing: Standing) => distinctEvents(parts[standing]).filter(({ eventId }) => !known.has(eventId));
  return { events, young: only("young"), failed: only("failed") };
}

/** What the digests of all places come to. */
export function prove(verdicts: readonly PlaceVerdict[]): DigestProof {
  const count = (name: keyof DigestCounts) => verdicts.reduce((total, { digests }) => total + digests[name], 0);
  return {
    digests: { valid: count("valid"), invalid: count("invalid"), missing: count("missing") },
    faults: verdicts.flatMap(({ faults }) => faults),
    blind: verdicts.flatMap(({ blind }) => blind),
    covered: verdicts.flatMap(({ region, covered }) => covered.map((each) => ({ ...each, region }))),
  };
}
