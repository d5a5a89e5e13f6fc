import assert from "node:assert/strict";
import fc from "fast-check";
import { UNIT } from "../../src/usage/quantity.ts";
import { act, type Command, commands, settings, steps } from "./commands.ts";
import { checkAlways, checkEnd, isFinished } from "./invariants.ts";
import { makeWorld, type Setting, startIngest, startSubmit, startVerify, type World } from "./world.ts";

/** What is tried: `in-time`, where all usage must be billed, or `late`, where some may come too late, and then must stand as expired. */
export const KINDS = ["in-time", "late"] as const;
export type Kind = (typeof KINDS)[number];

/** One run of the model: a setting, and what happens in it. */
export interface Scenario {
  readonly setting: Setting;
  readonly commands: readonly Command[];
}

/** Which runs are made: so many from a seed on, or with `path` the one that failed, made as small as it gets. */
export interface Runs {
  readonly seed: number;
  readonly runs?: number;
  readonly path?: string;
}

/** Plays scenarios; undefined where no rule was broken, else what was broken, in which scenario, and how to see it again. */
export async function tryModel(kind: Kind, { seed, runs, path }: Runs): Promise<string | undefined> {
  const inTime = kind === "in-time";
  const scenarios = fc.record({ setting: settings(inTime), commands: commands(inTime) });
  const found = await fc.check(fc.asyncProperty(scenarios, play), {
    seed,
    // To make a failure small takes longer than a test has.
    ...(path === undefined ? { numRuns: runs ?? 100, endOnFailure: true } : { path }),
  });
  if (!found.failed) return undefined;
  const again = `npm run soak -- --kind ${kind} --seed ${found.seed} --path ${found.counterexamplePath}`;
  const error = found.errorInstance instanceof Error ? found.errorInstance.stack : String(found.errorInstance);
  const [scenario] = found.counterexample as [Scenario];
  const lines = [scenario.setting, ...scenario.commands].map((each) => `  ${JSON.stringify(each)}`);
  return [error, "", ...lines, "", "To see it again, as small as it gets:", `  ${again}`, ""].join("\n");
}

/** Plays one scenario on the real code. Throws where a rule is broken, on the way or once all has come to its end. */
export async function play({ setting, commands: list }: Scenario): Promise<void> {
  const world = await makeWorld(setting);
  for (const command of list) await act(world, command);
  await settle(world);
  await checkEnd(world);
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const MOST_ROUNDS = 90;

/** From now on nothing goes wrong: everything that was used must come to its end by itself. */
async function settle(world: World): Promise<void> {
  const { scheduler, metering } = world;
  const run = async (start: () => void) => {
    start();
    await steps(world, Infinity);
  };
  world.faulty = false;
  metering.clearFaults();
  await steps(world, Infinity);
  for (let round = 0; !(await isSettled(world)); round++) {
    assert.ok(round < MOST_ROUNDS, "it never comes to its end");
    await run(() => startIngest(world, Infinity));
    await run(() => startSubmit(world));
    scheduler.clear();
    world.now += 20 * MINUTE;
  }
  await run(() => startVerify(world));
  // By now verification has its last word on every record.
  world.now += 4 * DAY;
  await run(() => startVerify(world));
}

async function isSettled(world: World): Promise<boolean> {
  if (world.queue.length > 0) return false;
  const { statements } = await checkAlways(world);
  return statements.every(({ sums, records }) => sums.waiting < UNIT && records.every(isFinished));
}
