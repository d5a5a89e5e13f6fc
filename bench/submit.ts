// `npm run bench:submit`: how well the submitter uses the quota of BatchMeterUsage, in real time, by the metering service's own log and books.
import Table from "cli-table3";
import { Command } from "commander";
import { startDynamo, type TestDynamo } from "../test/support/table.ts";
import { median, rateOf, ratesOf } from "./pacing/figures.ts";
import { startDynaliteProcess } from "./pacing/processes.ts";
import { handOver, LATENCY, pacing, QUOTA, REQUESTS_PER_SECOND, seconds, throttled } from "./pacing/scenarios.ts";

const LEAST_USED = 0.98;
const HAND_OVER = { records: 2_000, limit: 4_000 };
const THROTTLING = { records: 7_000, after: 10_000, length: 15_000 };
const STRETCH = 5_000;
/** What counts as slowed down, in throttled requests a second, and as recovered: how soon, and to which share of the full rate. */
const SLOWED = 1;
const RECOVERED = { within: 15_000, share: 0.9 };

const { records, runs } = readOptions();
process.exitCode = (await bench()) ? 0 : 1;

function readOptions(): { records: number; runs: number } {
  const command = new Command("npm run bench:submit --")
    .description(
      "Measures the submitter's pace against a metering service with AWS's quota. Takes about seven minutes.",
    )
    .option("--records <n>", "due records a run", "20000")
    .option("--runs <n>", "runs of which the median counts", "3")
    .addHelpText("after", "\nDYNAMODB_ENDPOINT names a DynamoDB to use in place of dynalite.")
    .allowExcessArguments(false);
  const given = command.parse().opts<{ records: string; runs: string }>();
  return { records: whole("--records", given.records), runs: whole("--runs", given.runs) };
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  process.stderr.write(`${name} is ${JSON.stringify(text)}: it must be a whole number above zero.\n`);
  process.exit(2);
}

async function bench(): Promise<boolean> {
  const own = process.env.DYNAMODB_ENDPOINT === undefined ? await startDynaliteProcess() : undefined;
  const dynamo = await startDynamo(own?.endpoint);
  const { ratePerSecond, capacity } = QUOTA;
  say(`Quota: ${ratePerSecond} requests/s, ${capacity} at once; the service answers after ${LATENCY} ms.`);
  try {
    return [await showPacing(dynamo), await showHandOver(dynamo), await showThrottling(dynamo)].every((good) => good);
  } finally {
    await dynamo.close();
    await own?.close();
  }
}

async function showPacing(dynamo: TestDynamo): Promise<boolean> {
  const results = [];
  for (let run = 0; run < runs; run++) results.push(await pacing(dynamo, records));
  const used = median(results.map(({ figures }) => figures.quotaUsed));
  say(`\nPace: ${records} due records a run, at most ${QUOTA.ratePerSecond * 25} records/s`);
  print(
    ["run", "calls", "throttled", "first call to last", "records/s", "quota used", "cores", "billed once"],
    results.map(({ figures, billedOnce, cores }, run) => [
      run + 1,
      figures.calls,
      figures.throttled,
      `${figures.seconds.toFixed(1)} s`,
      figures.recordsPerSecond.toFixed(1),
      percent(figures.quotaUsed),
      cores.toFixed(2),
      yes(billedOnce),
    ]),
  );
  const good = used >= LEAST_USED && results.every(({ figures, billedOnce }) => figures.throttled === 0 && billedOnce);
  say(`Median ${percent(used)} of the quota (at least ${percent(LEAST_USED)}): ${verdict(good)}`);
  return good;
}

async function showHandOver(dynamo: TestDynamo): Promise<boolean> {
  const { limit } = HAND_OVER;
  const { first, past, unknownAttempts, second, billedOnce } = await handOver(dynamo, HAND_OVER.records, limit);
  const good = unknownAttempts === 0 && first.RecordsWaiting > 0 && second.RecordsWaiting === 0 && billedOnce;
  say(`\nHand-over: ${HAND_OVER.records} due records, a run that stops after ${seconds(limit)} s and another`);
  print(
    ["run", "sent", "left", "ended after its limit", "unknown attempts", "billed once"],
    [
      [1, first.RecordsAccepted, first.RecordsWaiting, `${seconds(past)} s`, unknownAttempts, ""],
      [2, second.RecordsAccepted, second.RecordsWaiting, "", "", yes(billedOnce)],
    ],
  );
  say(`Nothing unknown is left, and the next run sends the rest: ${verdict(good)}`);
  return good;
}

async function showThrottling(dynamo: TestDynamo): Promise<boolean> {
  const { after, length } = THROTTLING;
  const { calls, from, first, second, billedOnce } = await throttled(dynamo, THROTTLING.records, after, length);
  const to = from + length;
  const began = Math.min(...calls.map(({ at }) => at));
  say(`\nThrottling: everything from ${seconds(from - began)} s to ${seconds(to - began)} s after the first call`);
  print(
    ["seconds", "requests/s taken", "requests/s throttled"],
    ratesOf(calls, STRETCH).map(({ taken, throttled }, n) => [
      `${(n * STRETCH) / 1000} to ${((n + 1) * STRETCH) / 1000}`,
      taken.toFixed(1),
      throttled.toFixed(1),
    ]),
  );
  const asked = rateOf(calls, from, to).throttled;
  const before = rateOf(calls, from - STRETCH, from).taken;
  const again = rateOf(calls, to + RECOVERED.within, to + RECOVERED.within + STRETCH).taken;
  const slowed = asked <= SLOWED;
  const recovered = again >= RECOVERED.share * REQUESTS_PER_SECOND;
  say(
    `Asked ${asked.toFixed(1)} times a second while everything was throttled (at most ${SLOWED}): ${verdict(slowed)}`,
  );
  say(
    `${before.toFixed(1)} requests/s before, ${again.toFixed(1)} from ${seconds(RECOVERED.within)} s after the end (at least ${(RECOVERED.share * REQUESTS_PER_SECOND).toFixed(1)}): ${verdict(recovered)}`,
  );
  say(
    `${first.RecordsWaiting} records left to the next run, ${second.RecordsAccepted} sent by it: ${verdict(billedOnce)}`,
  );
  return slowed && recovered && billedOnce;
}

function print(head: string[], rows: (string | number)[][]): void {
  const table = new Table({ head, colAligns: head.map(() => "right" as const), style: { head: [], border: [] } });
  table.push(...rows);
  say(table.toString());
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function yes(good: boolean): string {
  return good ? "yes" : "NO";
}

function verdict(good: boolean): string {
  return good ? "good" : "NOT GOOD";
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
