import { productOfLicense } from "../ledger/claims.ts";
import { type Rejection, reject, wasRejected } from "../ledger/rejections.ts";
import type { Table } from "../ledger/table.ts";
import {
  canonicalContent,
  contentHash,
  parseEvent,
  type Refusal,
  refuse,
  show,
  type UsageEvent,
} from "../usage/events.ts";
import type { Instant } from "../usage/instants.ts";
import { checkEvent, type Products } from "../usage/products.ts";

/** A message of the usage queue. */
export interface Message {
  readonly body: string;
  readonly messageId: string;
  /** Names this delivery of it. */
  readonly delivery: string;
  /** How often it has been delivered, this time included. */
  readonly deliveries: number;
}

/** A message that was refused, and whether this was the first time. */
export interface Rejected {
  readonly rejected: true;
  readonly first: boolean;
}

/** Reads the usage event of a message, or keeps the message as a rejection that says what is wrong with it. */
export async function checkMessage(
  table: Table,
  products: Products,
  message: Message,
  now: Instant,
): Promise<UsageEvent | Rejected> {
  const parsed = parseEvent(message.body);
  if ("refusal" in parsed) return keepRejection(table, rejectionOf(message, parsed.refusal), now);
  const { event } = parsed;
  // A message that was rejected stays rejected when its acknowledgement was lost, whatever the clock says by now. Sent anew, it is judged anew.
  const hash = contentHash(canonicalContent(event));
  if (message.deliveries > 1 && (await wasRejected(table, hash, message.messageId)))
    return { rejected: true, first: false };
  const checked = checkEvent(event, products, now);
  if ("refusal" in checked) return keepRejection(table, rejectionOf(message, checked.refusal, event), now);
  if (!("licenseArn" in event.buyer)) return event;
  const owner = await productOfLicense(table, event.buyer.licenseArn, event.product);
  if (owner === event.product) return event;
  const { refusal } = refuse(
    "license-of-another-product",
    "buyer.licenseArn",
    `is ${show(event.buyer.licenseArn)}, a licence of ${owner}`,
  );
  return keepRejection(table, rejectionOf(message, refusal, event), now);
}

/** Keeps an event whose id stands for another content already: the first stands, this one is rejected. */
export function rejectConflict(table: Table, message: Message, event: UsageEvent, now: Instant): Promise<Rejected> {
  const rule = `is ${show(event.id)}, which was sent before with other content; give each usage event an id of its own`;
  return keepRejection(table, rejectionOf(message, refuse("conflict", "id", rule).refusal, event), now);
}

function rejectionOf({ body, messageId, delivery }: Message, refusal: Refusal, event?: UsageEvent): Rejection {
  const hash = contentHash(event ? canonicalContent(event) : body);
  return { ...refusal, hash, example: event?.id ?? show(body), body, messageId, delivery };
}

const keepRejection = async (table: Table, rejection: Rejection, now: Instant): Promise<Rejected> => ({
  rejected: true,
  first: await reject(table, rejection, now),
});
