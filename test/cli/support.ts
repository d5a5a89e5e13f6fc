import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { run } from "../../src/cli/run.ts";
import { parseReport, type Report } from "../../src/report/report.ts";
import { type Submissions, submissionAt } from "../../src/verify/packed-submissions.ts";
import type { Submission } from "../../src/verify/submissions.ts";
import { logFile, logKey, meteringEvent } from "../evidence/events.ts";

const root = join(import.meta.dirname, "../..");

/** Submissions of an hour as objects. */
export const all = (submissions: Submissions): Submission[] =>
  Array.from({ length: submissions.length }, (_, index) => submissionAt(submissions, index));

/** What a run of the command line left. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  /** Variables besides those of this process; undefined takes one away. */
  readonly environment?: Record<string, string | undefined>;
  /** Called with all of stderr so far, each time something is added; `interrupt` is a Ctrl-C, the first time, and `pid` the process. */
  readonly onStderr?: (stderr: string, interrupt: () => void, pid: number) => void;
}

/** Runs the command line as its user does, in a process of its own. */
export function cli(args: readonly string[], { environment = {}, onStderr }: RunOptions = {}): Promise<Ran> {
  const env = { ...process.env, AWS_EC2_METADATA_DISABLED: "true", ...environment };
  const child = spawn(process.execPath, ["src/cli/main.ts", ...args], { cwd: root, env });
  let stdout = "";
  let stderr = "";
  let interrupted = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    const interrupt = () => {
      if (!interrupted) child.kill("SIGINT");
      interrupted = true;
    };
    onStderr?.(stderr, interrupt, child.pid as number);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

/** Runs the command line in this process, which is faster; the clock is `now`, by default the machine's. */
export async function cliHere(args: readonly string[], { now = Date.now() } = {}): Promise<Ran> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const status = await run(args, { stdout, stderr, clock, processors: 1, signal: new AbortController().signal });
  const textOf = (stream: PassThrough) => String(stream.read() ?? "");
  return { status, stdout: textOf(stdout), stderr: textOf(stderr) };
}

/** The report on stdout. */
export const reportOf = ({ stdout }: Ran): Report => parseReport(stdout);

/** The kinds found, and how many records matched. */
export const kindsOf = (ran: Ran): readonly [matched: number | undefined, ...kinds: string[]] => {
  const { counts, findings } = reportOf(ran);
  return [counts.matched, ...findings.map(({ kind }) => kind)];
};

/** A folder of its own for each test that asks. */
export function makeFolders() {
  const base = mkdtempSync(join(tmpdir(), "cli-"));
  let count = 0;
  return {
    make: (): string => {
      const folder = join(base, `${count++}`);
      mkdirSync(folder);
      return folder;
    },
    remove: () => rmSync(base, { recursive: true }),
  };
}

/** Writes files under a folder, by path. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** A day long over, so that nothing depends on when the test runs. */
export const WINDOW = ["--from", "2025-03-10", "--to", "2025-03-11"] as const;

const LICENSED = {
  accountId: "111122223333",
  licenseArn: "arn:aws:license-manager:us-east-1:294406891311:license:l-1",
};

/** 5 ApiCalls of a licensed buyer at 10:59, as a row of a submissions file. */
export const row = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  region: "us-east-1",
  ...LICENSED,
  dimension: "ApiCalls",
  timestamp: "2025-03-10T10:59:00Z",
  quantity: "5",
  ...changes,
});

export const ndjson = (...rows: readonly object[]): string => rows.map((each) => `${JSON.stringify(each)}\n`).join("");

/** A usage record in a call: the evidence of `row()`. */
export const usageRecord = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  timestamp: "Mar 10, 2025 10:59:00 AM",
  customerAWSAccountId: LICENSED.accountId,
  licenseArn: LICENSED.licenseArn,
  dimension: "ApiCalls",
  quantity: 5,
  ...changes,
});

/** A call that AWS took, with these records. */
export const call = (records: readonly object[], changes: Record<string, unknown> = {}): Record<string, unknown> =>
  meteringEvent({
    eventTime: "2025-03-10T11:20:00Z",
    requestParameters: { usageRecords: records },
    responseElements: { results: records.map((usageRecord) => ({ usageRecord, status: "Success" })) },
    ...changes,
  });

export const KEY = logKey("20250310T1125Z");

/** A bucket's log file with the evidence of `row()`. */
export const logs = (): Record<string, Uint8Array> => ({ [KEY]: logFile(call([usageRecord()])) });
