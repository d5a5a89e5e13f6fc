import { reportCsv } from "../report/csv.ts";
import { type DaySummary, formatDay, parseDay } from "../report/day.ts";
import { reportHtml } from "../report/html.ts";
import { type IndexedMonth, indexHtml } from "../report/index-html.ts";
import { buildMonth, formatMonth, monthOf, monthText, parseMonth } from "../report/month.ts";
import { monthHtml } from "../report/month-html.ts";
import { formatReport, type Report } from "../report/report.ts";
import { formatInstant, type Instant, parseTime } from "../usage/instants.ts";
import type { ReportBucket } from "./report-bucket.ts";
import type { VerifiedDay } from "./window.ts";

/** The keys of a report's files in the report bucket. */
export type ReportFiles = Readonly<Record<"json" | "csv" | "html", string>>;

const ROOT = "reports/";
const JSON_TYPE = "application/json";
const HTML_TYPE = "text/html; charset=utf-8";

/** Writes a report's files to a folder of the report bucket: `2026-11-23` for a day, `2026-11-23T10` for a window from that hour on. */
export async function writeReport(bucket: ReportBucket, report: Report, folder: string): Promise<ReportFiles> {
  const path = `${ROOT}${folder}`;
  const files = { json: `${path}/report.json`, csv: `${path}/report.csv`, html: `${path}/report.html` };
  await bucket.write(files.csv, "text/csv; charset=utf-8", reportCsv(report));
  await bucket.write(files.html, HTML_TYPE, reportHtml(report));
  // Last, so that whoever finds it finds the others too.
  await bucket.write(files.json, JSON_TYPE, formatReport(report));
  return files;
}

/** Writes what a month needs of a day, beside the day's report. */
export const writeDay = (bucket: ReportBucket, day: DaySummary): Promise<void> =>
  bucket.write(`${ROOT}${day.from.slice(0, 10)}/summary.json`, JSON_TYPE, formatDay(day));

/** What earlier runs wrote. */
export interface Written {
  /** Keys in the folder of all reports. */
  readonly keys: readonly string[];
  /** Without their meters, which only their own pages show. */
  readonly months: readonly IndexedMonth[];
}

/** Finds what earlier runs wrote. A month that cannot be read counts as none, and is told to `onUnreadable`: its days are verified again. */
export async function readWritten(bucket: ReportBucket, onUnreadable: (error: unknown) => void): Promise<Written> {
  const keys = await bucket.list(ROOT);
  const months: IndexedMonth[] = [];
  for (const key of keys.filter((each) => /^reports\/\d{4}-\d\d\/summary\.json$/.test(each))) {
    const bytes = await bucket.read(key);
    const month = readable(() => parseMonth(decode(bytes)), onUnreadable);
    if (month) months.push(withoutMeters(month));
  }
  return { keys, months };
}

/** The days of which there are reports, each as its first instant. One that no month knows counts as verified long ago. */
export function verifiedDays({ keys, months }: Written): Map<Instant, VerifiedDay> {
  const texts = keys.flatMap((key) => /^reports\/(\d{4}-\d\d-\d\d)\//.exec(key)?.[1] ?? []);
  const instants = texts.flatMap((text) => parseTime(`${text}T00:00:00Z`)?.instant ?? []);
  const days = new Map(instants.map((day) => [day, { verifiedAt: 0, isFinal: false }]));
  for (const day of months.flatMap((month) => month.days))
    days.set(instantOf(day.from), { verifiedAt: instantOf(day.verifiedAt), isFinal: day.final });
  return days;
}

/**
 * Writes the summaries of the months that days lie in anew, of all their days, one in memory at a time; answers the keys of their pages. A day that
 * cannot be read is missing, and is told to `onUnreadable`.
 */
export async function writeMonths(
  bucket: ReportBucket,
  days: readonly Instant[],
  now: Instant,
  onUnreadable: (error: unknown) => void,
): Promise<{ months: IndexedMonth[]; files: string[] }> {
  const months: IndexedMonth[] = [];
  const files: string[] = [];
  for (const start of [...new Set(days.map(monthOf))].sort((a, b) => a - b)) {
    const name = monthText(start);
    const keys = (await bucket.list(`${ROOT}${name}-`)).filter((key) => /\/\d{4}-\d\d-\d\d\/summary\.json$/.test(key));
    const builder = buildMonth(start);
    for (const key of keys) {
      const bytes = await bucket.read(key);
      const day = readable(() => parseDay(decode(bytes)), onUnreadable);
      if (day) builder.add(day);
    }
    const month = builder.end(now);
    await bucket.write(`${ROOT}${name}/summary.html`, HTML_TYPE, monthHtml(month));
    await bucket.write(`${ROOT}${name}/summary.json`, JSON_TYPE, formatMonth(month));
    months.push(withoutMeters(month));
    files.push(`${ROOT}${name}/summary.html`);
  }
  return { months, files };
}

/** Writes the page that leads to all reports; answers its key. */
export async function writeIndex(
  bucket: ReportBucket,
  { keys, months }: Written,
  { writtenAt, left }: { readonly writtenAt: Instant; readonly left: readonly Instant[] },
): Promise<string> {
  const key = `${ROOT}index.html`;
  const windows = keys.flatMap((each) => /^reports\/(\d{4}-\d\d-\d\dT\d\d)\/report\.html$/.exec(each)?.[1] ?? []);
  const page = indexHtml({ writtenAt: formatInstant(writtenAt), months, windows, left: left.map(formatInstant) });
  await bucket.write(key, HTML_TYPE, page);
  return key;
}

function readable<T>(read: () => T, onUnreadable: (error: unknown) => void): T | undefined {
  try {
    return read();
  } catch (error) {
    onUnreadable(error);
    return undefined;
  }
}

const withoutMeters = <Month extends IndexedMonth>({ meters: _, ...month }: Month & { meters?: unknown }) => month;

const instantOf = (text: string): Instant => parseTime(text)?.instant as Instant;

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
