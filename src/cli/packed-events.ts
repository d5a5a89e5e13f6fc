import type { EvidenceEvent } from "../evidence/event.ts";
import type { Subject } from "../evidence/packed-records.ts";
import { subjectTable } from "../evidence/subjects.ts";
import { decodeEvents, type EncodedEvents, encodeEvents } from "./event-code.ts";

/** The events of a log file, on their way from thread to thread. */
export interface PackedEvents {
  /** The JSON of `Packed`: copying many small objects across takes longer than reading them from the log file again. */
  readonly text: string;
  /** The numbers of the encoded events, which are handed over as they are. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

/** Events without their numbers, and those subjects that were in no file before it. */
type Packed = Omit<EncodedEvents, "numbers"> & { readonly subjects: readonly Subject[] };

/**
 * Packs the events of log files for one `eventUnpacker`, which is to be given them in the same order. Where log files are read into `subjects`, the
 * numbers of records are right already.
 */
export function eventPacker(subjects = subjectTable()): (events: readonly EvidenceEvent[]) => PackedEvents {
  let known = 0;
  return (events) => {
    const { ids, common, numbers } = encodeEvents(events, subjects);
    const packed: Packed = { ids, common, subjects: subjects.all.slice(known) };
    known = subjects.all.length;
    return { text: JSON.stringify(packed), numbers: Float64Array.from(numbers) };
  };
}

/** Reads what one `eventPacker` wrote. Records of one buyer share its names. */
export function eventUnpacker(): (packed: PackedEvents) => EvidenceEvent[] {
  const subjects: Subject[] = [];
  return ({ text, numbers }) => {
    const packed: Packed = JSON.parse(text);
    for (const each of packed.subjects) subjects.push(each);
    return decodeEvents({ ...packed, numbers }, subjects);
  };
}
