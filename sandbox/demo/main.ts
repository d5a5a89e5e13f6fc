// `npm run demo`: from a file of usage events to a bill that CloudTrail's evidence confirms, on a laptop.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { SingleBar } from "cli-progress";
import { Command, CommanderError } from "commander";
import { formatInstant, hourOf } from "../../src/usage/instants.ts";
import { drive, type Progress, wholeWindow } from "./drive.ts";
import { collect } from "./result.ts";
import { sampleUsage } from "./sample.ts";
import { resultTable } from "./table.ts";
import { parseUsageFile, readUsageFile, UsageFileError } from "./usage-file.ts";
import { startWorld } from "./world.ts";

interface Options {
  readonly usage?: string;
  readonly out: string;
  readonly json?: true;
}

process.exitCode = await main(process.argv);

async function main(argv: readonly string[]): Promise<number> {
  try {
    return await demo(readOptions(argv));
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof UsageFileError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

function readOptions(argv: readonly string[]): Options {
  const command = new Command("npm run demo --")
    .description(
      "Deploys MarketplaceMetering into an AWS account on this machine, sends usage through it, and verifies the bill.",
    )
    .option("--usage <file>", "usage events to send, NDJSON, one a line; a sample by default")
    .option("--out <dir>", "where the report, the log files and the submissions are written", "out")
    .option("--json", "print the report and the metering service's books as one JSON object, instead of a table")
    .addHelpText(
      "after",
      "\nExit code: 0 all is billed, or waits as less than a unit; 1 something is not; 2 the input cannot be used.",
    )
    .exitOverride()
    .allowExcessArguments(false);
  return command.parse(argv).opts<Options>();
}

async function demo({ usage, out, json }: Options): Promise<number> {
  const sample = sampleUsage();
  const file = usage === undefined ? parseUsageFile("the sample", sample) : readUsageFile(usage);
  const started = performance.now();
  const progress = showProgress();
  const startAt = hourOf((file.lines[0] as { time: number }).time);
  const world = await startWorld([...file.products.values()], startAt);
  try {
    await drive(world, file.lines, progress.update);
    progress.done();
    const folder = resolve(out);
    mkdirSync(folder, { recursive: true });
    if (usage === undefined) writeFileSync(join(folder, "usage.ndjson"), sample);
    const { report, billed, problems } = await collect(
      world,
      wholeWindow(file.lines, world.account.clock.now()),
      folder,
    );
    if (json) process.stdout.write(`${JSON.stringify({ ...report, billed })}\n`);
    else {
      const seconds = ((performance.now() - started) / 1000).toFixed(0);
      const verdict =
        problems.length === 0 ? "Every unit used is billed once, or waits as less than one unit." : problems.join("\n");
      const files = ["report.json", "report.csv", "report.html"].map((name) => join(folder, name)).join("\n");
      process.stdout.write(
        `${resultTable(report, billed)}\n${verdict}\n${report.counts.matched ?? 0} records matched CloudTrail's evidence, in ${seconds} s.\n${files}\n`,
      );
    }
    return problems.length === 0 ? 0 : 1;
  } finally {
    progress.done();
    await world.close();
  }
}

/** Progress on stderr: a bar on a terminal, a line now and then elsewhere. */
function showProgress(): { update: (progress: Progress) => void; done: () => void } {
  const bar = new SingleBar({
    format: "{bar} {value}/{total} events · {now} · {billed} records billed",
    stream: process.stderr,
    noTTYOutput: true,
    notTTYSchedule: 5000,
    clearOnComplete: false,
  });
  let isRunning = false;
  return {
    update({ sent, lines, now, billedRecords }) {
      const shown = { now: formatInstant(now).slice(0, 16).replace("T", " "), billed: billedRecords };
      if (isRunning) bar.update(sent, shown);
      else bar.start(lines, sent, shown);
      isRunning = true;
    },
    done() {
      if (isRunning) bar.stop();
      isRunning = false;
    },
  };
}
