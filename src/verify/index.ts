import { CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import type { Context } from "aws-lambda";
import type { Clock } from "../clock.ts";
import { listedPublicKeys } from "../evidence/public-keys.ts";
import { bucketSource, type EvidenceSource } from "../evidence/source.ts";
import { memoryStore } from "../evidence/store.ts";
import type { Window } from "../ledger/statement.ts";
import { dynamoTable } from "../ledger/table.ts";
import { observe, systemConsole } from "../observe.ts";
import type { Environment } from "../settings.ts";
import { systemClock } from "../system.ts";
import { formatHour, formatInstant, type Instant, MINUTE } from "../usage/instants.ts";
import { type Summary, summarize, total } from "./answer.ts";
import { type DaysSummary, verifyDays } from "./days.ts";
import { writeReport } from "./files.ts";
import { type FindingCounter, findingCounter } from "./metrics.ts";
import { reportBucket } from "./report-bucket.ts";
import { verifyWindow } from "./run.ts";
import { readVerifySettings } from "./settings.ts";
import { readVerifyWindow } from "./window.ts";

/** What the verify function needs from outside. */
export interface Dependencies {
  readonly environment: Environment;
  readonly clock: Clock;
  /** Where logs and metrics are written. */
  readonly console: Console;
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  /** Of the metering Region: each Region's digests are signed with keys of its own. */
  readonly cloudtrail: CloudTrailClient;
}

type Handler = (event: unknown, context: Pick<Context, "getRemainingTimeInMillis">) => Promise<Summary | DaysSummary>;

/** How long before its time limit a run stops reading, so that what it has read is kept and reported. */
const HAND_OVER = MINUTE;

/**
 * Makes the verify function: each call verifies `{ from, to }`, or every day whose findings can still change, and writes reports. Throws where
 * a setting or the event breaks its rules.
 */
export function create({ environment, clock, console, dynamodb, s3, cloudtrail }: Dependencies): Handler {
  const settings = readVerifySettings(environment);
  const table = dynamoTable(dynamodb, settings.tableName);
  const source = bucketSource(s3, settings.logBucket);
  const publicKeys = settings.integrity === "off" ? undefined : listedPublicKeys(() => cloudtrail);
  const bucket = reportBucket(s3, settings.reportBucket);
  const verification = { ...settings, table, publicKeys };
  const { logger, metrics } = observe(environment, console);
  const onUnreadable = (error: unknown) => logger.warn("A summary of an earlier run counts as none", error as Error);

  return async (event, context) => {
    const now = clock.now();
    const until = now + Math.max(0, context.getRemainingTimeInMillis() - HAND_OVER);
    const window = readVerifyWindow(event);
    const findings = findingCounter();
    const summary = window
      ? await one(window, findings, now, until)
      : await verifyDays({ verification, source, bucket, clock, until, findings, onUnreadable }, now);
    const reports = "days" in summary ? summary.days : [summary];
    metrics.addMetric("VerifyRuns", "Count", 1);
    metrics.addMetric("RecordsMatched", "Count", total(reports.map(({ counts }) => counts.matched ?? 0)));
    metrics.addMetric("RecordsReturned", "Count", summary.returned);
    metrics.addMetric("FindingsForSomeone", "Count", summary.forSomeone);
    for (const [name, count] of findings.byMetric()) metrics.addMetric(name, "Count", count);
    metrics.addMetric("DaysLeft", "Count", "days" in summary ? summary.left.length : 0);
    metrics.addMetric("LogFilesLeft", "Count", "days" in summary ? summary.logFilesLeft : 0);
    metrics.publishStoredMetrics();
    logger.info("Verified", { summary });
    return summary;
  };

  async function one(window: Window, findings: FindingCounter, now: Instant, until: Instant): Promise<Summary> {
    // Read from the first to the last log file, whatever is kept of them: somebody wants to know.
    const inTime: EvidenceSource = {
      ...source,
      read: (key) => (clock.now() < until ? source.read(key) : Promise.reject(tooLong(window))),
    };
    const verified = await verifyWindow({ ...verification, source: inTime, store: memoryStore() }, window, now);
    findings.add(verified.report.findings);
    return summarize(verified, await writeReport(bucket, verified.report, formatHour(window.from)));
  }
}

const tooLong = ({ from, to }: Window): Error =>
  new Error(
    `The log files of ${formatInstant(from)} to ${formatInstant(to)} are more than a run can read in its time; give a shorter window, or verify it with the command line.`,
  );

let real: Handler | undefined;

/** The verify function in Lambda. */
export const handler: Handler = (event, context) => {
  real ??= create({
    environment: process.env,
    clock: systemClock,
    console: systemConsole,
    dynamodb: new DynamoDBClient(),
    s3: new S3Client(),
    cloudtrail: new CloudTrailClient({ region: process.env.METERING_REGION ?? "" }),
  });
  return real(event, context);
};
