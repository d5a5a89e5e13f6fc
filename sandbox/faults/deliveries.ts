// Faults of a standard queue's deliveries.
import type { Message } from "@aws-sdk/client-sqs";
import type { Delivery } from "../account/interference.ts";
import { type Random, shuffled } from "../metering/identifiers.ts";
import type { QueueFault } from "./fault.ts";

/** What becomes of a batch under these faults. */
export function deliveryWith(faults: readonly QueueFault[], messages: readonly Message[], random: Random): Delivery {
  let handed = [...messages];
  const kept = new Set<string>();
  for (const { name } of faults) {
    if (name === "out-of-order") handed = shuffled(random, handed).slice(0, Math.ceil(handed.length / 2));
    else {
      const struck =
        name === "partial-failure" ? shuffled(random, handed).slice(0, Math.ceil(handed.length / 2)) : handed;
      for (const { MessageId = "" } of struck) kept.add(MessageId);
    }
  }
  return { handed, kept };
}
