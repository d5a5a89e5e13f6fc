import type { Instant } from "../usage/instants.ts";
import { byTime } from "./distinct.ts";
import type { EvidenceEvent } from "./event.ts";
import { type Calls, type DigestProof, type Proof, partCalls, type StandingOf } from "./proof.ts";
import { daysOf, type EvidenceStore } from "./store.ts";

/** A log file that could not be read: it may hold any record that was sent before it was delivered. */
export interface UnreadableObject {
  readonly key: string;
  readonly region: string;
  readonly deliveredAt: Instant;
  /** The end of a sentence about the file. */
  readonly reason: string;
}

/** What is known of the log files of a window besides the calls in them. */
interface LogFiles {
  readonly unreadable: readonly UnreadableObject[];
  /** How many log files were looked at, and their bytes as they are stored. */
  readonly objects: number;
  readonly bytes: number;
  /** Keys in the folders of log files that are not log files by their names, in order: nothing was read of them. */
  readonly skipped: readonly string[];
  /** The Regions of which any log file was looked at, in order. */
  readonly regions: readonly string[];
  /** When the latest of them was delivered; undefined where there was none. */
  readonly latestDelivery: Instant | undefined;
}

/** All that the log files of a window say about BatchMeterUsage calls, one day in memory at a time. */
export interface EvidenceByDay extends LogFiles, CallsByDay {
  /** What digests say of it; absent where they were not checked, and then the evidence is unsigned. */
  readonly proof?: DigestProof;
}

/** Calls by the UTC days of their records. */
export interface CallsByDay {
  /** The days of which any call has a record, each as its first instant, in order. */
  readonly days: readonly Instant[];
  /** The calls with a record of that day, with all of their records. */
  callsOf(day: Instant): Promise<Calls>;
  /** The calls that may concern any day (`isLoose`). Those of them that have records are among `callsOf` of their days too. */
  readonly loose: Calls;
}

/** All that the log files of a window say about BatchMeterUsage calls, in memory. */
export interface Evidence extends LogFiles {
  /** Each call once, by time and id; where digests were checked, only calls in log files that they prove. */
  readonly events: readonly EvidenceEvent[];
  /** What digests say of it; absent where they were not checked, and then the evidence is unsigned. */
  readonly proof?: Proof;
}

/**
 * Judges what a store keeps. Copies of a call meet on the days of their records, which all of them have alike; a call and the addendum that
 * completes it may not, so wherever there is an addendum, the call that it completes is taken for loose too.
 */
export async function callsByDay(store: EvidenceStore, standingOf: StandingOf): Promise<CallsByDay> {
  const loose = await store.loose();
  const days = store.days().toSorted((a, b) => a - b);
  const present = new Set(loose.map(({ eventId }) => eventId));
  const originals = new Set(loose.flatMap(({ completes }) => completes ?? []));
  const wanted = originals.difference(present);
  if (wanted.size > 0)
    for (const day of days) loose.push(...(await store.eventsOf(day)).filter(({ eventId }) => wanted.has(eventId)));
  const joining = loose.filter(({ eventId, completes }) => completes !== undefined || originals.has(eventId));
  return {
    days,
    loose: partCalls(loose, standingOf),
    async callsOf(day) {
      // An addendum's records may be of other days than those of the call it completes.
      const { events, young, failed } = partCalls([...(await store.eventsOf(day)), ...joining], standingOf);
      const ofDay = (calls: readonly EvidenceEvent[]) =>
        joining.length === 0 ? calls : calls.filter((call) => daysOf(call).includes(day));
      return { events: ofDay(events), young: ofDay(young), failed: ofDay(failed) };
    },
  };
}

/** Gathers the evidence of all days: for windows of few days. */
export async function wholeEvidence({ days, callsOf, loose, proof, ...files }: EvidenceByDay): Promise<Evidence> {
  const found = { events: new Map(), young: new Map(), failed: new Map() } as Record<
    keyof Calls,
    Map<string, EvidenceEvent>
  >;
  const add = (calls: Calls) => {
    for (const part of ["events", "young", "failed"] as const)
      for (const call of calls[part]) found[part].set(call.eventId, call);
  };
  add(loose);
  for (const day of days) add(await callsOf(day));
  const inOrder = (part: keyof Calls) => [...found[part].values()].sort(byTime);
  const events = inOrder("events");
  return {
    ...files,
    events,
    ...(proof && { proof: { ...proof, young: inOrder("young"), failed: inOrder("failed") } }),
  };
}
