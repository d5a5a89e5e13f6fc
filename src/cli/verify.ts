import { mkdirSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { EvidenceByDay } from "../evidence/evidence.ts";
import type { Window } from "../ledger/statement.ts";
import { reportCsv } from "../report/csv.ts";
import { exitCode } from "../report/exit-code.ts";
import { reportHtml } from "../report/html.ts";
import { formatReport, type Report } from "../report/report.ts";
import { HOUR, type Hour, type Instant } from "../usage/instants.ts";
import type { IntegrityArgument, LogsArgument, SubmissionsArgument } from "./arguments.ts";
import { readLogs } from "./evidence.ts";
import { spillingStore } from "./evidence-store.ts";
import { reportOnFile } from "./file-report.ts";
import { InputError } from "./input-error.ts";
import { reportOnLedger } from "./ledger-report.ts";
import { naming } from "./naming.ts";
import { type Progress, showProgress } from "./progress.ts";
import { outsideWindow, readSubmissionsFile, withWeekBefore } from "./submissions/file.ts";
import { submissionStore } from "./submissions/store.ts";
import type { Surroundings } from "./surroundings.ts";
import { reportTable } from "./table.ts";
import { type TemporaryFile, temporaryFile } from "./temporary-file.ts";

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
  const files = { calls: temporaryFile(), submissions: temporaryFile() };
  try {
    const report = await makeReportOf(given, { ...around, files }, progress);
    progress.done();
    if (given.out !== undefined) writeReport(report, given.out);
    around.stdout.write(OUTPUTS[given.format](report));
    return exitCode(report);
  } finally {
    progress.done();
    files.calls.close();
    files.submissions.close();
  }
}

/** What a command has around it, and room for what does not fit into memory. */
interface Workplace extends Surroundings {
  readonly files: Readonly<Record<"calls" | "submissions", TemporaryFile>>;
}

const OUTPUTS = { table: reportTable, json: formatReport, csv: reportCsv } as const;

async function makeReportOf(given: VerifyArguments, around: Workplace, progress: Progress): Promise<Report> {
  if (given.submissions.kind === "table") {
    // Before the ledger, which knows of every attempt before AWS does: no call can look as if the ledger did not know it.
    const evidence = await readEvidenceOf(given, around, progress);
    const { name } = given.submissions;
    const compared = { evidence, now: nowBy(around, evidence), onHour: showCompared(given.window, progress) };
    return naming(`--submissions table:${name}`, () => reportOnLedger(name, given.window, compared));
  }
  return compareFile(given.submissions.path, given, around, progress);
}

async function compareFile(path: string, given: VerifyArguments, around: Workplace, progress: Progress) {
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
  const store = submissionStore(around.files.submissions, { window, span: withWeekBefore(window) });
  const file = await readSubmissionsFile(path, window, { store, onBytes, signal: around.signal });
  progress.done();
  const note = outsideWindow(file, window);
  if (note !== undefined) around.stderr.write(`${note}\n`);
  const evidence = await readEvidenceOf(given, around, progress);
  return reportOnFile(window, {
    store,
    links: file.links,
    evidence,
    now: nowBy(around, evidence),
    onHour: showCompared(window, progress),
  });
}

/** Shows how far comparing has come, hour by hour. */
const showCompared =
  ({ from, to }: Window, progress: Progress) =>
  (hour: Hour): void =>
    progress.update("Comparing", { hours: (hour - from) / HOUR + 1, ofHours: (to - from) / HOUR });

/** What time it is: at least that of the latest log file, since it has been delivered whatever the clock of this machine says. */
const nowBy = ({ clock }: Surroundings, { latestDelivery = 0 }: EvidenceByDay): Instant =>
  Math.max(clock.now(), latestDelivery);

async function readEvidenceOf(given: VerifyArguments, around: Workplace, progress: Progress): Promise<EvidenceByDay> {
  const watching = { onProgress: (step: Parameters<Progress["update"]>[1]) => progress.update("Evidence", step) };
  const store = spillingStore(around.files.calls);
  const evidence = await readLogs(given, around, { ...watching, store, signal: around.signal });
  progress.done();
  for (const note of notesOn(evidence, given.logs)) around.stderr.write(`${note}\n`);
  return evidence;
}

/** How many keys a note names; the rest are counted. */
const MOST_NAMED = 20;

/** What the report has no place for and the reader must know of the evidence. */
function notesOn({ skipped, proof }: EvidenceByDay, logs: LogsArgument): string[] {
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
