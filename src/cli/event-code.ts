import type { EvidenceEvent } from "../evidence/event.ts";
import type { EvidenceRecord, RecordStatus } from "../evidence/record.ts";
import type { Instant } from "../usage/instants.ts";
import { UNIT } from "../usage/quantity.ts";
import { type Interned, interned } from "./interned.ts";
import { type Subject, subjects } from "./subjects.ts";

/** An event as a JSON array: short, since what repeats stands in it as a number, the numbers of its records one after another. */
export type EncodedEvent = [
  eventId: string,
  eventTime: Instant,
  region: number,
  principal: number,
  errorCode: string | null,
  errorMessage: string | null,
  unseen: EvidenceEvent["unseen"],
  completes: string | null,
  objects: number[],
  records: number[],
];

/** What stands as numbers in encoded events. */
export interface EventTables {
  readonly texts: Interned<string>;
  readonly subjects: Interned<Subject>;
}

export const eventTables = (): EventTables => ({ texts: interned((text) => text), subjects: subjects() });

const STATUSES: readonly RecordStatus[] = [
  "Success",
  "DuplicateRecord",
  "CustomerNotSubscribed",
  "unprocessed",
  "none",
];
const NUMBERS_A_RECORD = 4;

export function encodeEvent(event: EvidenceEvent, { texts, subjects }: EventTables): EncodedEvent {
  const { region } = event;
  const records: number[] = [];
  for (const { productCode, buyer, dimension, timestamp, quantity, status } of event.records) {
    const subject = subjects.numberOf({ region, productCode, buyer, dimension });
    // CloudTrail's quantities are whole units below 2^31.
    // From the time of the call, since a small number takes less time to write and read.
    records.push(subject, timestamp - event.eventTime, Number(quantity / UNIT), STATUSES.indexOf(status));
  }
  return [
    event.eventId,
    event.eventTime,
    texts.numberOf(region),
    event.principal === undefined ? -1 : texts.numberOf(event.principal),
    event.errorCode ?? null,
    event.errorMessage ?? null,
    event.unseen,
    event.completes ?? null,
    event.objects.map(texts.numberOf),
    records,
  ];
}

export function decodeEvent(encoded: EncodedEvent, tables: EventTables): EvidenceEvent {
  return { ...decodeCall(encoded, tables), records: decodeRecords(encoded, tables) };
}

/** What an event says besides its records. */
export function decodeCall(
  [eventId, eventTime, region, principal, errorCode, errorMessage, unseen, completes, objects]: EncodedEvent,
  { texts }: EventTables,
): Omit<EvidenceEvent, "records"> {
  return {
    eventId,
    eventTime,
    region: texts.all[region] as string,
    principal: principal === -1 ? undefined : texts.all[principal],
    errorCode: errorCode ?? undefined,
    errorMessage: errorMessage ?? undefined,
    objects: objects.map((number) => texts.all[number] as string),
    unseen,
    ...(completes === null ? {} : { completes }),
  };
}

export function decodeRecords(encoded: EncodedEvent, { subjects }: EventTables): EvidenceRecord[] {
  const [, eventTime] = encoded;
  const numbers = encoded[9];
  const records: EvidenceRecord[] = [];
  for (let at = 0; at < numbers.length; at += NUMBERS_A_RECORD) {
    const { productCode, buyer, dimension } = subjects.all[numbers[at] as number] as Subject;
    const timestamp = eventTime + (numbers[at + 1] as number);
    const quantity = BigInt(numbers[at + 2] as number) * UNIT;
    const status = STATUSES[numbers[at + 3] as number] as RecordStatus;
    records.push({ buyer, dimension, timestamp, quantity, status, productCode });
  }
  return records;
}
