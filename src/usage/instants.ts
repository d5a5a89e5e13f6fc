/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

/** The instant at which a UTC hour begins. */
export type Hour = number;

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The UTC hour that an instant lies in. */
export const hourOf = (instant: Instant): Hour => Math.floor(instant / HOUR) * HOUR;

/** An instant as ISO 8601 in UTC: whole seconds where it has no fraction. */
export const formatInstant = (instant: Instant): string => new Date(instant).toISOString().replace(".000Z", "Z");

/** An hour as it stands in keys: `2026-11-23T10`. Sorts as time does. */
export const formatHour = (hour: Hour): string => new Date(hour).toISOString().slice(0, 13);

/** Reads what `formatHour` wrote; throws on any other text. */
export function parseHour(text: string): Hour {
  const instant = /^\d{4}-\d\d-\d\dT\d\d$/.test(text) ? Date.parse(`${text}:00:00Z`) : Number.NaN;
  if (Number.isNaN(instant))
    throw new Error(`The stored hour ${JSON.stringify(text)} is not of the form 2026-11-23T10.`);
  return instant;
}

const TIME =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:[.,](\d{1,9}))?)?(Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)$/;

/** A point in time as an application wrote it: its millisecond, and its canonical text to the last digit given. */
export interface Time {
  readonly instant: Instant;
  readonly text: string;
}

/**
 * Reads ISO 8601 with a zone (`Z` or an offset); undefined where the text is anything else, names a day that does not exist, or lies outside
 * the years 0000 to 9999 in UTC.
 */
export function parseTime(text: string): Time | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as number[];
  const local = new Date(Date.UTC(year as number, (month as number) - 1, day, hour, minute, second));
  local.setUTCFullYear(year as number);
  if (local.getUTCMonth() !== (month as number) - 1 || local.getUTCDate() !== day) return undefined;
  const decimals = (match[7] ?? "").replace(/0+$/, "");
  const seconds = local.getTime() - offset(match[8] as string);
  const iso = new Date(seconds).toISOString();
  if (iso.length !== "2026-11-23T10:05:00.000Z".length) return undefined;
  const text_ = iso.slice(0, 19);
  return {
    instant: seconds + Number(decimals.slice(0, 3).padEnd(3, "0")),
    text: decimals === "" ? `${text_}Z` : `${text_}.${decimals}Z`,
  };
}

function offset(zone: string): number {
  if (zone === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(":", "") || "0");
  return (zone.startsWith("-") ? -1 : 1) * (hours * HOUR + minutes * MINUTE);
}
