// How much memory the command line needs, in a process of its own.
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { parseReport } from "../../src/report/report.ts";
import type { MadeFolder } from "./folder.ts";

const root = join(import.meta.dirname, "../..");

/** What one run of the command line took. */
export interface Run {
  readonly seconds: number;
  /** Its largest resident set, in bytes. */
  readonly peak: number;
  readonly matched: number;
}

/** Runs `verify`, as it is bundled, on a folder. Throws unless everything matches. */
export async function runVerify({ made, options }: MadeFolder): Promise<Run> {
  const from = performance.now();
  const program = [join(import.meta.dirname, "peak-memory.mjs"), join(root, "dist/cli/main.mjs")];
  const child = spawn(process.execPath, ["--import", ...program, "verify", "--format", "json", ...options], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [stdout, stderr, peak] = await Promise.all(
    [child.stdout, child.stderr, child.stdio[3]].map((stream) => text(stream as Readable)),
  );
  if ((await ended) !== 0)
    throw new Error(`verify of ${made.files} log files ended with ${child.exitCode}:\n${stderr}`);
  const { matched = 0 } = parseReport(stdout as string).counts;
  const records = made.records.reduce((sum, count) => sum + count, 0);
  if (matched !== records) throw new Error(`Of ${records} records ${matched} matched.`);
  return { seconds: (performance.now() - from) / 1000, peak: Number(peak) * 1024, matched };
}
