import type { Instant } from "../usage/instants.ts";
import { type Quantity, UNIT } from "../usage/quantity.ts";
import type { EvidenceRecord, NamedBuyer, ParsedRecord, RecordStatus } from "./record.ts";
import { type SubjectTable, subjectTable } from "./subjects.ts";

/** The records of a call, in its order. */
export type Records = readonly EvidenceRecord[] | PackedRecords;

/** What records have in common with others: all but when, how much and what became of it. */
export interface Subject {
  readonly region: string;
  readonly productCode?: string | undefined;
  readonly buyer: NamedBuyer;
  readonly dimension: string;
}

/**
 * Records of a call as numbers, of which each is made when it is asked for. As objects they take several times the memory, and those of a day lie
 * scattered in it, so that comparing them is mostly waiting for it.
 */
export class PackedRecords implements Iterable<EvidenceRecord> {
  readonly subjects: readonly Subject[];
  /** Of the records of many calls, `NUMBERS_A_RECORD` each: subject, milliseconds after the call, whole units, and place in `STATUSES`. */
  readonly numbers: ArrayLike<number>;
  /** Where in `numbers` those of this call begin. */
  readonly from: number;
  readonly length: number;
  readonly eventTime: Instant;

  constructor(
    subjects: readonly Subject[],
    numbers: ArrayLike<number>,
    { from, length, eventTime }: { readonly from: number; readonly length: number; readonly eventTime: Instant },
  ) {
    this.subjects = subjects;
    this.numbers = numbers;
    this.from = from;
    this.length = length;
    this.eventTime = eventTime;
  }

  /** Which of the subjects a record names. */
  subjectNumber(index: number): number {
    return numberAt(this, index, 0);
  }

  /** As JSON they are what they would be as objects. */
  toJSON(): EvidenceRecord[] {
    return [...this];
  }

  *[Symbol.iterator](): Generator<EvidenceRecord> {
    for (let index = 0; index < this.length; index++) yield recordAt(this, index);
  }
}

export const NUMBERS_A_RECORD = 4;
export const STATUSES: readonly RecordStatus[] = [
  "Success",
  "DuplicateRecord",
  "CustomerNotSubscribed",
  "unprocessed",
  "none",
];

/** Packs the records of one call after the other into numbers that they share, and keeps their subjects. */
export type PackRecords = (records: readonly ParsedRecord[], call: PackedCall) => PackedRecords;

/** What all records of a call have in common. */
interface PackedCall {
  readonly region: string;
  readonly eventTime: Instant;
}

export function recordPacker(subjects: SubjectTable = subjectTable()): PackRecords {
  const numbers: number[] = [];
  return (records, { region, eventTime }) => {
    const from = numbers.length;
    for (const { productCode, buyer, dimension, timestamp, units, status } of records) {
      const subject = subjects.numberOf({ region, productCode, buyer, dimension });
      numbers.push(subject, timestamp - eventTime, units, STATUSES.indexOf(status));
    }
    return new PackedRecords(subjects.all, numbers, { from, length: records.length, eventTime });
  };
}

export function recordAt(records: Records, index: number): EvidenceRecord {
  if (!(records instanceof PackedRecords)) return records[index] as EvidenceRecord;
  const { productCode, buyer, dimension } = namedAt(records, index);
  return {
    productCode,
    buyer,
    dimension,
    timestamp: timestampAt(records, index),
    quantity: quantityAt(records, index),
    status: statusAt(records, index),
  };
}

// What follows asks one thing of a record, and makes none for it.

/** Whom and what a record names. */
export const namedAt = (records: Records, index: number): Omit<Subject, "region"> =>
  records instanceof PackedRecords
    ? (records.subjects[records.subjectNumber(index)] as Subject)
    : (records[index] as EvidenceRecord);

export const timestampAt = (records: Records, index: number): Instant =>
  records instanceof PackedRecords
    ? records.eventTime + numberAt(records, index, 1)
    : (records[index] as EvidenceRecord).timestamp;

export const quantityAt = (records: Records, index: number): Quantity =>
  records instanceof PackedRecords
    ? BigInt(numberAt(records, index, 2)) * UNIT
    : (records[index] as EvidenceRecord).quantity;

/** In whole units, as AWS counts. */
export const unitsAt = (records: Records, index: number): number =>
  records instanceof PackedRecords
    ? numberAt(records, index, 2)
    : Number((records[index] as EvidenceRecord).quantity / UNIT);

export const statusAt = (records: Records, index: number): RecordStatus =>
  records instanceof PackedRecords
    ? (STATUSES[numberAt(records, index, 3)] as RecordStatus)
    : (records[index] as EvidenceRecord).status;

const numberAt = ({ numbers, from }: PackedRecords, index: number, part: number): number =>
  numbers[from + index * NUMBERS_A_RECORD + part] as number;
