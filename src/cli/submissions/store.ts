import { subjectTable } from "../../evidence/subjects.ts";
import type { Window } from "../../ledger/statement.ts";
import { type HourSet, hourSet } from "../../usage/hour-set.ts";
import type { Hour } from "../../usage/instants.ts";
import { UNIT } from "../../usage/quantity.ts";
import type { UsedMeter } from "../../verify/context.ts";
import { NUMBERS_A_SUBMISSION, type Outcome, PackedSubmissions } from "../../verify/packed-submissions.ts";
import type { Submission } from "../../verify/submissions.ts";
import type { TemporaryFile } from "../temporary-file.ts";
import { interned } from "./interned.ts";

/** How many bytes of rows are kept in memory before they go to the temporary file. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Rows of a submissions file, by their hours, whatever order they came in. */
export interface SubmissionStore {
  /** Keeps a row of the span: as a submission where it is of the window, else only that its meter was used. */
  add(submission: Submission): void;
  /** The submissions of an hour. */
  ofHour(hour: Hour): PackedSubmissions;
  /** In which hours of the span each meter has a row. */
  used(): UsedMeter[];
}

/** Bytes a row: the numbers of `PackedSubmissions`. */
const ROW = NUMBERS_A_SUBMISSION * Uint32Array.BYTES_PER_ELEMENT;

/**
 * A store that keeps few rows in memory and many in a temporary file. A row takes 16 bytes in either, since millions of objects would take
 * gigabytes. `span` is the window and what before it silent hours are looked for in.
 */
export function submissionStore(
  file: TemporaryFile,
  {
    window,
    span,
    mostBytes = MOST_BYTES,
  }: { readonly window: Window; readonly span: Window; readonly mostBytes?: number },
): SubmissionStore {
  const common = subjectTable();
  /** The hours of each subject, by its number. */
  const hours: HourSet[] = [];
  const outcomes = interned<Outcome>(({ state, reason }) => `${state} ${reason}`);
  const held = new Map<Hour, Rows>();
  let total = 0;

  function spill(): void {
    for (const [hour, rows] of held) file.append(hour, bytesOf(rows));
    held.clear();
    total = 0;
  }

  function rowsOf(hour: Hour): Rows {
    const rows = held.get(hour) ?? { numbers: new Uint32Array(64 * NUMBERS_A_SUBMISSION), length: 0 };
    held.set(hour, rows);
    return rows;
  }

  return {
    add({ region, productCode, buyer, dimension, timestamp, quantity, state, reason, hour }) {
      const subject = common.numberOf({ region, productCode, buyer, dimension });
      hours[subject] ??= hourSet(span);
      hours[subject].add(hour);
      if (hour < window.from || hour >= window.to) return;
      // AWS takes whole units below 2^31, and the format of the file no others.
      const units = Number(quantity / UNIT);
      append(rowsOf(hour), [subject, timestamp - hour, units, outcomes.numberOf({ state, reason })]);
      total += ROW;
      if (total >= mostBytes) spill();
    },

    ofHour(hour) {
      const rows = held.get(hour);
      // A copy, since numbers have to begin where a buffer does.
      const bytes = new Uint8Array(Buffer.concat([...file.read(hour), ...(rows ? [bytesOf(rows)] : [])]));
      return new PackedSubmissions(
        hour,
        { subjects: common.all, outcomes: outcomes.all },
        new Uint32Array(bytes.buffer),
      );
    },

    used() {
      const meters = new Map<string, UsedMeter & { hours: HourSet }>();
      for (const [number, { productCode, buyer, dimension }] of common.all.entries()) {
        const ofSubject = hours[number] as HourSet;
        const { licenseArn, accountId, customerIdentifier } = buyer;
        const text = JSON.stringify([productCode, licenseArn, accountId, customerIdentifier, dimension]);
        const known = meters.get(text);
        if (known) for (const hour of ofSubject) known.hours.add(hour);
        else meters.set(text, { product: null, buyer, dimension, hours: ofSubject });
      }
      return [...meters.values()];
    },
  };
}

/** Rows of an hour: the first `length` of these numbers, in memory that grows. */
interface Rows {
  numbers: Uint32Array<ArrayBuffer>;
  length: number;
}

function append(rows: Rows, row: readonly number[]): void {
  if (rows.length === rows.numbers.length) {
    const { numbers } = rows;
    rows.numbers = new Uint32Array(2 * rows.length);
    rows.numbers.set(numbers);
  }
  rows.numbers.set(row, rows.length);
  rows.length += row.length;
}

const bytesOf = ({ numbers, length }: Rows): Uint8Array =>
  new Uint8Array(numbers.buffer, 0, length * Uint32Array.BYTES_PER_ELEMENT);
