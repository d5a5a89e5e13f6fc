// `npm run soak`: plays random runs of the model for as long as asked. Every failure comes with the command that shows it again.
//   --minutes N   how long; 10 by default
//   --seed N      where to begin; drawn by default, and printed
//   --kind K      in-time or late; both, in turn, by default
//   --path P      plays the one run that failed, and makes it as small as it gets
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { KINDS, type Kind, tryModel } from "../test/model/model.ts";

const RUNS_A_SEED = 200;
const MINUTE = 60_000;

const text = { type: "string" } as const;
const { values } = parseArgs({ options: { minutes: text, seed: text, kind: text, path: text } });
const minutes = number("minutes") ?? 10;
const first = number("seed") ?? randomInt(2 ** 31);
const kinds: readonly Kind[] = values.kind === undefined ? KINDS : KINDS.filter((kind) => kind === values.kind);
if (kinds.length === 0) stop(`--kind is ${values.kind}; it must be ${KINDS.join(" or ")}`);
if (values.path !== undefined && (values.seed === undefined || kinds.length > 1))
  stop("--path needs the --seed and the --kind that were printed with it");

process.exitCode = (await (values.path === undefined ? soak() : replay(values.path))) ? 0 : 1;

/** Answers whether all runs were good. */
async function soak(): Promise<boolean> {
  const started = Date.now();
  const elapsed = () => (Date.now() - started) / MINUTE;
  let runs = 0;
  for (let seed = first; runs === 0 || elapsed() < minutes; seed = (seed + 1) % 2 ** 31) {
    for (const kind of kinds) {
      const failure = await tryModel(kind, { seed, runs: RUNS_A_SEED });
      if (failure !== undefined) return say(failure, false);
      runs += RUNS_A_SEED;
    }
    say(`${runs} runs in ${elapsed().toFixed(1)} minutes, up to seed ${seed}`, true);
  }
  return say(`No rule was broken in ${runs} runs from seed ${first} on.`, true);
}

async function replay(path: string): Promise<boolean> {
  const failure = await tryModel(kinds[0] as Kind, { seed: first, path });
  return say(failure ?? "This run breaks no rule.", failure === undefined);
}

function number(name: "minutes" | "seed"): number | undefined {
  const given = values[name];
  if (given === undefined) return undefined;
  if (!/^\d+(\.\d+)?$/.test(given)) stop(`--${name} is ${given}; it must be a number`);
  return Number(given);
}

function say<T>(line: string, answer: T): T {
  process.stdout.write(`${line}\n`);
  return answer;
}

function stop(message: string): never {
  process.stderr.write(`${message}.\n`);
  process.exit(2);
}
