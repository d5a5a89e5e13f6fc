import type { Clock } from "../clock.ts";
import type { PublicKeySource } from "../evidence/public-keys.ts";
import type { BucketSource } from "../evidence/source.ts";
import type { Window } from "../ledger/statement.ts";
import { formatInstant, type Instant } from "../usage/instants.ts";
import { type Summary, summarize, total } from "./answer.ts";
import { summarizeDay } from "./day.ts";
import { readWritten, verifiedDays, writeDay, writeIndex, writeMonths, writeReport } from "./files.ts";
import { type EvidenceOfDay, keepEvidence, OutOfTimeError } from "./kept-evidence.ts";
import type { FindingCounter } from "./metrics.ts";
import type { ReportBucket } from "./report-bucket.ts";
import { type Verification, type Verified, verifyWindow } from "./run.ts";
import { daysToVerify, isSettled } from "./window.ts";

/** What a run over days needs. */
interface DaysRun {
  readonly verification: Verification & { readonly publicKeys: PublicKeySource | undefined };
  /** The trail's bucket. */
  readonly source: BucketSource;
  readonly bucket: ReportBucket;
  readonly clock: Pick<Clock, "now">;
  /** When the run has to come to its end. */
  readonly until: Instant;
  readonly findings: FindingCounter;
  /** Told why what an earlier run wrote cannot be read. */
  onUnreadable(error: unknown): void;
}

/** What a run over days came to: a summary of each day's report, and of all of them together. */
export interface DaysSummary extends Pick<Summary, "settled" | "returned" | "forSomeone" | "exitCode"> {
  readonly days: readonly Summary[];
  /** The days, by their first instants, that the run did not come to the end of: the next one goes on. */
  readonly left: readonly string[];
  /** How many log files of the first of them are still to be read. */
  readonly logFilesLeft: number;
  /** The keys of the pages of the days' months, and of the page that leads to all reports. */
  readonly months: readonly string[];
  readonly index: string;
}

/**
 * Verifies each day whose findings can still change, and writes a report of each, what its month comes to, and the page that leads to them. A day
 * whose evidence cannot be read in time keeps the report of an earlier run: half-read evidence would show records as missing that are not.
 */
export async function verifyDays(run: DaysRun, now: Instant): Promise<DaysSummary> {
  const { verification, source, bucket, clock, until, findings, onUnreadable } = run;
  const wantsHash = verification.publicKeys !== undefined;
  const kept = keepEvidence({ bucket, source, wantsHash, now: clock.now, until });
  const written = await readWritten(bucket, onUnreadable);
  const windows = daysToVerify(verifiedDays(written), now);
  const days: Summary[] = [];
  let logFilesLeft = 0;
  let longest = 0;
  for (const window of windows) {
    const begun = clock.now();
    // A day that would not be done in time is left, or Lambda would end the run before the pages are written.
    if (begun + longest > until) break;
    const evidence = kept.dayOf(window.from);
    try {
      const verified = await inTime(() => verifyDay(verification, evidence, window, now));
      if (!verified) {
        logFilesLeft = evidence.logFilesLeft();
        break;
      }
      findings.add(verified.report.findings);
      days.push(await writeVerified(bucket, verified, window, now));
    } finally {
      await kept.flush();
    }
    longest = Math.max(longest, clock.now() - begun);
  }
  const [done, left] = [windows.slice(0, days.length), windows.slice(days.length)].map((some) =>
    some.map(({ from }) => from),
  ) as [Instant[], Instant[]];
  const { months, files } = await writeMonths(bucket, done, now, onUnreadable);
  const anew = new Set(months.map(({ month }) => month));
  const all = [...written.months.filter(({ month }) => !anew.has(month)), ...months];
  return {
    days,
    left: left.map(formatInstant),
    logFilesLeft,
    months: files,
    index: await writeIndex(bucket, { ...written, months: all }, { writtenAt: now, left }),
    settled: total(days.map(({ settled }) => settled)),
    returned: total(days.map(({ returned }) => returned)),
    forSomeone: findings.forSomeone(),
    exitCode: days.some(({ exitCode }) => exitCode === 1) ? 1 : 0,
  };
}

async function verifyDay(
  verification: DaysRun["verification"],
  { source, store, complete }: EvidenceOfDay,
  window: Window,
  now: Instant,
): Promise<Verified> {
  const verified = await verifyWindow({ ...verification, source, store }, window, now);
  await complete();
  return verified;
}

async function writeVerified(bucket: ReportBucket, verified: Verified, window: Window, now: Instant): Promise<Summary> {
  const { report, statements } = verified;
  const files = await writeReport(bucket, report, formatInstant(window.from).slice(0, 10));
  await writeDay(bucket, summarizeDay(report, statements, { verifiedAt: now, isFinal: isSettled(window, now) }));
  return summarize(verified, files);
}

/** What something comes to; undefined where time is over before it does. */
async function inTime<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OutOfTimeError) return undefined;
    throw error;
  }
}
