import assert from "node:assert/strict";
import type { Buyer, Meter } from "../../src/usage/buyers.ts";
import { parseEvent, type UsageEvent } from "../../src/usage/events.ts";
import { parseProducts } from "../../src/usage/products.ts";
import { parseStoredQuantity } from "../../src/usage/quantity.ts";

export const at = (text: string): number => Date.parse(text);

/** An hour of the day on which the tests play, `hour(10)` the one from 10:00 to 11:00; beyond 23 on the days after. */
export const hour = (n: number): number => at("2026-11-23T00:00:00Z") + n * 3_600_000;

/** A quantity of so many units: `units("0.5")`. */
export const units = (text: string): bigint => parseStoredQuantity(text);

export const license = (n = 1) => ({
  accountId: (111122223333 + n - 1).toString(),
  licenseArn: `arn:aws:license-manager:us-east-1:294406891311:license:l-${n}`,
});
export const customer = (n = 1) => ({ customerIdentifier: `cust-${n}` });

/** A meter of `analytics`, by its buyer's number. */
export const meterOf = (n = 1, dimension = "ApiCalls"): Meter => ({
  product: "analytics",
  buyer: license(n),
  dimension,
});

/** Two products, one of each integration. */
export const PRODUCTS_JSON = JSON.stringify({
  analytics: { integration: "license", dimensions: { ApiCalls: { price: "0.0002" }, GbHours: {} } },
  archive: { integration: "productCode", productCode: "archive-code", dimensions: { Gb: {} } },
});
export const PRODUCTS = parseProducts(PRODUCTS_JSON);

/** What a test says of a usage event; `quantity` as in JSON. */
export interface EventChanges {
  id?: string;
  product?: string;
  buyer?: Buyer;
  dimension?: string;
  quantity?: string | number;
  time?: string;
  tags?: Record<string, string>;
}

/** The body of a message: 5 ApiCalls of buyer 1 of `analytics` at 10:05, with these changes. */
export const eventBody = (changes: EventChanges & Record<string, unknown> = {}): string =>
  JSON.stringify({
    id: "evt-1",
    product: "analytics",
    buyer: license(),
    dimension: "ApiCalls",
    quantity: 5,
    time: "2026-11-23T10:05:00Z",
    ...changes,
  });

/** The usage event of that body. */
export function usageEvent(changes: EventChanges = {}): UsageEvent {
  const parsed = parseEvent(eventBody({ ...changes }));
  assert.ok("event" in parsed);
  return parsed.event;
}
