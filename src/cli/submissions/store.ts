import type { Subject } from "../../evidence/packed-records.ts";
import type { Window } from "../../ledger/statement.ts";
import { type HourSet, hourSet } from "../../usage/hour-set.ts";
import type { Hour } from "../../usage/instants.ts";
import { UNIT } from "../../usage/quantity.ts";
import type { UsedMeter } from "../../verify/context.ts";
import type { Submission } from "../../verify/submissions.ts";
import { interned } from "../interned.ts";
import { subjects } from "../subjects.ts";
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

type Outcome = Pick<Submission, "state" | "reason">;

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
  const common = subjects();
  /** The hours of each subject, by its number. */
  const hours: HourSet[] = [];
  const outcomes = interned<Outcome>(({ state, reason }) => `${state} ${reason}`);
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
      const subject = common.numberOf({ region, productCode, buyer, dimension });
      hours[subject] ??= hourSet(span);
      hours[subject].add(hour);
      if (hour < window.from || hour >= window.to) return;
      const row = room(hour);
      row.writeDoubleLE(timestamp, 0);
      row.writeUInt32LE(subject, 8);
      // AWS takes whole units below 2^31, and the format of the file no others.
      row.writeUInt32LE(Number(quantity / UNIT), 12);
      row.writeUInt32LE(outcomes.numberOf({ state, reason }), 16);
      total += ROW;
      if (total >= mostBytes) spill();
    },

    ofHour(hour) {
      const found: Submission[] = [];
      const rows = held.get(hour);
      const pieces = [...file.read(hour), ...(rows ? [rows.bytes.subarray(0, rows.length)] : [])];
      for (const bytes of pieces) {
        for (let at = 0; at < bytes.length; at += ROW) {
          const { region, productCode, buyer, dimension } = common.all[bytes.readUInt32LE(at + 8)] as Subject;
          const { state, reason } = outcomes.all[bytes.readUInt32LE(at + 16)] as Outcome;
          const timestamp = bytes.readDoubleLE(at);
          const quantity = BigInt(bytes.readUInt32LE(at + 12)) * UNIT;
          found.push(fileSubmission({ region, productCode, buyer, dimension, timestamp, quantity, state, reason }));
        }
      }
      return found;
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
