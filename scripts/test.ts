// `npm test`: everything that can be checked with Node and npm alone. Ends with `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "test-"));
const counts = join(folder, "counts.json");
const covered = ["usage", "ledger", "submit", "verify", "evidence", "cli"].flatMap((part) => [
  "--include",
  `src/${part}/**/*.ts`,
]);
const bars = ["--check-coverage", "--lines", "95", "--branches", "95", "--functions", "0", "--statements", "0"];

let passed = 0;
let failed = 0;

try {
  check("build", "npm", ["run", "--silent", "build"]);
  check("format and lint", "biome", ["check", "--error-on-warnings", "."]);
  check("types", "tsc", ["-p", "."]);
  check("types of the report's page, which runs in a browser", "tsc", ["-p", "src/report/page"]);
  check("the package's own description", "publint", ["--strict"]);
  const mocha = [
    "mocha",
    "--parallel",
    "--jobs",
    "2",
    "--reporter",
    "./scripts/reporter.cjs",
    "--reporter-option",
    `counts=${counts}`,
    "test/**/*.test.ts",
  ];
  check("tests, and at least 95 % of lines and branches", "c8", [
    "--all",
    ...covered,
    ...bars,
    "--reporter",
    "text-summary",
    ...mocha,
  ]);
  addTests();
} finally {
  rmSync(folder, { recursive: true });
}
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

/** Runs one check, and says how long it took. */
function check(name: string, command: string, args: readonly string[]): void {
  process.stdout.write(`\n== ${name}\n`);
  const started = performance.now();
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (error) process.stdout.write(`${error.message}\n`);
  process.stdout.write(
    `== ${name}: ${status === 0 ? "passed" : "failed"} in ${((performance.now() - started) / 1000).toFixed(0)} s\n`,
  );
  if (status === 0) passed += 1;
  else failed += 1;
}

/** Adds mocha's own count. A run that wrote none has failed already. */
function addTests(): void {
  try {
    const { passes, failures, pending } = JSON.parse(readFileSync(counts, "utf8"));
    passed += passes;
    failed += failures + (passes === 0 ? 1 : 0);
    if (pending > 0) process.stdout.write(`${pending} tests were skipped; each says why above.\n`);
  } catch {
    process.stdout.write("The tests did not come to their end.\n");
  }
}
