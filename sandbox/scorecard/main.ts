// `npm run scorecard`: every scenario, and the table of what came of it.
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { TableStore } from "../account/emulators.ts";
import type { Row } from "./judge.ts";
import type { Scenario } from "./scenario.ts";
import { families } from "./scenarios.ts";
import { scorecardText } from "./table.ts";

const FILE = resolve("docs/scorecard.md");

interface Options {
  readonly check?: true;
  readonly only?: string;
  readonly jobs: number;
  readonly tables: TableStore;
}

process.exitCode = await main(process.argv);

async function main(argv: readonly string[]): Promise<number> {
  try {
    return await scorecard(readOptions(argv));
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
}

function readOptions(argv: readonly string[]): Options {
  const command = new Command("npm run scorecard --")
    .description("Runs every scenario from usage events to the metering service's books, and writes docs/scorecard.md.")
    .option("--check", "write nothing; fail where docs/scorecard.md says something else, or a verdict is not green")
    .addOption(
      new Option("--only <text>", "run only scenarios whose name holds this, print them and write nothing")
        .argParser(partOfName)
        .conflicts("check"),
    )
    .option("--jobs <count>", "how many scenarios run at once, each in a process of its own", wholeCount, 2)
    .addOption(
      new Option("--tables <where>", "keep the ledger behind a server's HTTP, which takes longer, or in memory")
        .choices(["server", "memory"])
        .default("memory"),
    )
    .exitOverride()
    .allowExcessArguments(false);
  return command.parse(argv).opts<Options>();
}

function partOfName(text: string): string {
  if (families.some(({ scenarios }) => scenarios.some(({ name }) => name.includes(text)))) return text;
  throw new InvalidArgumentError("No scenario has this in its name; docs/scorecard.md lists them.");
}

function wholeCount(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number above zero.");
}

async function scorecard({ check, only, jobs, tables }: Options): Promise<number> {
  const chosen = families
    .map(({ title, scenarios }) => ({ title, scenarios: scenarios.filter(({ name }) => name.includes(only ?? "")) }))
    .filter(({ scenarios }) => scenarios.length > 0);
  const rows = await runAll(
    chosen.flatMap(({ scenarios }) => scenarios),
    jobs,
    tables,
  );
  const text = scorecardText(chosen, rows);
  const red = [...rows].filter(([, { problems }]) => problems.length > 0);
  if (!check || red.length > 0) process.stdout.write(text);
  for (const [name, { problems }] of red)
    process.stderr.write(`\n${name}:\n${problems.map((each) => `  ${each}\n`).join("")}`);
  if (only !== undefined) return red.length > 0 ? 1 : 0;
  if (!check) writeFileSync(FILE, text);
  else if (readFileSync(FILE, "utf8") !== text) {
    process.stderr.write(
      "docs/scorecard.md differs from what the scenarios come to: look at the difference, and write it with npm run scorecard.\n",
    );
    return 1;
  }
  process.stderr.write(`${rows.size - red.length} of ${rows.size} scenarios are green.\n`);
  return red.length > 0 ? 1 : 0;
}

/** Runs scenarios in processes of their own, the large ones first. */
async function runAll(scenarios: readonly Scenario[], jobs: number, tableStore: TableStore): Promise<Map<string, Row>> {
  const waiting = scenarios.toSorted((a, b) => Number(b.isLarge ?? false) - Number(a.isLarge ?? false));
  const rows = new Map<string, Row>();
  const started = performance.now();
  await Promise.all(
    Array.from({ length: jobs }, async () => {
      // Room for what lives shortly, of which a ledger in memory makes much: collecting it took a tenth of the time.
      const worker = fork(join(import.meta.dirname, "worker.ts"), { execArgv: ["--max-semi-space-size=64"] });
      try {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const { row, error, seconds } = await ask(worker, { name: next.name, tableStore });
          rows.set(next.name, row ?? failed(error ?? ""));
          const verdict = row?.problems.length === 0 ? "green" : "red";
          const total = ((performance.now() - started) / 1000).toFixed(0);
          process.stderr.write(
            `${total.padStart(4)} s  ${verdict.padEnd(5)}  ${next.name} (${seconds.toFixed(1)} s)\n`,
          );
        }
      } finally {
        worker.kill();
      }
    }),
  );
  return rows;
}

function ask(
  worker: ChildProcess,
  task: { name: string; tableStore: TableStore },
): Promise<{ row?: Row; error?: string; seconds: number }> {
  return new Promise((answered, died) => {
    const onExit = (code: number | null) =>
      died(new Error(`The process that ran ${JSON.stringify(task.name)} ended with ${code}.`));
    worker.once("exit", onExit);
    worker.once("message", (message: { row?: Row; error?: string; seconds: number }) => {
      worker.off("exit", onExit);
      answered(message);
    });
    worker.send(task);
  });
}

/** The row of a scenario that came to no end. */
function failed(error: string): Row {
  const nothing = {
    used: "–",
    billed: "–",
    refused: "–",
    expired: "–",
    disputed: "–",
    waiting: "–",
    doubleBilled: "–",
  };
  return { ...nothing, rejected: 0, alarms: [], problems: [error] };
}
