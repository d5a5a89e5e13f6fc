// Runs one scenario in an account of its own: from usage events to the metering service's books.
import type { Window } from "../../src/ledger/statement.ts";
import type { Report } from "../../src/report/report.ts";
import { HOUR, hourOf } from "../../src/usage/instants.ts";
import type { TableStore } from "../account/emulators.ts";
import { randomOf } from "../account/random.ts";
import { advance, comeToRest, nextWork } from "../demo/drive.ts";
import { verify } from "../demo/result.ts";
import { parseUsageFile } from "../demo/usage-file.ts";
import { startWorld, type World } from "../demo/world.ts";
import { createFaults, type Faults } from "../faults/faults.ts";
import { judge, type Row } from "./judge.ts";
import type { Scenario, Sent } from "./scenario.ts";

/** Runs a scenario to its end and judges it. The same scenario comes to the same row, whenever it runs and wherever its tables are. */
export async function runScenario(scenario: Scenario, tableStore: TableStore = "memory"): Promise<Row> {
  const { name, start } = scenario;
  const sent = scenario.usage();
  const { products } = parseUsageFile(name, sent.map(({ event }) => JSON.stringify(event)).join("\n"));
  let world: World | undefined;
  const faults = createFaults(randomOf(name, "faults"), {
    now: () => world?.account.clock.now() ?? Date.parse(start),
    injectMetering: (fault) => world?.metering.inject(fault),
    clearMetering: () => world?.metering.clearFaults(),
  });
  world = await startWorld([...products.values()], Date.parse(start), {
    account: { seed: name, tableStore, ...faults.interference },
    trail: { fate: faults.fate, noisePerHour: 1 },
    metering: { ...(scenario.identicalResend && { identicalResend: scenario.identicalResend }) },
    ...(scenario.products && { products: scenario.products }),
    ...(scenario.args && { args: scenario.args }),
  });
  try {
    return await play(scenario, world, faults, sent);
  } finally {
    await world.close();
  }
}

async function play(scenario: Scenario, world: World, faults: Faults, sent: readonly Sent[]): Promise<Row> {
  const { expect = {} } = scenario;
  await scenario.prepare?.(world);
  faults.inject(...(scenario.faults ?? []));
  for (const { at, act } of timeline(scenario, sent)) {
    await advance(world, at);
    await act(world, faults);
  }
  await comeToRest(world);
  const idle = idleFaults(scenario, world, faults);
  faults.clear();
  const { report, window } = await verifyAll(world, sent);
  const from = Date.parse(scenario.start);
  const row = await judge({ world, sent, report, window, from }, expect);
  return { ...row, problems: [...row.problems, ...idle, ...((await expect.problems?.(world, faults)) ?? [])] };
}

/** Verifies everything, and again as long as verification puts records back in line that are then sent. */
async function verifyAll(world: World, sent: readonly Sent[]): Promise<{ report: Report; window: Window }> {
  // What is rejected stands under the hour in which it came.
  const from = sent.reduce(
    (least, { at, event }) => Math.min(least, hourOf(at), hourOf(Date.parse(event.time))),
    Number.POSITIVE_INFINITY,
  );
  for (;;) {
    const window = { from, to: hourOf(world.account.clock.now()) + HOUR };
    const { report } = await verify(world, window);
    if ((await nextWork(world)) === undefined) return { report, window };
    await comeToRest(world);
  }
}

/** The faults that never struck: a scenario with one of them proves nothing. */
function idleFaults({ faults: given = [] }: Scenario, { metering }: World, { struck }: Faults): string[] {
  const atService = new Set<string>(metering.calls.flatMap((call) => call.faults));
  return given
    .map((fault) =>
      fault.name === "metering-api"
        ? { name: fault.fault.name, hit: atService.has(fault.fault.name) }
        : { name: fault.name, hit: fault.name in struck },
    )
    .filter(({ hit }) => !hit)
    .map(({ name }) => `the fault ${name} never struck`);
}

/** What happens, in order of time: usage that is sent at one moment is sent together. */
function timeline({ happenings = [], isLarge = false }: Scenario, sent: readonly Sent[]) {
  const deliver = isLarge ? handOver : sendUsage;
  const moments = [...Map.groupBy(sent, ({ at }) => at)].map(([at, lines]) => ({
    at,
    act: (world: World) =>
      deliver(
        world,
        lines.map(({ event }) => JSON.stringify(event)),
      ),
  }));
  return [...happenings, ...moments].sort((a, b) => a.at - b.at);
}

const sendUsage = ({ account, outputs }: World, bodies: string[]) => account.send(outputs.usageQueueUrl, bodies);

/** Hands messages to the ingest function as the event source mapping would. @throws {Error} when it does not take them all. */
async function handOver({ account, outputs }: World, bodies: string[]): Promise<void> {
  for (let start = 0; start < bodies.length; start += 100) {
    const Records = bodies.slice(start, start + 100).map((body, index) => {
      const messageId = `message-${start + index}`;
      return { messageId, receiptHandle: messageId, body, attributes: { ApproximateReceiveCount: "1" } };
    });
    const outcome = await account.invoke(outputs.ingestFunctionName, { Records });
    const failures =
      outcome.status === "succeeded" ? (outcome.value as { batchItemFailures: [] }).batchItemFailures : Records;
    if (failures.length > 0)
      throw new Error(`The ingest function left ${failures.length} messages: ${JSON.stringify(outcome)}.`);
  }
}
