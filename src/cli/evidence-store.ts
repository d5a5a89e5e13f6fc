import type { EvidenceEvent } from "../evidence/event.ts";
import { daysOf, type EvidenceStore, isLoose } from "../evidence/store.ts";
import { subjectTable } from "../evidence/subjects.ts";
import type { Instant } from "../usage/instants.ts";
import { decodeEvents, type EncodedEvents, encodeEvents } from "./event-code.ts";
import type { TemporaryFile } from "./temporary-file.ts";

/** How many records are kept in memory before they go to the temporary file: some 6 MB. */
const MOST_RECORDS = 20_000;

/** A store that keeps the calls of few records in memory and those of many in a temporary file, by the day of their records. */
export function spillingStore(file: TemporaryFile, mostRecords = MOST_RECORDS): EvidenceStore {
  const held = new Map<Instant, EvidenceEvent[]>();
  const loose: EvidenceEvent[] = [];
  const subjects = subjectTable();
  let records = 0;

  function spill(): void {
    for (const [day, events] of held) file.append(day, Buffer.from(JSON.stringify(encodeEvents(events, subjects))));
    held.clear();
    records = 0;
  }

  return {
    known: () => undefined,
    async add(_, events) {
      for (const event of events) {
        for (const day of daysOf(event)) {
          const ofDay = held.get(day);
          if (ofDay) ofDay.push(event);
          else held.set(day, [event]);
          records += event.records.length;
        }
        if (isLoose(event)) loose.push(event);
      }
      if (records > mostRecords) spill();
    },
    days: () => [...new Set([...file.times(), ...held.keys()])],
    async eventsOf(day) {
      const events: EvidenceEvent[] = [];
      for (const bytes of file.read(day)) {
        const encoded: EncodedEvents = JSON.parse(bytes.toString());
        for (const event of decodeEvents(encoded, subjects.all)) events.push(event);
      }
      return events.concat(held.get(day) ?? []);
    },
    loose: async () => [...loose],
  };
}
