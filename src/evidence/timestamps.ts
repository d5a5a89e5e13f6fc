import { type Instant, parseTime } from "../usage/instants.ts";

/**
 * Reads a time as CloudTrail events write it, always as UTC: `Apr 19, 2018 4:32:50 PM` (newer runtimes: a comma after the year, a narrow
 * no-break space before the half of the day), ISO 8601 with or without a zone, or a number of seconds or milliseconds since 1970.
 * Undefined for anything else.
 */
export function parseEventTime(value: unknown): Instant | undefined {
  if (typeof value === "number") return parseEpoch(value);
  if (typeof value !== "string") return undefined;
  return (parseTime(value) ?? parseTime(`${value}Z`))?.instant ?? parseAmerican(value);
}

const AMERICAN = /^([A-Z][a-z]{2}) (\d{1,2}), (\d{4}),?\s(\d{1,2}):(\d\d):(\d\d)\s([AP])M$/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function parseAmerican(text: string): Instant | undefined {
  const [, name, day, year, hour, minute, second, half] = AMERICAN.exec(text) ?? [];
  const month = MONTHS.indexOf(name ?? "") + 1;
  const clock = Number(hour);
  if (month === 0 || clock < 1 || clock > 12) return undefined;
  const hours = (clock % 12) + (half === "P" ? 12 : 0);
  const two = (part: number | string | undefined) => String(part).padStart(2, "0");
  // `parseTime` refuses days, minutes and seconds that do not exist, where Date.UTC would count on.
  return parseTime(`${year}-${two(month)}-${two(day)}T${two(hours)}:${minute}:${second}Z`)?.instant;
}

function parseEpoch(value: number): Instant | undefined {
  if (!Number.isFinite(value) || value < 0) return undefined;
  // Seconds reach 1e11 in the year 5138, milliseconds passed it in 1973.
  return Math.round(value < 1e11 ? value * 1000 : value);
}
