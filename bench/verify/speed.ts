// How fast log files are read and reconciled, against what has to be done at the least.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { gunzipSync } from "node:zlib";
import type { LogReaders } from "../../src/cli/log-readers.ts";
import { readEvidence } from "../../src/evidence/read.ts";
import { readLogFile } from "../../src/evidence/read-log.ts";
import { memoryStore } from "../../src/evidence/store.ts";
import { goByDay } from "../../src/verify/by-day.ts";
import { linkBook } from "../../src/verify/links.ts";
import { startReconciling } from "../../src/verify/reconcile.ts";
import { ACCOUNT, REGION } from "../logs/usage.ts";
import { median } from "../pacing/figures.ts";
import type { Extracted } from "./duckdb.ts";
import type { Input } from "./input.ts";

const NAME = Buffer.from("BatchMeterUsage");

/**
 * Decompresses each file, into one buffer of the right size, and searches it for the name, from beginning to end; with integrity, hashes it too.
 * With `reuse` it gives each buffer's memory back at once, as reading does, and is faster than it would be by itself.
 */
export function floor(logs: readonly Uint8Array[], integrity: boolean, reuse = false): void {
  for (const stored of logs) {
    const size = Buffer.from(stored.buffer, stored.byteOffset, stored.length).readUInt32LE(stored.length - 4);
    const text = gunzipSync(stored, { chunkSize: Math.max(size + 1, 64 * 1024) });
    for (let at = text.indexOf(NAME); at !== -1; at = text.indexOf(NAME, at + 1));
    if (integrity) createHash("sha256").update(text).digest("hex");
    if (reuse) text.buffer.transfer(0);
  }
}

/** The floor with integrity in two threads, each with half of the files: what two cores of this machine are good for. */
export function floorInTwo(logs: readonly Uint8Array[]): { run(): Promise<unknown>; close(): Promise<unknown> } {
  const threads = [0, 1].map(
    (half) =>
      new Worker(new URL("floor-thread.ts", import.meta.url), {
        workerData: logs.filter((_, index) => index % 2 === half),
      }),
  );
  return {
    run() {
      for (const thread of threads) thread.postMessage("run");
      return Promise.all(threads.map((thread) => once(thread, "message")));
    },
    close: () => Promise.all(threads.map((thread) => thread.terminate())),
  };
}

/** Reads a bucket and reconciles it with what was submitted, as the command line does. Throws unless everything matches. */
export async function readAndReconcile(
  { made, source, keys, submissions, records }: Input,
  integrity: boolean,
  readers?: LogReaders,
): Promise<void> {
  const { window, now } = made;
  const evidence = await readEvidence(source, [{ account: ACCOUNT, region: REGION }], window, now, {
    store: memoryStore(),
    ...(integrity && { integrity: { publicKeys: async () => keys, now } }),
    ...(readers && { readers }),
  });
  const frame = { window, products: new Map(), submitter: undefined, used: [], links: linkBook() };
  const reconciler = startReconciling({ ...frame, now, evidence });
  await goByDay(
    frame,
    evidence,
    async () => submissions.ofHour,
    (slice) => reconciler.add(slice),
  );
  const { counts, findings } = reconciler.end();
  if (counts.matched !== records || findings.length > 0)
    throw new Error(`Of ${records} records ${counts.matched} matched, with the findings ${JSON.stringify(counts)}.`);
}

/**
 * The first rounds are for the engine to compile what it runs. Each thread compiles for itself, and reads half of what this one reads for several of
 * the tasks: so it takes that many rounds until threads run what this one runs from the second round on.
 */
const WARM_UP = 8;

/** Seconds of each of these, in the median of so many rounds, in each of which every one has its turn, twice: the second time counts. */
export async function timed<Name extends string>(
  rounds: number,
  tasks: Readonly<Record<Name, () => unknown>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(tasks) as Name[];
  const seconds = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < WARM_UP + rounds; round++) {
    for (const name of names) {
      // The first time is for what the one before left behind: its garbage is collected in someone's time.
      await tasks[name]();
      const from = performance.now();
      await tasks[name]();
      if (round >= WARM_UP) seconds[name].push((performance.now() - from) / 1000);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(seconds[name])])) as Record<Name, number>;
}

/** Reads the calls of log files, and nothing more: what DuckDB is asked for. */
export async function extract(files: readonly (() => Uint8Array)[]): Promise<Extracted> {
  let [calls, records] = [0, 0];
  for (const file of files) {
    const { events } = await readLogFile(file(), "log", false);
    calls += events.length;
    records += events.reduce((count, event) => count + event.records.length, 0);
  }
  return { calls, records };
}

/** The files in a folder, at any depth, whose paths have `part` in them. */
export const filesUnder = (folder: string, part: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.includes(part));
