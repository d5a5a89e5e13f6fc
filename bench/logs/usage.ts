// What is metered: how much each meter used in each hour follows from their numbers alone, so that millions need not be kept.
import type { UsageRecord } from "../../sandbox/metering/request.ts";
import { HOUR, type Hour, type Instant, SECOND } from "../../src/usage/instants.ts";

/** Where everything happens. */
export const ACCOUNT = "999988887777";
export const REGION = "us-east-1";
export const START = Date.parse("2026-10-01T00:00:00Z");

const DIMENSIONS = ["ApiCalls", "GbHours", "Seats"];

/** A meter by its number: three dimensions of each buyer. */
export function meterOf(number: number) {
  const buyer = Math.floor(number / DIMENSIONS.length);
  return {
    dimension: DIMENSIONS[number % DIMENSIONS.length] as string,
    accountId: String(111_122_220_000 + buyer),
    licenseArn: `arn:aws:license-manager:us-east-1:294406891311:license:l-${buyer.toString(16).padStart(32, "0")}`,
  };
}

/** The last second of the hour in which it was used: another for each meter and hour. */
export const timestampOf = (meter: number, hour: Hour): Instant => hour + (mixed(meter, hour) % 3_600) * SECOND;

/** How much a meter used in an hour: another for each, so that no record could stand for another. */
export const quantityOf = (meter: number, hour: Hour): number => 1 + (mixed(hour / HOUR, meter) % 100_000);

const mixed = (a: number, b: number): number =>
  Math.imul(Math.imul(a + 1, 0x9e3779b1) ^ Math.imul((b % 0x7fffffff) + 1, 0x85ebca6b), 0xc2b2ae35) >>> 3;

/** The record as it is sent. */
export function wireRecord(meter: number, hour: Hour): UsageRecord {
  const { dimension, accountId, licenseArn } = meterOf(meter);
  return {
    Timestamp: timestampOf(meter, hour) / 1000,
    Dimension: dimension,
    Quantity: quantityOf(meter, hour),
    CustomerAWSAccountId: accountId,
    LicenseArn: licenseArn,
  };
}

/** Records that were made: how many meters have one, those of the first numbers, by the hours from `START` on. */
export type RecordCounts = readonly number[];

/** Each record that was made, in an order that has nothing to do with its hour or meter. */
export function* shuffledRecords(counts: RecordCounts): Iterable<{ readonly meter: number; readonly hour: Hour }> {
  const starts: number[] = [];
  let total = 0;
  for (const count of counts) {
    starts.push(total);
    total += count;
  }
  // Steps of a length that has no divisor in common with the total come past each once.
  let step = Math.floor(total * 0.618) + 1;
  while (divisor(step, total) !== 1) step += 1;
  for (let n = 0, at = 0; n < total; n++, at = (at + step) % total) {
    const index = lastUpTo(starts, at);
    yield { meter: at - (starts[index] as number), hour: START + index * HOUR };
  }
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** The last of these, in order, that is not above a value. */
function lastUpTo(starts: readonly number[], value: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] as number) <= value) low = middle;
    else high = middle;
  }
  return low;
}
