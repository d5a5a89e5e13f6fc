import { type Agreements, agreementEnd, firstCovered } from "./agreements.ts";
import { DAY, HOUR, type Hour, hourOf, type Instant, MINUTE } from "./instants.ts";

/** How far apart two clocks may be: a record is sealed this long after its timestamp and sent this long before its deadline. */
export const CLOCK_DIFFERENCE = 3 * MINUTE;

/** How far ahead of the clock the time of a usage event may lie. */
export const MOST_AHEAD = 5 * MINUTE;

/** A new claim keeps its own hour only if that hour's deadline is further away than this. */
export const ROOM_TO_SEND = HOUR;

/** AWS takes records up to 24 hours old (BatchMeterUsage, "up to 24 hours in the past"; it was 6 hours until mid 2026). */
const WINDOW = DAY;

/** AWS refuses a month's records after 06:00 UTC on the 1st of the next month (seller guide, SaaS metering). */
const MONTH_END = 6 * HOUR;

/** What AWS leaves for a buyer's last records after the agreement has ended (seller guide, "License Deprovisioned"). */
export const AFTER_AGREEMENT = HOUR;

/**
 * The last moment AWS takes a record: 24 hours after its timestamp, 06:00 UTC on the 1st of the next month, or an hour after the end of
 * the agreement that its timestamp lies in, whichever is first.
 */
export function deadline(timestamp: Instant, agreements: Agreements): Instant {
  const end = agreementEnd(agreements, timestamp);
  return Math.min(timestamp + WINDOW, monthEnd(timestamp), end === undefined ? Infinity : end + AFTER_AGREEMENT);
}

/** The last moment at which we still send a record: before its deadline by as much as clocks may differ. */
export const lastSend = (timestamp: Instant, agreements: Agreements): Instant =>
  deadline(timestamp, agreements) - CLOCK_DIFFERENCE;

/**
 * When an open record is due to be sealed: `grace` after the end of its hour or of the buyer's agreement, whichever is first, or half an
 * hour before the earliest deadline it can have if that is earlier. At once where the agreements leave nothing of the hour.
 */
export function sealTime(hour: Hour, grace: number, agreements: Agreements): Instant {
  const first = firstCovered(agreements, hour);
  if (first === undefined) return hour;
  const end = Math.min(hour + HOUR, agreementEnd(agreements, first) ?? Infinity);
  return Math.min(end + grace, deadline(first, agreements) - HOUR / 2);
}

/**
 * The timestamp of a record: the last instant of counted usage inside its hour, else `fallback` (the hour's first second); whole seconds.
 */
export function recordTimestamp(hour: Hour, times: Iterable<Instant>, fallback: Instant): Instant {
  let last: Instant | undefined;
  for (const time of times) if (hourOf(time) === hour && (last === undefined || time > last)) last = time;
  return last === undefined ? fallback : Math.floor(last / 1000) * 1000;
}

function monthEnd(timestamp: Instant): Instant {
  const date = new Date(timestamp);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) + MONTH_END;
}
