import { MarketplaceMeteringClient } from "@aws-sdk/client-marketplace-metering";
import type { RecordRef } from "../../src/ledger/keys.ts";
import { readRecords } from "../../src/ledger/records.ts";
import { dynamoTable, type Table } from "../../src/ledger/table.ts";
import { type RunCounts, type Submitter, submitRun } from "../../src/submit/run.ts";
import { systemClock, systemRandom } from "../../src/system.ts";
import { HOUR, hourOf, MINUTE, SECOND } from "../../src/usage/instants.ts";
import { parseProducts } from "../../src/usage/products.ts";
import type { TestDynamo } from "../../test/support/table.ts";
import { dueRefs, listingOf, REGION, unitsOf, writeDueRecords } from "./due-records.ts";
import { type Call, type Figures, figuresOf } from "./figures.ts";
import { type MeteringProcess, startMeteringProcess } from "./processes.ts";

/** AWS's quota of BatchMeterUsage, and how long it takes to answer. */
export const QUOTA = { ratePerSecond: 10, capacity: 10 };
export const LATENCY = 80;
/** The submit function's own default. */
export const REQUESTS_PER_SECOND = 9.9;

/** A run of its own Lambda function: 15 minutes, the last of them for handing over. */
const WHOLE_RUN = 14 * MINUTE;

/** What is left in the ledger and what stands in the books when a scenario is over. */
export interface Result {
  readonly calls: readonly Call[];
  /** Whether every record is accepted in the ledger, and billed once with its units. */
  readonly billedOnce: boolean;
}

/** Sends so many due records in one run; `cores` is how much of a processor core the submitter took for it. */
export const pacing = (dynamo: TestDynamo, records: number): Promise<Result & { figures: Figures; cores: number }> =>
  withDue(dynamo, records, async (due) => {
    const before = process.cpuUsage();
    await due.run(systemClock.now() + WHOLE_RUN);
    const { user, system } = process.cpuUsage(before);
    const result = await due.result();
    const figures = figuresOf(result.calls, records, QUOTA.ratePerSecond);
    return { ...result, figures, cores: (user + system) / 1e6 / figures.seconds };
  });

/** Stops a run at a limit of so many milliseconds, with most of its records unsent, and lets another finish. */
export const handOver = (dynamo: TestDynamo, records: number, limit: number) =>
  withDue(dynamo, records, async (due) => {
    const until = systemClock.now() + limit;
    const first = await due.run(until);
    const past = systemClock.now() - until;
    const unknownAttempts = await due.unknownAttempts();
    const second = await due.run(systemClock.now() + WHOLE_RUN);
    return { ...(await due.result()), first, past, unknownAttempts, second };
  });

/** Has the service throttle everything for a while, from so many milliseconds after the first call on. */
export const throttled = (dynamo: TestDynamo, records: number, after: number, length: number) =>
  withDue(dynamo, records, async (due) => {
    const from = systemClock.now() + after;
    await due.metering.inject({
      name: "exception",
      exception: "ThrottlingException",
      from: new Date(from).toISOString(),
      to: new Date(from + length).toISOString(),
      count: "always",
    });
    const first = await due.run(systemClock.now() + WHOLE_RUN);
    const second = await due.run(systemClock.now() + WHOLE_RUN);
    return { ...(await due.result()), from, first, second };
  });

interface Due {
  readonly metering: MeteringProcess;
  run(until: number): Promise<RunCounts>;
  unknownAttempts(): Promise<number>;
  result(): Promise<Result>;
}

/** Makes a ledger with so many due records, and a metering service that knows their buyers. */
async function withDue<T>(dynamo: TestDynamo, count: number, act: (due: Due) => Promise<T>): Promise<T> {
  const hour = hourOf(systemClock.now()) - HOUR;
  const refs = dueRefs(count, hour);
  const tableName = await dynamo.makeTable();
  await writeDueRecords(dynamo.client, tableName, refs);
  const metering = await startMeteringProcess(listingOf(count, hour), QUOTA, LATENCY);
  const client = new MarketplaceMeteringClient({
    endpoint: metering.endpoint,
    region: REGION,
    credentials: { accessKeyId: "AKIABENCH", secretAccessKey: "secret" },
    maxAttempts: 1,
  });
  const table = dynamoTable(dynamo.client, tableName);
  const submitter = submitterOf(table, client);
  try {
    return await act({
      metering,
      run: (until) => submitRun(submitter, until),
      unknownAttempts: async () => (await recordsOf(table, refs)).reduce((sum, { unknown }) => sum + unknown.size, 0),
      result: () => resultOf(table, refs, metering),
    });
  } finally {
    client.destroy();
    await metering.close();
  }
}

const submitterOf = (table: Table, metering: MarketplaceMeteringClient): Submitter => ({
  table,
  metering,
  clock: systemClock,
  random: systemRandom,
  region: REGION,
  products: parseProducts('{ "analytics": { "integration": "license", "dimensions": { "Dimension1": {} } } }'),
  grace: 15 * MINUTE,
  requestsPerSecond: REQUESTS_PER_SECOND,
  // Throttled calls are what one scenario is about, and are counted by the service.
  onError: (error) => {
    if (!(error as Error).message.includes("ThrottlingException")) process.stderr.write(`${error}\n`);
  },
});

async function resultOf(table: Table, refs: readonly RecordRef[], metering: MeteringProcess): Promise<Result> {
  const { calls, lines } = await metering.log();
  const records = await recordsOf(table, refs);
  const units = lines.reduce((sum, line) => sum + line.units, 0n);
  const keys = new Set(lines.map(({ key }) => key));
  return {
    calls,
    billedOnce:
      records.length === refs.length &&
      records.every(({ state, unknown }) => state === "accepted" && unknown.size === 0) &&
      keys.size === refs.length &&
      lines.length === refs.length &&
      units === unitsOf(refs.length),
  };
}

const recordsOf = async (table: Table, refs: readonly RecordRef[]) => [...(await readRecords(table, refs)).values()];

export const seconds = (milliseconds: number): string => (milliseconds / SECOND).toFixed(1);
