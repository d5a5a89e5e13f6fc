// `npm run mutants`: each patch of `test/mutants` is a deliberate defect. Applied to a copy of the tree, it must make one of the tests that it names
// fail. A patch that no longer applies, does not compile, or that no test notices fails the script.
import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import pMap from "p-map";

interface Mutant {
  readonly name: string;
  readonly patch: string;
  readonly defect: string;
  readonly tests: readonly string[];
}

const ROOT = resolve(import.meta.dirname, "..");
const PATCHES = join(ROOT, "test/mutants");
const AT_ONCE = 2;
const MINUTE = 60_000;
/** How long the tests of one mutant, and of the tree as it is, may take. */
const MOST = 3 * MINUTE;
const MOST_UNPATCHED = 10 * MINUTE;
/** What is not part of the tree: what tools make of it. */
const LEFT_OUT = new Set(["node_modules", ".git", "dist", "out", "coverage"]);
/** What mutants change, and so what must still compile. */
const TYPES = {
  extends: "./tsconfig.json",
  include: ["usage", "ledger", "ingest", "submit"].map((part) => `src/${part}`),
};

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "mutants-"));
/** A copy of the tree as it is, of which all others are made: nothing that changes meanwhile comes between them. */
const UNPATCHED = join(folder, "unpatched");
try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

async function main(names: readonly string[]): Promise<boolean> {
  const mutants = readMutants(names);
  const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))].sort();
  const started = performance.now();
  copyTree(ROOT, UNPATCHED);
  const failure = (await typeErrors(UNPATCHED)) ?? (await failingTest(UNPATCHED, tests, MOST_UNPATCHED));
  if (failure !== undefined) return say(`The tree as it is fails: ${failure}`, false);
  say(`The tree as it is passes ${tests.length} test files (${secondsSince(started)} s).`, true);
  const killed = await pMap(mutants, judge, { concurrency: AT_ONCE });
  const alive = killed.filter((each) => !each).length;
  return say(`\n${killed.length - alive} mutants killed, ${alive} not (${secondsSince(started)} s)`, alive === 0);
}

/** Those named, or all of them. A patch begins with one line that says the defect and one that names the tests. */
function readMutants(names: readonly string[]): Mutant[] {
  const all = readdirSync(PATCHES).filter((file) => file.endsWith(".patch"));
  const known = all.map((file) => file.slice(0, -".patch".length)).sort();
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`There is no mutant ${unknown.join(", ")} in ${PATCHES}.`);
  return (names.length > 0 ? names : known).map((name) => {
    const patch = join(PATCHES, `${name}.patch`);
    const [defect = "", tests = ""] = readFileSync(patch, "utf8").split("\n");
    if (!tests.startsWith("Tests: ")) throw new Error(`${patch} does not name its tests in its second line.`);
    return { name, patch, defect, tests: tests.slice("Tests: ".length).trim().split(/\s+/) };
  });
}

/** Whether a test notices the mutant; says which, or what is wrong. */
async function judge({ name, patch, defect, tests }: Mutant): Promise<boolean> {
  const started = performance.now();
  const copy = join(folder, name);
  copyTree(UNPATCHED, copy);
  const say_ = (what: string, good: boolean) =>
    say(`${good ? "killed" : "ALIVE "} ${name} (${secondsSince(started)} s): ${defect}\n       ${what}`, good);
  try {
    const refusal = await problemOf("git", ["apply", patch], copy);
    if (refusal !== undefined) return say_(`its patch does not apply: ${refusal}`, false);
    const errors = await typeErrors(copy);
    if (errors !== undefined) return say_(`it does not compile: ${errors}`, false);
    const failed = await failingTest(copy, tests, MOST);
    return failed === undefined ? say_(`passes ${tests.join(", ")}`, false) : say_(failed, true);
  } catch (error) {
    return say_((error as Error).message, false);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

function copyTree(from: string, copy: string): void {
  cpSync(from, copy, { recursive: true, filter: (path) => !LEFT_OUT.has(path.slice(from.length + 1)) });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  writeFileSync(join(copy, "tsconfig.mutant.json"), JSON.stringify(TYPES));
}

function typeErrors(copy: string): Promise<string | undefined> {
  return problemOf("node_modules/.bin/tsc", ["-p", "tsconfig.mutant.json"], copy);
}

/** The first test that fails, with its file and the first line of its complaint. Throws where the tests do not come to their end. */
async function failingTest(copy: string, tests: readonly string[], most: number): Promise<string | undefined> {
  const output = `${copy}.json`;
  const reporter = ["--reporter", "./scripts/first-failure.cjs", "--reporter-option", `output=${output}`];
  const mocha = ["node_modules/mocha/bin/mocha.js", "--bail", ...reporter, ...tests];
  const problem = await problemOf(process.execPath, mocha, copy, most);
  if (!existsSync(output)) throw new Error(`its tests did not end within ${most / MINUTE} minutes: ${problem}`);
  const { passes, failure } = JSON.parse(readFileSync(output, "utf8")) as Outcome;
  if (failure) return `${failure.file.slice(copy.length + 1)}: ${failure.title} (${failure.message.split("\n")[0]})`;
  if (passes === 0 || problem !== undefined) throw new Error(`its tests did not run: ${problem}`);
  return undefined;
}

interface Outcome {
  readonly passes: number;
  readonly failure?: { readonly title: string; readonly file: string; readonly message: string };
}

/** What a command that fails writes; undefined where it succeeds. */
async function problemOf(command: string, args: readonly string[], cwd: string, timeout = MOST) {
  try {
    await run(command, args, { cwd, timeout, killSignal: "SIGKILL", maxBuffer: 2 ** 26 });
    return undefined;
  } catch (error) {
    const { stdout, stderr, message } = error as Error & { stdout: string; stderr: string };
    return `${stderr}${stdout}`.trim().split("\n").slice(0, 5).join("\n") || message;
  }
}

function secondsSince(started: number): string {
  return ((performance.now() - started) / 1000).toFixed(0);
}

function say(text: string, good: boolean): boolean {
  process.stdout.write(`${text}\n`);
  return good;
}
