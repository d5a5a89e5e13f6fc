import type { Refusal } from "../usage/events.ts";
import { hourOf, type Instant } from "../usage/instants.ts";
import { hourAttributes, rejectedBodyKey, rejectedMessageKey, rejectionKey } from "./keys.ts";
import { KEPT } from "./records.ts";
import type { Table } from "./table.ts";

/** A message that cannot be metered: kept whole, once, however often it is delivered. */
export interface Rejection extends Refusal {
  /** Names the content: two deliveries of one message share it. */
  readonly hash: string;
  /** The event's id, or where it has none the beginning of the body. */
  readonly example: string;
  readonly body: string;
  /** The message that brought it, and this delivery of that message. */
  readonly messageId: string;
  readonly delivery: string;
}

// DynamoDB takes items up to 400 KB, SQS messages up to 1 MB; a character has at most 4 bytes in UTF-8.
const CHARACTERS_A_CHUNK = 90_000;

/**
 * Keeps a rejection; answers whether it is new, also when the answer of an earlier try was lost. The rejection itself is written last, so that
 * one that can be seen is whole, and its message known.
 */
export async function reject(table: Table, rejection: Rejection, now: Instant): Promise<boolean> {
  const { hash, reason, field, message, example, body, messageId, delivery } = rejection;
  await table.put({ ...rejectedMessageKey(hash, messageId), expiresAt: Math.ceil((now + KEPT) / 1000) });
  if (await table.get(rejectionKey(hash))) return false;
  // Cut between characters, never inside one of two code units.
  const parts = body.match(new RegExp(`[^]{1,${CHARACTERS_A_CHUNK}}`, "gu")) ?? [];
  for (const [chunk, part] of parts.entries()) await table.put({ ...rejectedBodyKey(hash, chunk), body: part });
  const key = rejectionKey(hash);
  const item = {
    ...key,
    reason,
    field,
    message,
    example,
    chunks: parts.length,
    at: now,
    delivery,
    ...hourAttributes(key.pk, hourOf(now)),
  };
  return (await table.put(item, { exists: false })) || (await table.get(key))?.delivery === delivery;
}

/** Whether this very message was rejected, with this content. */
export const wasRejected = async (table: Table, hash: string, messageId: string): Promise<boolean> =>
  (await table.getMany([rejectionKey(hash), rejectedMessageKey(hash, messageId)])).length === 2;
