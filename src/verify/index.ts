import { CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Clock } from "../clock.ts";
import { listedPublicKeys } from "../evidence/public-keys.ts";
import { bucketSource } from "../evidence/source.ts";
import { dynamoTable } from "../ledger/table.ts";
import { observe, systemConsole } from "../observe.ts";
import { reportCsv } from "../report/csv.ts";
import { exitCode } from "../report/exit-code.ts";
import { reportHtml } from "../report/html.ts";
import { needsSomeone } from "../report/kinds.ts";
import { type Counts, formatReport, type Report } from "../report/report.ts";
import type { Environment } from "../settings.ts";
import { systemClock } from "../system.ts";
import { formatHour } from "../usage/instants.ts";
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

/** What a run of the verify function comes to. */
export interface Summary {
  /** The window, from its first hour up to, not including, its last, as in the report. */
  readonly from: string;
  readonly to: string;
  readonly counts: Counts;
  /** How many records evidence made `accepted` in this run. */
  readonly settled: number;
  /** How many records went back in line in this run, since evidence showed that AWS had not taken them. */
  readonly returned: number;
  /** How many of the findings need someone. */
  readonly forSomeone: number;
  /** 0 where the report needs no one, else 1. */
  readonly exitCode: 0 | 1;
  /** The keys of the report's files in the report bucket. */
  readonly files: Readonly<Record<"json" | "csv" | "html", string>>;
}

type Handler = (event: unknown) => Promise<Summary>;

/**
 * Makes the verify function: each call verifies `{ from, to }`, or the last 80 whole hours, and writes a report. Throws where a setting or
 * the event breaks its rules.
 */
export function create({ environment, clock, console, dynamodb, s3, cloudtrail }: Dependencies): Handler {
  const settings = readVerifySettings(environment);
  const table = dynamoTable(dynamodb, settings.tableName);
  const source = bucketSource(s3, settings.logBucket);
  const publicKeys = settings.integrity === "off" ? undefined : listedPublicKeys(() => cloudtrail);
  const { logger, metrics } = observe(environment, console);

  return async (event) => {
    const now = clock.now();
    const window = readVerifyWindow(event, now);
    const { report, settled, returned } = await verifyWindow({ ...settings, table, source, publicKeys }, window, now);
    const files = await writeReport(report, `reports/${formatHour(window.from)}`);
    const forSomeone = report.findings.filter(needsSomeone).length;
    metrics.addMetric("VerifyRuns", "Count", 1);
    metrics.addMetric("RecordsMatched", "Count", report.counts.matched ?? 0);
    metrics.addMetric("RecordsReturned", "Count", returned);
    metrics.addMetric("FindingsForSomeone", "Count", forSomeone);
    metrics.publishStoredMetrics();
    const { from, to, counts } = report;
    const summary = { from, to, counts, settled, returned, forSomeone, exitCode: exitCode(report), files };
    logger.info("Verified", { summary });
    return summary;
  };

  async function writeReport(report: Report, folder: string): Promise<Summary["files"]> {
    const files = { json: `${folder}/report.json`, csv: `${folder}/report.csv`, html: `${folder}/report.html` };
    const put = (Key: string, ContentType: string, Body: string) =>
      s3.send(new PutObjectCommand({ Bucket: settings.reportBucket, Key, ContentType, Body }));
    await put(files.csv, "text/csv; charset=utf-8", reportCsv(report));
    await put(files.html, "text/html; charset=utf-8", reportHtml(report));
    // Last, so that whoever finds it finds the others too.
    await put(files.json, "application/json", formatReport(report));
    return files;
  }
}

let real: Handler | undefined;

/** The verify function in Lambda. */
export const handler: Handler = (event) => {
  real ??= create({
    environment: process.env,
    clock: systemClock,
    console: systemConsole,
    dynamodb: new DynamoDBClient(),
    s3: new S3Client(),
    cloudtrail: new CloudTrailClient({ region: process.env.METERING_REGION ?? "" }),
  });
  return real(event);
};
