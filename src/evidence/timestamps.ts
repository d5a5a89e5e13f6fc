import { type Instant, parseTime } from "../usage/instants.ts";

/**
 * Reads a time as CloudTrail events write it, always as UTC: `Apr 19, 2018 4:32:50 PM` (newer runtimes: a comma after the year, a narrow
 * no-break space before the half of the day), ISO 8601 with or without a zone, or a number of seconds or milliseconds since 1970.
 * Undefined for anything else.
 */
export function parseEventTime(value: unknown): Instant | undefined {
  if (typeof value === "number") return parseEpoch(value);
  if (typeof value !== "string") return undefined;
  return parseUsual(value) ?? parseAmerican(value) ?? (parseTime(value) ?? parseTime(`${value}Z`))?.instant;
}

// There is a time in every record, and a regular expression costs more than all the rest of reading one: so these two go by places.

/** Reads `2018-04-19T16:32:50Z`, the form of nearly all events. */
function parseUsual(text: string): Instant | undefined {
  if (text.length !== 20 || text[4] !== "-" || text[7] !== "-" || text[10] !== "T" || text[19] !== "Z")
    return undefined;
  const year = two(text, 0) * 100 + two(text, 2);
  const hour = two(text, 11);
  return hour < 24 ? instantOf(year, two(text, 5) - 1, two(text, 8), hour, text, 13) : undefined;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Reads `Apr 19, 2018 4:32:50 PM`; between its parts, any white space. */
function parseAmerican(text: string): Instant | undefined {
  const month = MONTHS.indexOf(text.slice(0, 3));
  const dayEnd = text[5] === "," ? 5 : 6;
  if (month < 0 || text[3] !== " " || text[dayEnd] !== "," || text[dayEnd + 1] !== " ") return undefined;
  const day = dayEnd === 5 ? two(`0${text[4]}`, 0) : two(text, 4);
  const year = two(text, dayEnd + 2) * 100 + two(text, dayEnd + 4);
  const space = text[dayEnd + 6] === "," ? dayEnd + 7 : dayEnd + 6;
  const hourEnd = text[space + 2] === ":" ? space + 2 : space + 3;
  const hour = hourEnd === space + 2 ? two(`0${text[space + 1]}`, 0) : two(text, space + 1);
  const half = text[hourEnd + 7];
  const rest = text.slice(hourEnd + 8);
  if (!isSpace(text[space]) || !isSpace(text[hourEnd + 6]) || rest !== "M" || (half !== "A" && half !== "P"))
    return undefined;
  if (!(hour >= 1 && hour <= 12)) return undefined;
  return instantOf(year, month, day, (hour % 12) + (half === "P" ? 12 : 0), text, hourEnd);
}

/** The instant of a time of which minutes and seconds stand in `text` from `at` on, as `:32:50`; undefined where there is no such. */
function instantOf(year: number, month: number, day: number, hour: number, text: string, at: number) {
  const minute = two(text, at + 1);
  const second = two(text, at + 4);
  if (text[at] !== ":" || text[at + 3] !== ":" || !(minute < 60 && second < 60)) return undefined;
  // Mostly it is the day of the time before.
  if (known.year !== year || known.month !== month || known.day !== day)
    known = { year, month, day, start: startOfDay(year, month, day) };
  return known.start === undefined ? undefined : known.start + ((hour * 60 + minute) * 60 + second) * 1000;
}

let known: {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly start: Instant | undefined;
} = { year: 1970, month: 0, day: 1, start: 0 };

function startOfDay(year: number, month: number, day: number): Instant | undefined {
  const start = Date.UTC(year, month, day);
  const date = new Date(start);
  // Date.UTC counts on from a day or month that does not exist, and takes the first hundred years for those of 1900.
  return date.getUTCDate() === day && date.getUTCMonth() === month && date.getUTCFullYear() === year
    ? start
    : undefined;
}

/** The number that two digits make; not a number where they are no digits. */
function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

const isSpace = (character: string | undefined): boolean => character === " " || /^\s$/.test(character ?? "");

function parseEpoch(value: number): Instant | undefined {
  if (!Number.isFinite(value) || value < 0) return undefined;
  // Seconds reach 1e11 in the year 5138, milliseconds passed it in 1973.
  return Math.round(value < 1e11 ? value * 1000 : value);
}
