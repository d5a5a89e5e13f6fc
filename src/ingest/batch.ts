import pMap from "p-map";
import type { Table } from "../ledger/table.ts";
import type { UsageEvent } from "../usage/events.ts";
import type { Instant } from "../usage/instants.ts";
import type { Products } from "../usage/products.ts";
import { checkMessage, type Message, type Rejected, rejectConflict } from "./check.ts";
import { type Place, placeEvents } from "./place.ts";

/** What putting messages into the ledger needs. */
export interface Ingester {
  readonly table: Table;
  readonly products: Products;
  /** How long after its end an hour is sealed, in milliseconds. */
  readonly grace: number;
  /** Takes the errors that leave a message queued. */
  readonly onError: (error: unknown) => void;
  /** Told of each message that is rejected for the first time. */
  readonly onRejected: (message: Message) => void;
}

/** What became of a message. `queued`: it must be delivered again; `…-before`: it is a delivery of something already kept. */
export type Fate = Exclude<Place, "conflict"> | "rejected" | "rejected-before";

const CHECKS_AT_ONCE = 16;

/** Puts a batch of messages into the ledger, as usage events or rejections, and answers what became of each, in order. Never throws. */
export async function ingestBatch(ingester: Ingester, messages: readonly Message[], now: Instant): Promise<Fate[]> {
  const { table, products, grace, onError, onRejected } = ingester;
  const fates: Fate[] = messages.map(() => "queued");
  const accepted: { index: number; message: Message; event: UsageEvent }[] = [];
  const checked = await pMap(messages, (message) => guarded(() => checkMessage(table, products, message, now)), {
    concurrency: CHECKS_AT_ONCE,
  });
  for (const [index, message] of messages.entries()) {
    const result = checked[index];
    if (result === undefined) continue;
    if ("rejected" in result) fates[index] = rejected(message, result);
    else accepted.push({ index, message, event: result });
  }
  const delivered = accepted.map(({ event, message: { delivery } }) => ({ event, delivery }));
  const places = await placeEvents(table, { grace, onError }, delivered, now);
  for (const [at, { index, message, event }] of accepted.entries()) {
    const place = places[at] ?? "queued";
    if (place !== "conflict") fates[index] = place;
    else {
      const result = await guarded(() => rejectConflict(table, message, event, now));
      if (result) fates[index] = rejected(message, result);
    }
  }
  return fates;

  function rejected(message: Message, { first }: Rejected): Fate {
    if (first) onRejected(message);
    return first ? "rejected" : "rejected-before";
  }

  /** Nothing that goes wrong with one message keeps the others from the ledger. */
  async function guarded<T>(act: () => Promise<T>): Promise<T | undefined> {
    try {
      return await act();
    } catch (error) {
      onError(error);
      return undefined;
    }
  }
}
