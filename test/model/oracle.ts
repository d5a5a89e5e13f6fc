// What should be, worked out from what was sent and from AWS's rules: it shares no arithmetic and no rule with the code it judges.
import type { BilledRecord } from "../../sandbox/metering/books.ts";
import type { RecordRef } from "../../src/ledger/keys.ts";
import type { Buyer, Meter } from "../../src/usage/buyers.ts";
import { canonicalContent, contentHash, parseEvent } from "../../src/usage/events.ts";
import { license } from "../support/usage.ts";
import type { SentEvent, World } from "./world.ts";

export const UNIT = 1_000_000_000n;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** One text for a meter, whoever names it. */
export const meterText = ({
  product,
  buyer,
  dimension,
}: {
  product: string;
  buyer: Buyer;
  dimension: string;
}): string => JSON.stringify([product, "licenseArn" in buyer ? buyer.licenseArn : buyer.customerIdentifier, dimension]);

/** The usage that was sent and claimed, by meter: each id once, with the content that stands. */
export function claimedUsage(world: World): Map<string, bigint> {
  const counted = new Set<string>();
  const usage = new Map<string, bigint>();
  for (const event of world.sent) {
    const pk = `C#${event.product}#${event.id}`;
    if (counted.has(pk) || world.store.partitions.get(pk)?.get("claim")?.hash !== hashOf(event)) continue;
    counted.add(pk);
    usage.set(meterText(event), (usage.get(meterText(event)) ?? 0n) + billionths(event.quantity));
  }
  return usage;
}

/** How many contents were sent under an id that stands for another one. */
export function conflictsSent(world: World): number {
  const contents = new Set(world.sent.map((event) => `${event.product} ${event.id} ${hashOf(event)}`));
  return contents.size - new Set(world.sent.map((event) => `${event.product} ${event.id}`)).size;
}

/** The last moment at which AWS takes usage of a meter with this timestamp: a day later, before the month is closed, an hour after the agreement. */
export function lastMoment(world: World, meter: Meter, timestamp: number): number {
  const date = new Date(timestamp);
  const monthCloses = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1, 6);
  return Math.min(timestamp + 24 * HOUR, monthCloses, endOf(world, meter) + HOUR);
}

/** Whether a usage event of this time may have been too late for any hour by now, or has no hour that it could be billed in. */
export const mayHaveExpired = (world: World, meter: Meter, time: number): boolean =>
  isOver(world, lastMoment(world, meter, time)) || isOver(world, endOf(world, meter));

/** Whether a moment may have passed by any clock, with the 3 minutes by which everything is sent before it is too late. */
export const isOver = (world: World, moment: number): boolean => world.now + world.setting.skew + 3 * MINUTE >= moment;

const endOf = ({ agreementEnd }: World, { buyer }: Meter): number =>
  agreementEnd !== undefined && "licenseArn" in buyer && buyer.licenseArn === license(1).licenseArn
    ? agreementEnd
    : Infinity;

/** The record that a line of the service's books is about. A product's code is its key and `-code`. */
export const refOfLine = ({ productCode, buyer, dimension, hour }: BilledRecord): RecordRef => ({
  meter: { product: productCode.replace(/-code$/, ""), buyer, dimension },
  hour: Date.parse(hour),
});

/** The whole units that the service billed, by meter. */
export function billedUnits(lines: readonly BilledRecord[]): Map<string, bigint> {
  const units = new Map<string, bigint>();
  for (const line of lines) {
    const meter = meterText(refOfLine(line).meter);
    units.set(meter, (units.get(meter) ?? 0n) + line.quantity);
  }
  return units;
}

/** Claims tell contents apart by their hash alone. */
function hashOf(event: SentEvent): string {
  const parsed = parseEvent(JSON.stringify(event));
  if (!("event" in parsed)) throw new Error(`The model sent a wrong event: ${parsed.refusal.message}`);
  return contentHash(canonicalContent(parsed.event));
}

function billionths(quantity: string): bigint {
  const [whole = "", decimals = ""] = quantity.split(".");
  return BigInt(whole + decimals.padEnd(9, "0"));
}
