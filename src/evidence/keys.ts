import { DAY, type Instant, MINUTE } from "../usage/instants.ts";

/** Where a trail writes one account's log files of one Region. */
export interface LogLocation {
  /** What stands before `AWSLogs/` in the bucket, without slashes at its ends; none by default. */
  readonly prefix?: string | undefined;
  /** The organization's id (`o-…`), where the trail is an organization's; none by default. */
  readonly organization?: string | undefined;
  readonly account: string;
  readonly region: string;
}

/** What the key of a log file says. Its time is that of delivery: the file may hold events of any earlier moment. */
export interface LogKey extends LogLocation {
  readonly deliveredAt: Instant;
}

// CloudTrail user guide, "Finding your CloudTrail log files": the folder says CloudTrail, where digests and Insights events say
// CloudTrail-Digest and CloudTrail-Insight, and account and Region stand in it twice.
const LOG_KEY =
  /^(?:(.+)\/)?AWSLogs\/(?:(o-[a-z0-9]+)\/)?(\d{12})\/CloudTrail\/([a-z0-9-]+)\/(\d{4})\/(\d\d)\/(\d\d)\/\3_CloudTrail_\4_\5\6\7T([01]\d|2[0-3])([0-5]\d)Z_[^/]+\.json\.gz$/;

/** Reads the key of a log file; undefined for anything else, such as digests and Insights events. */
export function parseLogKey(key: string): LogKey | undefined {
  const match = LOG_KEY.exec(key);
  if (!match) return undefined;
  const [, prefix, organization, account, region, year, month, day, hour, minute] = match;
  return {
    prefix,
    organization,
    account: account as string,
    region: region as string,
    deliveredAt: Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute)),
  };
}

/** What the keys of one account's, Region's and delivery day's log files, or digests, start with. */
export function dayPrefix(
  { prefix, organization, account, region }: LogLocation,
  day: Instant,
  kind: "CloudTrail" | "CloudTrail-Digest" = "CloudTrail",
): string {
  const date = new Date(day).toISOString().slice(0, 10).replaceAll("-", "/");
  return [prefix, "AWSLogs", organization, account, kind, region, date, ""]
    .filter((part) => part !== undefined)
    .join("/");
}

/** The UTC days, each as its first instant, on which something that happened from `from` to `to` may have been delivered up to `to`. */
export function deliveryDays(from: Instant, to: Instant): Instant[] {
  const days: Instant[] = [];
  for (let day = Math.floor(from / DAY) * DAY; day <= to; day += DAY) days.push(day);
  return days;
}

/** Keys tell the minute of delivery only, so a file of the minute in which `instant` lies may hold what happened at it. */
export const deliveredSince = (key: LogKey, instant: Instant): boolean => key.deliveredAt > instant - MINUTE;
