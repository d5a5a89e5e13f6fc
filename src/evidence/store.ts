import { DAY, type Instant } from "../usage/instants.ts";
import type { EvidenceEvent } from "./event.ts";
import { namedAt, type Records, timestampAt } from "./packed-records.ts";
import type { StoredObject } from "./source.ts";

/** A log file that was read, in this reading or an earlier one. */
export interface KnownFile {
  readonly key: string;
  /** Its bytes, as they are stored. */
  readonly size: number;
  /** Hex SHA-256 of its text; undefined where it was not asked for, or the file could not be read. */
  readonly hash?: string | undefined;
  /** Why it could not be read, as the end of a sentence about it; undefined where it could. */
  readonly reason?: string | undefined;
}

/** Where calls that were read are kept until they are reconciled. Nothing in it is judged: calls are there as often as they were read. */
export interface EvidenceStore {
  /** What an earlier reading kept of a log file; undefined where it is to be read (again). */
  known(object: StoredObject): KnownFile | undefined;
  /** Keeps all calls of one log file. May be called for several files at once. */
  add(file: KnownFile, events: readonly EvidenceEvent[]): Promise<void>;
  /** The UTC days, each as its first instant, of which any call has a record; in any order. */
  days(): readonly Instant[];
  /** The calls with a record of that UTC day, with all of their records, in any order. */
  eventsOf(day: Instant): Promise<EvidenceEvent[]>;
  /** The calls that `isLoose`, in any order. Those of them that have records are among `eventsOf` of their days too. */
  loose(): Promise<EvidenceEvent[]>;
}

/** The UTC day that an instant lies in, as its first instant. */
export const dayOf = (instant: Instant): Instant => Math.floor(instant / DAY) * DAY;

/** The UTC days of a call's records. */
export const daysOf = ({ records }: EvidenceEvent): Instant[] => timesOf(records, dayOf);

/** The hours or days that records lie in, each once, by the function that finds that of an instant. */
export function timesOf(records: Records, find: (instant: Instant) => Instant): Instant[] {
  const times: Instant[] = [];
  for (let index = 0; index < records.length; index++) {
    const time = find(timestampAt(records, index));
    // Mostly there is one.
    if (!times.includes(time)) times.push(time);
  }
  return times;
}

/**
 * Whether a call may concern any day, and not only those of its records: where not all of its records are known or it has none, where it
 * completes another call, and where it says whose account a customer identifier is. They are few.
 */
export const isLoose = ({ records, unseen, completes }: EvidenceEvent): boolean =>
  unseen !== "none" || completes !== undefined || records.length === 0 || hasTwoNames(records);

function hasTwoNames(records: Records): boolean {
  for (let index = 0; index < records.length; index++) {
    const { customerIdentifier, accountId } = namedAt(records, index).buyer;
    if (customerIdentifier !== undefined && accountId !== undefined) return true;
  }
  return false;
}

/** A store in memory, for windows of few days. */
export function memoryStore(): EvidenceStore {
  const byDay = new Map<Instant, EvidenceEvent[]>();
  const loose: EvidenceEvent[] = [];
  return {
    known: () => undefined,
    async add(_, events) {
      for (const event of events) {
        for (const day of daysOf(event)) {
          const ofDay = byDay.get(day);
          if (ofDay) ofDay.push(event);
          else byDay.set(day, [event]);
        }
        if (isLoose(event)) loose.push(event);
      }
    },
    days: () => [...byDay.keys()],
    eventsOf: async (day) => [...(byDay.get(day) ?? [])],
    loose: async () => [...loose],
  };
}
