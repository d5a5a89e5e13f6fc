// The metering service in a process of its own, so that what its log says owes nothing to the submitter's event loop. One answer a message.
import type { Fault } from "../../sandbox/metering/faults.ts";
import type { Listing } from "../../sandbox/metering/listing.ts";
import type { Quota } from "../../sandbox/metering/quota.ts";
import { type Metering, startMetering } from "../../sandbox/metering/server.ts";
import { systemClock, systemRandom } from "../../src/system.ts";
import type { Call, Line } from "./figures.ts";

/** What can be asked of the process. `start` comes first. */
export type Question =
  | { readonly ask: "start"; readonly listing: Listing; readonly quota: Quota; readonly latency: number }
  | { readonly ask: "inject"; readonly faults: readonly Fault[] }
  | { readonly ask: "log" };

/** What the service saw and what it would bill. */
export interface Log {
  readonly calls: readonly Call[];
  readonly lines: readonly Line[];
}

let metering: Metering | undefined;

process.on("message", async (question: Question) => {
  process.send?.(await answer(question));
});
process.on("disconnect", () => process.exit());

async function answer(question: Question): Promise<unknown> {
  if (question.ask === "start") {
    const { listing, quota, latency } = question;
    const role = { roleArn: `arn:aws:iam::${listing.sellerAccountId}:role/submit`, sessionName: "submit" };
    const authorize = () => ({ allowed: true as const, ...role });
    metering = await startMetering({
      listing,
      quota,
      latency,
      authorize,
      clock: systemClock,
      random: systemRandom,
    });
    return metering.endpoint;
  }
  if (metering === undefined) throw new Error("The metering service was asked before it was started.");
  if (question.ask === "inject") return metering.inject(...question.faults) ?? "injected";
  return logOf(metering);
}

const logOf = ({ calls, billed }: Metering): Log => ({
  calls: calls.map(({ at, request, error }) => ({
    at,
    records: request?.UsageRecords.length ?? 0,
    error: error?.name,
  })),
  lines: billed().map(({ buyer, dimension, quantity }) => ({
    key: JSON.stringify([buyer, dimension]),
    units: quantity,
  })),
});
