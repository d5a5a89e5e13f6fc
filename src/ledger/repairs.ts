import type { Instant } from "../usage/instants.ts";
import { UNKNOWN_OUTCOME } from "./attempts.ts";
import { DUE_ATTRIBUTES, dueAttributes, type RecordRef, recordKey } from "./keys.ts";
import { type RecordState, readRecord } from "./records.ts";
import type { Change, Table } from "./table.ts";

/** What a record was when it was read: a repair holds only while nobody has tried to send it since. */
export interface Attempted {
  readonly ref: RecordRef;
  readonly state: RecordState;
  readonly attempts: number;
  readonly reason?: string | undefined;
}

/** Reasons that are none of AWS's for not taking a record. */
const NO_VERDICTS: readonly (string | undefined)[] = [undefined, UNKNOWN_OUTCOME, "DuplicateRecord"];

/** Stands for all attempts before a record went back in line: none of them is known to have been taken or not. */
const EARLIER = "earlier";

/**
 * Puts a record back in line, once, that the ledger held for accepted or disputed and evidence shows AWS never took. Its earlier attempts count
 * as unknown. Answers whether it is in line by this call: false where it changed since it was read, or went back before.
 */
export async function putBack(table: Table, record: Attempted, lastSend: Instant, now: Instant): Promise<boolean> {
  const { ref, state, attempts } = record;
  const key = recordKey(ref);
  const change: Change = {
    set: { state: "sealed", returnedAt: now, ...dueAttributes(key, "send", lastSend) },
    remove: ["reason", "acceptedAt", "meteringRecordId"],
    addToSet: { unknown: EARLIER },
  };
  if (await table.update(key, change, { equal: { state, attempts }, absent: ["returnedAt"] })) return true;
  // The first answer may have been lost.
  const after = await readRecord(table, ref);
  return after?.returnedAt === now && after.attempts === attempts;
}

/**
 * Ends a disputed record that evidence shows AWS never took, and that can be sent no more, unless it changed since it was read: `refused` where
 * AWS gave a reason, else `expired`.
 */
export async function endDisputed(table: Table, { ref, attempts, reason }: Attempted): Promise<void> {
  const change: Change = {
    set: NO_VERDICTS.includes(reason)
      ? { state: "expired", reason: "CloudTrail shows none of its attempts, and its deadline has passed" }
      : { state: "refused" },
    remove: [...DUE_ATTRIBUTES, "unknown"],
  };
  await table.update(recordKey(ref), change, { equal: { state: "disputed", attempts } });
}
