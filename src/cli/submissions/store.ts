import type { Window } from "../../ledger/statement.ts";
import { type HourSet, hourSet } from "../../usage/hour-set.ts";
import type { Hour } from "../../usage/instants.ts";
import { UNIT } from "../../usage/quantity.ts";
import type { UsedMeter } from "../../verify/context.ts";
import type { Submission } from "../../verify/submissions.ts";
import { interned } from "../interned.ts";
import type { TemporaryFile } from "../temporary-file.ts";
import { fileSubmission } from "./row.ts";

/** How many bytes of rows are kept in memory before they go to the temporary file. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Rows of a submissions file, by their hours, whatever order they came in. */
export interface SubmissionStore {
  /** Keeps a row of the span: as a submission where it is of the window, else only that its meter was used. */
  add(submission: Submission): void;
  /** The submissions of an hour. */
  ofHour(hour: Hour): Submission[];
  /** In which hours of the span each meter has a row. */
  used(): UsedMeter[];
}

/** What rows have in common with others: all but when, how much and what became of it. */
type Common = Pick<Submission, "region" | "productCode" | "buyer" | "dimension">;

interface Subject extends Common {
  readonly number: number;
  readonly hours: HourSet;
}

/** Bytes a row: its timestamp as a double; subject, quantity and outcome as whole numbers. */
const ROW = 20;

/**
 * A store that keeps few rows in memory and many in a temporary file. A row takes 20 bytes in either, since millions of objects would take
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
  const subjects = subjectsOf(span);
  const outcomes = interned<Pick<Submission, "state" | "reason">>();
  const held = new Map<Hour, { bytes: Buffer; length: number }>();
  let total = 0;

  function spill(): void {
    for (const [hour, { bytes, length }] of held) file.append(hour, bytes.subarray(0, length));
    held.clear();
    total = 0;
  }

  function room(hour: Hour): Buffer {
    const rows = held.get(hour) ?? { bytes: Buffer.allocUnsafe(64 * ROW), length: 0 };
    held.set(hour, rows);
    if (rows.length === rows.bytes.length) rows.bytes = Buffer.concat([rows.bytes], 2 * rows.length);
    rows.length += ROW;
    return rows.bytes.subarray(rows.length - ROW, rows.length);
  }

  return {
    add({ region, productCode, buyer, dimension, timestamp, quantity, state, reason, hour }) {
      const subject = subjects.find({ region, productCode, buyer, dimension });
      subject.hours.add(hour);
      if (hour < window.from || hour >= window.to) return;
      const row = room(hour);
      row.writeDoubleLE(timestamp, 0);
      row.writeUInt32LE(subject.number, 8);
      // AWS takes whole units below 2^31, and the format of the file no others.
      row.writeUInt32LE(Number(quantity / UNIT), 12);
      row.writeUInt32LE(
        outcomes.numberOf(`${state} ${reason}`, () => ({ state, reason })),
        16,
      );
      total += ROW;
      if (total >= mostBytes) spill();
    },

    ofHour(hour) {
      const found: Submission[] = [];
      const rows = held.get(hour);
      const pieces = [...file.read(hour), ...(rows ? [rows.bytes.subarray(0, rows.length)] : [])];
      for (const bytes of pieces) {
        for (let at = 0; at < bytes.length; at += ROW) {
          const { region, productCode, buyer, dimension } = subjects.all[bytes.readUInt32LE(at + 8)] as Subject;
          const { state, reason } = outcomes.valueOf(bytes.readUInt32LE(at + 16));
          const timestamp = bytes.readDoubleLE(at);
          const quantity = BigInt(bytes.readUInt32LE(at + 12)) * UNIT;
          found.push(fileSubmission({ region, productCode, buyer, dimension, timestamp, quantity, state, reason }));
        }
      }
      return found;
    },

    used() {
      const meters = new Map<string, UsedMeter & { hours: HourSet }>();
      for (const { productCode, buyer, dimension, hours } of subjects.all) {
        const { licenseArn, accountId, customerIdentifier } = buyer;
        const text = JSON.stringify([productCode, licenseArn, accountId, customerIdentifier, dimension]);
        const known = meters.get(text);
        if (known) for (const hour of hours) known.hours.add(hour);
        else meters.set(text, { product: null, buyer, dimension, hours });
      }
      return [...meters.values()];
    },
  };
}

/** Finds what rows have in common, each once, by its buyer first: one text of all of it would have to be made for every row. */
function subjectsOf(span: Window): { readonly all: readonly Subject[]; find(row: Common): Subject } {
  const all: Subject[] = [];
  const byBuyer = new Map<string, Subject[]>();
  return {
    all,
    find(row) {
      const { licenseArn, customerIdentifier, accountId } = row.buyer;
      const name = licenseArn ?? customerIdentifier ?? accountId ?? "";
      const ofBuyer = byBuyer.get(name) ?? [];
      if (ofBuyer.length === 0) byBuyer.set(name, ofBuyer);
      const known = ofBuyer.find((each) => isSame(each, row));
      if (known) return known;
      const { region, productCode, buyer, dimension } = row;
      const found = { region, productCode, buyer, dimension, number: all.length, hours: hourSet(span) };
      all.push(found);
      ofBuyer.push(found);
      return found;
    },
  };
}

const isSame = (a: Common, b: Common): boolean =>
  a.region === b.region &&
  a.dimension === b.dimension &&
  a.productCode === b.productCode &&
  a.buyer.licenseArn === b.buyer.licenseArn &&
  a.buyer.accountId === b.buyer.accountId &&
  a.buyer.customerIdentifier === b.buyer.customerIdentifier;
