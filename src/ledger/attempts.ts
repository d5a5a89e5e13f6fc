import type { Instant } from "../usage/instants.ts";
import { DUE_ATTRIBUTES, dueAttributes, type RecordRef, recordKey } from "./keys.ts";
import { type HourlyRecord, readRecord } from "./records.ts";
import type { Change, Table } from "./table.ts";

/**
 * Writes an attempt on a record before it is sent: its outcome counts as unknown from now on. Answers whether it may be sent: false where the
 * record is no longer `sealed`, or another submitter wrote an attempt first.
 */
export async function writeAttempt(table: Table, record: HourlyRecord, token: string, now: Instant): Promise<boolean> {
  const change = { set: { lastAttemptAt: now }, increment: { attempts: 1 }, addToSet: { unknown: token } };
  const key = recordKey(record.ref);
  if (await table.update(key, change, asRead(record))) return true;
  return (await readRecord(table, record.ref))?.unknown.has(token) ?? false;
}

/** AWS took the record, by its own answer to this attempt or, without one, by the evidence of CloudTrail. This wins over every other state. */
export async function accept(
  table: Table,
  ref: RecordRef,
  by: { token?: string | undefined; meteringRecordId?: string | undefined },
  now: Instant,
): Promise<void> {
  const change: Change = {
    set: { state: "accepted", acceptedAt: now, meteringRecordId: by.meteringRecordId },
    remove: [...DUE_ATTRIBUTES, "reason"],
    ...(by.token === undefined ? {} : { deleteFromSet: { unknown: by.token } }),
  };
  await table.update(recordKey(ref), change, { exists: true });
}

/** AWS answered this attempt and did not take the record; it stays in line. `reason` only where AWS judged the record itself. */
export async function notTaken(table: Table, ref: RecordRef, token: string, reason?: string): Promise<void> {
  const answered = { deleteFromSet: { unknown: token } };
  const waiting = await table.update(recordKey(ref), { ...answered, set: { reason } }, { equal: { state: "sealed" } });
  if (!waiting) await table.update(recordKey(ref), answered, { exists: true });
}

/** The record makes AWS refuse a whole request: it is tried again alone at `retryAt`. */
export async function setAside(
  table: Table,
  ref: RecordRef,
  token: string,
  reason: string,
  retryAt: Instant,
): Promise<void> {
  const key = recordKey(ref);
  const answered = { deleteFromSet: { unknown: token } };
  const waiting = await table.update(
    key,
    { ...answered, set: { reason, ...dueAttributes(key, "retry", retryAt) } },
    { equal: { state: "sealed" } },
  );
  if (!waiting) await table.update(key, answered, { exists: true });
}

/** Why a record is disputed of which nothing worse is known. */
export const UNKNOWN_OUTCOME = "the outcome of an attempt is unknown";

/** AWS holds another record for the key, or an unknown attempt may have been taken: what stands is for evidence to say. */
export async function dispute(table: Table, ref: RecordRef, reason: string, token?: string): Promise<boolean> {
  const key = recordKey(ref);
  const answered: Change = token === undefined ? {} : { deleteFromSet: { unknown: token } };
  const set = { state: "disputed", reason };
  const disputed = await table.update(
    key,
    { ...answered, set, remove: DUE_ATTRIBUTES },
    { equal: { state: "sealed" } },
  );
  if (!disputed && token !== undefined) await table.update(key, answered, { exists: true });
  return disputed;
}

/**
 * Ends a record whose time is over: `refused` where AWS gave a reason, else `expired`; but `disputed` where the outcome of any attempt is
 * unknown. Answers the state it ended in; undefined where the record changed since it was read.
 */
export async function endUnaccepted(
  table: Table,
  record: HourlyRecord,
): Promise<"refused" | "expired" | "disputed" | undefined> {
  if (record.unknown.size > 0) {
    const disputed = await dispute(table, record.ref, record.reason ?? UNKNOWN_OUTCOME);
    return disputed || (await readRecord(table, record.ref))?.state === "disputed" ? "disputed" : undefined;
  }
  const state = record.reason === undefined ? "expired" : "refused";
  const condition = asRead(record);
  const ended = await table.update(
    recordKey(record.ref),
    { set: { state, reason: record.reason ?? "not sent before its deadline" }, remove: DUE_ATTRIBUTES },
    { ...condition, absent: [...(condition.absent ?? []), "unknown"] },
  );
  if (ended) return state;
  // The first answer may have been lost: a record that ended as this one was to end has ended.
  const after = await readRecord(table, record.ref);
  return after?.state === state && after.attempts === record.attempts ? state : undefined;
}

const asRead = (record: HourlyRecord) =>
  record.attempts === 0
    ? { equal: { state: "sealed" }, absent: ["attempts"] }
    : { equal: { state: "sealed", attempts: record.attempts } };
