import type { EvidenceEvent } from "../evidence/event.ts";
import type { Interned } from "../evidence/interned.ts";
import type { Subject } from "../evidence/packed-records.ts";
import { decodeEvents, type EncodedCall, encodeEvents, eventTables } from "./event-code.ts";

/** The events of a log file, on their way from thread to thread. */
export interface PackedEvents {
  /** The JSON of `Packed`: copying many small objects across takes longer than reading them from the log file again. */
  readonly text: string;
  /** The numbers of their records, which are handed over as they are. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

/** Calls, and what stands in them as numbers and was in no file before it. */
interface Packed {
  readonly texts: readonly string[];
  readonly subjects: readonly Subject[];
  readonly calls: readonly EncodedCall[];
}

/**
 * Packs the events of log files for one `eventUnpacker`, which is to be given them in the same order. `subjects` are those that log files are
 * read into, where they are: then the numbers of records are right already.
 */
export function eventPacker(subjects?: Interned<Subject>): (events: readonly EvidenceEvent[]) => PackedEvents {
  const tables = eventTables(subjects);
  const packed = { texts: 0, subjects: 0 };

  function news<T>(name: keyof typeof packed, all: readonly T[]): T[] {
    const from = packed[name];
    packed[name] = all.length;
    return all.slice(from);
  }

  return (events) => {
    const { calls, numbers } = encodeEvents(events, tables);
    const all: Packed = {
      texts: news("texts", tables.texts.all),
      subjects: news("subjects", tables.subjects.all),
      calls,
    };
    return { text: JSON.stringify(all), numbers: Float64Array.from(numbers) };
  };
}

/** Reads what one `eventPacker` wrote. Records of one buyer share its names. */
export function eventUnpacker(): (packed: PackedEvents) => EvidenceEvent[] {
  const tables = eventTables();
  return ({ text, numbers }) => {
    const { texts, subjects, calls }: Packed = JSON.parse(text);
    for (const each of texts) tables.texts.push(each);
    for (const each of subjects) tables.subjects.push(each);
    return decodeEvents(calls, numbers, tables);
  };
}
