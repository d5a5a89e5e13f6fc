import { mkdirSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Evidence } from "../evidence/read.ts";
import { readWindow, type Window } from "../ledger/statement.ts";
import { dynamoTable } from "../ledger/table.ts";
import { reportCsv } from "../report/csv.ts";
import { exitCode } from "../report/exit-code.ts";
import { reportHtml } from "../report/html.ts";
import { formatReport, type Report } from "../report/report.ts";
import type { Instant } from "../usage/instants.ts";
import { productFinder } from "../verify/context.ts";
import { namedAsSent } from "../verify/file-buyers.ts";
import { fileMeters } from "../verify/file-meters.ts";
import { evidencedByHour, reportHours, submittedByHour, usedByHour } from "../verify/hours.ts";
import { ledgerSubmissions, ledgerUse } from "../verify/ledger.ts";
import { ledgerProducts } from "../verify/ledger-products.ts";
import { ledgerMeter, makeReport } from "../verify/make-report.ts";
import { movedUnits } from "../verify/moved.ts";
import { reconcile } from "../verify/reconcile.ts";
import type { IntegrityArgument, LogsArgument, SubmissionsArgument } from "./arguments.ts";
import { readLogs } from "./evidence.ts";
import { InputError } from "./input-error.ts";
import { naming } from "./naming.ts";
import { type Progress, showProgress } from "./progress.ts";
import { outsideWindow, readSubmissionsFile } from "./submissions/file.ts";
import type { Surroundings } from "./surroundings.ts";
import { reportTable } from "./table.ts";

/** What `verify` is told. */
export interface VerifyArguments {
  readonly logs: LogsArgument;
  readonly submissions: SubmissionsArgument;
  readonly window: Window;
  readonly account: string | undefined;
  readonly regions: readonly string[];
  readonly out: string | undefined;
  readonly integrity: IntegrityArgument;
  readonly format: "table" | "json" | "csv";
}

/** Compares what was submitted with what CloudTrail saw, and writes the report. Answers the exit code. Changes nothing but `--out`. */
export async function verify(given: VerifyArguments, around: Surroundings): Promise<0 | 1> {
  await checkOut(given.out);
  const progress = showProgress(around.stderr, around.clock.now, around.signal);
  try {
    const report = await makeReportOf(given, around, progress);
    progress.done();
    if (given.out !== undefined) writeReport(report, given.out);
    around.stdout.write(OUTPUTS[given.format](report));
    return exitCode(report);
  } finally {
    progress.done();
  }
}

const OUTPUTS = { table: reportTable, json: formatReport, csv: reportCsv } as const;

async function makeReportOf(given: VerifyArguments, around: Surroundings, progress: Progress): Promise<Report> {
  if (given.submissions.kind === "table") {
    // Before the ledger, which knows of every attempt before AWS does: no call can look as if the ledger did not know it.
    const evidence = await readEvidenceOf(given, around, progress);
    const { name } = given.submissions;
    return naming(`--submissions table:${name}`, () => reportOnLedger(name, given.window, evidence, around));
  }
  const { path } = given.submissions;
  return reportOnFile(path, given, around, progress);
}

async function reportOnFile(path: string, given: VerifyArguments, around: Surroundings, progress: Progress) {
  const { window } = given;
  const found = await stat(path);
  if (found.isDirectory()) throw new InputError(`--submissions ${path}: is a folder; give a file.`);
  // A pipe has no size.
  const ofBytes = found.size === 0 ? undefined : found.size;
  let bytes = 0;
  const onBytes = (count: number) => {
    bytes += count;
    progress.update("Submissions", { bytes, ofBytes });
  };
  const file = await readSubmissionsFile(path, window, { onBytes, signal: around.signal });
  progress.done();
  const note = outsideWindow(file, window);
  if (note !== undefined) around.stderr.write(`${note}\n`);
  const evidence = await readEvidenceOf(given, around, progress);
  const seen = [...evidence.events, ...(evidence.proof?.young ?? []), ...(evidence.proof?.failed ?? [])];
  const submissions = namedAsSent(file.submissions, seen, window);
  const meters = fileMeters(submissions, evidence.events, window);
  const reconciled = reconcile({
    window,
    now: nowBy(around, evidence),
    submissions,
    evidence,
    products: new Map(),
    submitter: undefined,
    used: file.used,
    regions: evidence.regions,
  });
  const taken = evidencedByHour(evidence.events, window, () => null);
  const hours = reportHours(window, { submitted: submittedByHour(submissions) }, taken);
  return makeReport(window, { meters, rejected: [], evidence, hours }, reconciled);
}

async function reportOnLedger(tableName: string, window: Window, evidence: Evidence, around: Surroundings) {
  const table = dynamoTable(new DynamoDBClient(), tableName);
  const ledger = await readWindow(table, window);
  const products = ledgerProducts(ledger.statements);
  const [region = ""] = evidence.regions;
  const { records, late } = await ledgerSubmissions({ table, products, region }, ledger, window, evidence);
  const submissions = [...records, ...late];
  const reconciled = reconcile({
    window,
    now: nowBy(around, evidence),
    submissions,
    evidence,
    products,
    submitter: undefined,
    used: await ledgerUse(table, window),
    regions: evidence.regions,
  });
  const meters = ledger.statements.map(ledgerMeter);
  const taken = evidencedByHour(evidence.events, window, productFinder({ products, submissions }));
  const hours = reportHours(window, { used: usedByHour(ledger.statements) }, taken);
  const moved = movedUnits(ledger.statements);
  return makeReport(window, { meters, rejected: ledger.rejected, evidence, hours, moved }, reconciled);
}

/** What time it is: at least that of the latest log file, since it has been delivered whatever the clock of this machine says. */
const nowBy = ({ clock }: Surroundings, { latestDelivery = 0 }: Evidence): Instant =>
  Math.max(clock.now(), latestDelivery);

async function readEvidenceOf(given: VerifyArguments, around: Surroundings, progress: Progress): Promise<Evidence> {
  const watching = { onProgress: (step: Parameters<Progress["update"]>[1]) => progress.update("Evidence", step) };
  const evidence = await readLogs(given, around, { ...watching, signal: around.signal });
  progress.done();
  for (const note of notesOn(evidence, given.logs)) around.stderr.write(`${note}\n`);
  return evidence;
}

/** How many keys a note names; the rest are counted. */
const MOST_NAMED = 20;

/** What the report has no place for and the reader must know of the evidence. */
function notesOn({ skipped, proof }: Evidence, logs: LogsArgument): string[] {
  const notes: string[] = [];
  if (!proof)
    notes.push(
      "The evidence was not checked against CloudTrail's digests: whoever can write the log files can change it.",
    );
  if (logs.kind === "lookup")
    notes.push(
      "LookupEvents reaches back 90 days, in one Region, and shows some calls only minutes after they were made.",
    );
  if (skipped.length > 0) {
    const more = skipped.length - MOST_NAMED;
    const named = [...skipped.slice(0, MOST_NAMED), ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
    notes.push(`Skipped ${skipped.length} beside the log files that are not log files by their names: ${named}.`);
  }
  return notes;
}

async function checkOut(out: string | undefined): Promise<void> {
  if (out === undefined) return;
  const found = await stat(out).catch(() => undefined);
  if (found && !found.isDirectory())
    throw new InputError(`--out ${out}: is not a folder; give the folder for the report.`);
}

function writeReport(report: Report, folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "report.json"), formatReport(report));
  writeFileSync(join(folder, "report.csv"), reportCsv(report));
  writeFileSync(join(folder, "report.html"), reportHtml(report));
}
