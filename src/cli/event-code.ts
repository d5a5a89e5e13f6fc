import type { EvidenceEvent } from "../evidence/event.ts";
import { type Interned, interned } from "../evidence/interned.ts";
import {
  NUMBERS_A_RECORD,
  namedAt,
  PackedRecords,
  STATUSES,
  type Subject,
  statusAt,
  timestampAt,
  unitsAt,
} from "../evidence/packed-records.ts";
import { subjectTable } from "../evidence/subjects.ts";
import type { Instant } from "../usage/instants.ts";

/** Events in few and short arrays: what repeats stands in them as a number. */
export interface EncodedEvents {
  readonly calls: readonly EncodedCall[];
  /** The numbers of the records of all calls, one call after the other, as `PackedRecords` has them. */
  readonly numbers: readonly number[];
}

/** A call, whose last number is how many records it has. */
export type EncodedCall = [
  eventId: string,
  eventTime: Instant,
  region: number,
  principal: number,
  errorCode: string | null,
  errorMessage: string | null,
  unseen: EvidenceEvent["unseen"],
  completes: string | null,
  objects: number[],
  length: number,
];

/** What stands as numbers in encoded events. */
export interface EventTables {
  readonly texts: Interned<string>;
  readonly subjects: Interned<Subject>;
}

export const eventTables = (subjects = subjectTable()): EventTables => ({ texts: interned((text) => text), subjects });

export function encodeEvents(events: readonly EvidenceEvent[], { texts, subjects }: EventTables): EncodedEvents {
  const numbers: number[] = [];
  const calls = events.map((event): EncodedCall => {
    const { eventTime, region, records } = event;
    for (let index = 0; index < records.length; index++) {
      // Mostly they were read into the same table.
      const subject =
        records instanceof PackedRecords && records.subjects === subjects.all
          ? records.subjectNumber(index)
          : subjects.numberOf({ ...namedAt(records, index), region });
      // From the time of the call, since a small number takes less time to write and read.
      numbers.push(
        subject,
        timestampAt(records, index) - eventTime,
        unitsAt(records, index),
        STATUSES.indexOf(statusAt(records, index)),
      );
    }
    return [
      event.eventId,
      eventTime,
      texts.numberOf(region),
      event.principal === undefined ? -1 : texts.numberOf(event.principal),
      event.errorCode ?? null,
      event.errorMessage ?? null,
      event.unseen,
      event.completes ?? null,
      event.objects.map(texts.numberOf),
      records.length,
    ];
  });
  return { calls, numbers };
}

export function decodeEvents(
  calls: readonly EncodedCall[],
  numbers: ArrayLike<number>,
  { texts, subjects }: EventTables,
): EvidenceEvent[] {
  let from = 0;
  return calls.map(
    ([eventId, eventTime, region, principal, errorCode, errorMessage, unseen, completes, objects, length]) => {
      // In the order of `parseMeteringCall`: the engine then takes them for objects of one kind.
      const call = {
        eventId,
        eventTime,
        region: texts.all[region] as string,
        principal: principal === -1 ? undefined : texts.all[principal],
        errorCode: errorCode ?? undefined,
        errorMessage: errorMessage ?? undefined,
        objects: objects.map((number) => texts.all[number] as string),
        unseen,
        records: new PackedRecords(subjects.all, numbers, { from, length, eventTime }),
      };
      from += length * NUMBERS_A_RECORD;
      return completes === null ? call : { ...call, completes };
    },
  );
}
