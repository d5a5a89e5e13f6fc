import { type Sendable, toUsageRecord } from "../../src/submit/batches.ts";
import type { Allocation } from "../../src/usage/allocations.ts";
import { UNIT } from "../../src/usage/quantity.ts";
import { sealOf } from "./ledger.ts";
import { customer, hour, license } from "./usage.ts";

/** A sealed record, ready to be sent: `n` units of buyer `n` of a product, in the hour from 10:00. */
export function sendable(
  n = 1,
  { product = "analytics", alone = false, allocations = [] as readonly Allocation[] } = {},
): Sendable {
  const productCode = product === "analytics" ? undefined : `${product}-code`;
  const buyer = productCode === undefined ? license(n) : customer(n);
  const dimension = productCode === undefined ? "ApiCalls" : "Gb";
  const record = {
    ref: { meter: { product, buyer, dimension }, hour: hour(10) },
    state: "sealed" as const,
    seal: sealOf({ productCode, quantity: BigInt(n) * UNIT }),
    attempts: 0,
    unknown: new Set<string>(),
    lastAttemptAt: undefined,
    reason: undefined,
    returnedAt: undefined,
  };
  return { record, usageRecord: toUsageRecord(record, allocations), lastSend: hour(34), alone };
}
