import type { EvidenceEvent } from "../evidence/event.ts";
import { decodeEvent, type EncodedEvent, encodeEvent, eventTables } from "./event-code.ts";
import type { Subject } from "./subjects.ts";

/** The events of a log file, and what stands in them as numbers and was in no file before it. */
interface Packed {
  readonly texts: readonly string[];
  readonly subjects: readonly Subject[];
  readonly events: readonly EncodedEvent[];
}

/**
 * Writes the events of log files, each into one text, to be handed from thread to thread: copying millions of small objects across takes
 * longer than reading them from the log file again. The texts are for one `eventUnpacker`, in the order in which they were written.
 */
export function eventPacker(): (events: readonly EvidenceEvent[]) => string {
  const tables = eventTables();
  return (events) => {
    const [texts, subjects] = [tables.texts.all.length, tables.subjects.all.length];
    const encoded = events.map((event) => encodeEvent(event, tables));
    const packed: Packed = {
      texts: tables.texts.all.slice(texts),
      subjects: tables.subjects.all.slice(subjects),
      events: encoded,
    };
    return JSON.stringify(packed);
  };
}

/** Reads what one `eventPacker` wrote. Records of one buyer share its names. */
export function eventUnpacker(): (text: string) => EvidenceEvent[] {
  const tables = eventTables();
  return (text) => {
    const { texts, subjects, events }: Packed = JSON.parse(text);
    for (const each of texts) tables.texts.push(each);
    for (const each of subjects) tables.subjects.push(each);
    return events.map((event) => decodeEvent(event, tables));
  };
}
