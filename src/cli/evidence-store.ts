import type { EvidenceEvent } from "../evidence/event.ts";
import type { EvidenceRecord } from "../evidence/record.ts";
import { daysOf, type EvidenceStore, isLoose } from "../evidence/store.ts";
import type { Instant } from "../usage/instants.ts";
import { UNIT } from "../usage/quantity.ts";
import { type Interned, interned } from "./interned.ts";
import type { TemporaryFile } from "./temporary-file.ts";

/** How many records are kept in memory before they go to the temporary file: some 6 MB. */
const MOST_RECORDS = 20_000;

/** A store that keeps the calls of few records in memory and those of many in a temporary file, by the day of their records. */
export function spillingStore(file: TemporaryFile, mostRecords = MOST_RECORDS): EvidenceStore {
  const held = new Map<Instant, EvidenceEvent[]>();
  const loose: EvidenceEvent[] = [];
  const code = eventCode();
  let records = 0;

  function spill(): void {
    for (const [day, events] of held) file.append(day, Buffer.from(JSON.stringify(events.map(code.encode))));
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
      for (const bytes of file.read(day))
        for (const each of JSON.parse(bytes.toString()) as Encoded[]) events.push(code.decode(each));
      return events.concat(held.get(day) ?? []);
    },
    loose: async () => [...loose],
  };
}

type Subject = Pick<EvidenceRecord, "productCode" | "buyer" | "dimension">;

/** An event as a JSON array: short, since what repeats stands in it as a number, the numbers of its records one after another. */
type Encoded = [
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

const STATUSES: readonly EvidenceRecord["status"][] = [
  "Success",
  "DuplicateRecord",
  "CustomerNotSubscribed",
  "unprocessed",
  "none",
];
const NUMBERS_A_RECORD = 4;

function eventCode() {
  const texts: Interned<string> = interned();
  const subjects: Interned<Subject> = interned();
  const numberOf = (text: string) => texts.numberOf(text, () => text);

  function encode(event: EvidenceEvent): Encoded {
    const records: number[] = [];
    for (const { productCode, buyer, dimension, timestamp, quantity, status } of event.records) {
      const { licenseArn, accountId, customerIdentifier } = buyer;
      const text = JSON.stringify([productCode, licenseArn, accountId, customerIdentifier, dimension]);
      const subject = subjects.numberOf(text, () => ({ productCode, buyer, dimension }));
      // CloudTrail's quantities are whole units below 2^31.
      records.push(subject, timestamp, Number(quantity / UNIT), STATUSES.indexOf(status));
    }
    return [
      event.eventId,
      event.eventTime,
      numberOf(event.region),
      event.principal === undefined ? -1 : numberOf(event.principal),
      event.errorCode ?? null,
      event.errorMessage ?? null,
      event.unseen,
      event.completes ?? null,
      event.objects.map(numberOf),
      records,
    ];
  }

  function decode(encoded: Encoded): EvidenceEvent {
    const [eventId, eventTime, region, principal, errorCode, errorMessage, unseen, completes, objects, numbers] =
      encoded;
    return {
      eventId,
      eventTime,
      region: texts.valueOf(region),
      principal: principal === -1 ? undefined : texts.valueOf(principal),
      errorCode: errorCode ?? undefined,
      errorMessage: errorMessage ?? undefined,
      objects: objects.map(texts.valueOf),
      unseen,
      // Made anew each time, and forgotten: as objects, the records of a day would take five times as much memory.
      get records() {
        return decodeRecords(numbers);
      },
      ...(completes === null ? {} : { completes }),
    };
  }

  function decodeRecords(numbers: readonly number[]): EvidenceRecord[] {
    const records: EvidenceRecord[] = [];
    for (let at = 0; at < numbers.length; at += NUMBERS_A_RECORD) {
      const { productCode, buyer, dimension } = subjects.valueOf(numbers[at] as number);
      const timestamp = numbers[at + 1] as number;
      const quantity = BigInt(numbers[at + 2] as number) * UNIT;
      const status = STATUSES[numbers[at + 3] as number] as EvidenceRecord["status"];
      records.push({ productCode, buyer, dimension, timestamp, quantity, status });
    }
    return records;
  }

  return { encode, decode };
}
