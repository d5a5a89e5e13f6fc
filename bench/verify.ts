// `npm run bench:verify`: how fast, and with how little memory, evidence is read and reconciled, against the floor and against DuckDB.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, Option } from "commander";
import { startLogReaders } from "../src/cli/log-readers.ts";
import { busyAccount, type Made, meteredHours } from "./logs/plans.ts";
import { type Check, isGood, megabytes, percent, showChecks, times } from "./verify/checks.ts";
import { openDuckDb } from "./verify/duckdb.ts";
import { makeFolder } from "./verify/folder.ts";
import { makeInput } from "./verify/input.ts";
import { runVerify } from "./verify/memory.ts";
import { extract, filesUnder, floor, floorInTwo, readAndReconcile, timed } from "./verify/speed.ts";

const MB = 1_000_000;
/** Shares of events that are metering calls, and which part of the floor's pace is demanded there. */
const SHARES = [
  { share: 0.001, least: 0.85 },
  { share: 0.05, least: 0.6 },
];
const MONTH = { days: 30, meters: 10_000 };

const { megabytesADay, rounds, only } = readOptions();
const checks: Check[] = [];
const folder = mkdtempSync(join(tmpdir(), "bench-verify-"));
try {
  const parts = { speed: measureSpeed, memory: measureMemory, month: measureMonth };
  for (const [name, measure] of Object.entries(parts)) if (only === undefined || only === name) await measure();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
say(`\n${showChecks(checks)}`);
process.exitCode = checks.every(isGood) ? 0 : 1;

interface Options {
  readonly megabytesADay: number;
  readonly rounds: number;
  readonly only?: string;
}

function readOptions(): Options {
  const given = new Command("npm run bench:verify --")
    .description(
      "Measures reading and reconciling. Takes about twenty minutes, and some 2 GB under the temporary folder.",
    )
    .option("--megabytes <n>", "text of a day's log files", "240")
    .option("--rounds <n>", "rounds of which the median counts", "9")
    .addOption(new Option("--only <part>", "measure this alone").choices(["speed", "memory", "month"]))
    .allowExcessArguments(false)
    .parse()
    .opts<{ megabytes: string; rounds: string; only?: string }>();
  const { megabytes, rounds, only } = given;
  return {
    megabytesADay: whole("--megabytes", megabytes),
    rounds: whole("--rounds", rounds),
    ...(only === undefined ? {} : { only }),
  };
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  process.stderr.write(`${name} is ${JSON.stringify(text)}: it must be a whole number above zero.\n`);
  process.exit(2);
}

async function measureSpeed(): Promise<void> {
  for (const { share, least } of SHARES) {
    const input = makeInput(megabytesADay * MB, share);
    const of = `${share * 100} % metering calls`;
    describe(of, input.made);
    const readers = startLogReaders(2);
    const inTwo = floorInTwo(input.logs);
    const seconds = await timed(rounds, {
      floor: () => floor(input.logs, false),
      "read and reconciled": () => readAndReconcile(input, false),
      "floor that reuses its memory": () => floor(input.logs, false, true),
      "floor with integrity": () => floor(input.logs, true),
      "read and reconciled with integrity": () => readAndReconcile(input, true),
      "the same in two threads": () => readAndReconcile(input, true, readers),
      "reusing floor with integrity": () => floor(input.logs, true, true),
      "reusing floor in two threads": () => inTwo.run(),
    });
    await readers.close();
    await inTwo.close();
    const pace = (name: keyof typeof seconds) => input.made.textBytes / seconds[name];
    for (const name of Object.keys(seconds) as (keyof typeof seconds)[])
      say(`  ${name.padEnd(36)} ${seconds[name].toFixed(3)} s ${megabytes(pace(name)).padStart(9)}/s`);
    const ofFloor = pace("read and reconciled") / pace("floor");
    const ofFloorSigned = pace("read and reconciled with integrity") / pace("floor with integrity");
    const two = pace("the same in two threads") / pace("read and reconciled with integrity");
    checks.push({ name: `of the floor, ${of}`, value: ofFloor, bound: { least }, unit: percent });
    checks.push({ name: `of the floor with integrity, ${of}`, value: ofFloorSigned, bound: { least }, unit: percent });
    const floorTwo = pace("reusing floor in two threads") / pace("reusing floor with integrity");
    say(`  two cores are ${times(two)} as fast as one; for the floor they are ${times(floorTwo)} as fast`);
    checks.push({ name: `two cores to one, ${of}`, value: two, bound: { least: 1.6 }, unit: times });
    await compareDuckDb(share, of);
  }
}

/** Both read the files from the disk, which has them in memory. */
async function compareDuckDb(share: number, of: string): Promise<void> {
  const root = mkdtempSync(join(folder, "duckdb-"));
  const { logs, made } = makeFolder(root, (key, put) => busyAccount(1, megabytesADay * MB, share, key, put));
  const database = await openDuckDb(logs);
  const paths = filesUnder(logs, "/CloudTrail/");
  const read = () => extract(paths.map((path) => () => readFileSync(path)));
  const [ours, theirs] = [await read(), await database.read()];
  if (JSON.stringify(ours) !== JSON.stringify(theirs) || ours.calls !== made.calls)
    throw new Error(`DuckDB reads ${JSON.stringify(theirs)}, where there are ${JSON.stringify(ours)}.`);
  const seconds = await timed(Math.ceil(rounds / 2), { ours: read, duckdb: () => database.read() });
  database.close();
  rmSync(root, { recursive: true });
  say(`  extracted alone ${seconds.ours.toFixed(3)} s, by DuckDB in one thread ${seconds.duckdb.toFixed(3)} s`);
  checks.push({ name: `to DuckDB, ${of}`, value: seconds.duckdb / seconds.ours, bound: { least: 3 }, unit: times });
}

async function measureMemory(): Promise<void> {
  buildCommandLine();
  const least = SHARES[1]?.share as number;
  for (const days of [1, 10]) {
    const root = join(folder, `${days}-days`);
    const made = makeFolder(root, (key, put) => busyAccount(days, megabytesADay * MB, least, key, put));
    await showRun(`${days} ${days === 1 ? "day" : "days"} of logs`, made, 250 * MB);
    rmSync(root, { recursive: true });
  }
}

async function measureMonth(): Promise<void> {
  buildCommandLine();
  const root = join(folder, "month");
  const made = makeFolder(root, (key, put) => meteredHours(MONTH.days * 24, MONTH.meters, key, put));
  await showRun(`a month of ${MONTH.meters} meters`, made, 500 * MB);
  rmSync(root, { recursive: true });
}

async function showRun(name: string, folder: ReturnType<typeof makeFolder>, most: number): Promise<void> {
  describe(name, folder.made);
  const { seconds, peak, matched } = await runVerify(folder);
  const pace = folder.made.textBytes / seconds;
  say(
    `  verify: ${seconds.toFixed(1)} s, ${megabytes(pace)}/s, ${matched} matched, at most ${megabytes(peak)} of memory`,
  );
  checks.push({ name: `memory, ${name}`, value: peak, bound: { most }, unit: megabytes });
}

function describe(name: string, { files, events, calls, textBytes, storedBytes }: Made): void {
  const ratio = textBytes / storedBytes;
  say(
    `\n${name}: ${files} log files, ${events} events, ${calls} calls, ${megabytes(textBytes)}, ${ratio.toFixed(1)} : 1`,
  );
}

function buildCommandLine(): void {
  execFileSync(process.execPath, ["scripts/build-cli.ts"], { cwd: join(import.meta.dirname, "..") });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
