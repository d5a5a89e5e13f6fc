// `npm run test:dynamodb-local`: runs what is tested against a table (or the tests given) on AWS's own DynamoDB Local instead of dynalite.
// Needs Java 17 or newer and Maven, which fetches it once into `node_modules/.cache`.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";

const TESTS = [
  "test/ledger/**/*.test.ts",
  "test/ingest/**/*.test.ts",
  "test/submit/**/*.test.ts",
  "test/crashes/http.test.ts",
];
const POM = resolve(import.meta.dirname, "dynamodb-local/pom.xml");
const JARS = resolve("node_modules/.cache/dynamodb-local-2.6.1");
const START_WITHIN = 60_000;

requireTool("java", ["-version"]);
requireTool("mvn", ["-version"]);
fetchJars();
const port = await freePort();
const server = start(port);
process.once("exit", () => server.kill("SIGKILL"));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
await listening(server, port);
process.exit(await test(port));

function requireTool(name: string, probe: string[]): void {
  if (spawnSync(name, probe, { stdio: "ignore" }).status !== 0)
    stop(`${name} cannot be run: DynamoDB Local needs Java 17 or newer and Maven on the PATH`);
}

function fetchJars(): void {
  if (existsSync(join(JARS, "complete"))) return;
  say("fetching DynamoDB Local with Maven");
  const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies";
  const args = ["-q", "-B", "-f", POM, goal, `-DoutputDirectory=${JARS}`, "-DincludeScope=runtime"];
  if (spawnSync("mvn", args, { stdio: "inherit" }).status !== 0)
    stop(`Maven could not fetch what ${POM} names: see its message above`);
  // The last thing written: a fetch that was interrupted is done again.
  if (spawnSync("touch", [join(JARS, "complete")]).status !== 0) stop(`${JARS} cannot be written`);
}

function start(port: number): ChildProcess {
  const libraries = [`-Djava.library.path=${JARS}`, `-Dsqlite4java.library.path=${JARS}`];
  const main = "com.amazonaws.services.dynamodbv2.local.main.ServerRunner";
  const args = ["-Xmx1g", ...libraries, "-cp", `${JARS}/*`, main, "-inMemory", "-port", `${port}`, "-disableTelemetry"];
  return spawn("java", args, { stdio: ["ignore", "ignore", "inherit"] });
}

async function listening(server: ChildProcess, port: number): Promise<void> {
  const until = Date.now() + START_WITHIN;
  while (Date.now() < until && server.exitCode === null) {
    if (await canConnect(port)) return;
    await setTimeout(200);
  }
  stop(`DynamoDB Local does not answer on port ${port}: see its message above`);
}

function test(port: number): Promise<number> {
  const tests = process.argv.slice(2);
  const environment = { ...process.env, DYNAMODB_ENDPOINT: `http://127.0.0.1:${port}` };
  say(`testing against DynamoDB Local on port ${port}`);
  const args = ["node_modules/mocha/bin/mocha.js", ...(tests.length > 0 ? tests : TESTS)];
  const mocha = spawn(process.execPath, args, { env: environment, stdio: "inherit" });
  return new Promise((ended) => mocha.once("exit", (status) => ended(status ?? 1)));
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((answered) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => answered(true)).once("error", () => answered(false));
    socket.once("connect", () => socket.destroy());
  });
}

function freePort(): Promise<number> {
  return new Promise((found) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => found(port));
    });
  });
}

function say(text: string): void {
  process.stderr.write(`dynamodb-local: ${text}\n`);
}

function stop(text: string): never {
  say(`${text}.`);
  process.exit(1);
}
