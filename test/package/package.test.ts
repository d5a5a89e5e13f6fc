import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { logFile, logKey, meteringEvent } from "../evidence/events.ts";

const root = join(import.meta.dirname, "../..");
const run = (command: string, args: string[], cwd: string) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

const KEY = logKey("20261123T1125Z");
const BUYER = {
  accountId: "111122223333",
  licenseArn: "arn:aws:license-manager:us-east-1:294406891311:license:l-1",
};

describe("the package as it is published", function () {
  this.timeout(180_000);
  let folder: string;
  let files: string[];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "package-"));
    const [packed] = JSON.parse(run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], root));
    files = packed.files.map(({ path }: { path: string }) => path);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
    run(
      "npm",
      ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", join(folder, packed.filename)],
      folder,
    );
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("gives an empty project its five components and nothing else", () => {
    const names = run(
      "node",
      ["-e", 'import("aws-marketplace-metering").then((all) => console.log(JSON.stringify(Object.keys(all).sort())))'],
      folder,
    );
    const classes = (JSON.parse(names) as string[]).filter((name) => /^[A-Z]/.test(name));
    assert.deepEqual(classes, [
      "Integration",
      "Integrity",
      "MarketplaceMetering",
      "MeteringRole",
      "MeteringTrail",
      "UsagePipeline",
      "UsageVerification",
    ]);
  });

  it("carries the function bundles, the policy pack and the sources that the plugin host checks", () => {
    const wanted = [
      "dist/functions/ingest/index.mjs",
      "dist/functions/submit/index.mjs",
      "dist/functions/verify/index.mjs",
      "dist/cli/main.mjs",
      "dist/policy/pack.js",
      "policy/PulumiPolicy.yaml",
      "PulumiPlugin.yaml",
      "schema.json",
      "components/index.ts",
      "src/usage/products.ts",
      "tsconfig.json",
      "README.md",
      "LICENSE",
    ];
    assert.deepEqual(
      wanted.filter((path) => !files.includes(path)),
      [],
    );
  });

  it("has a command line that starts where nothing else is installed, and reads log files in threads of its own", () => {
    const command = join(folder, "node_modules/.bin/marketplace-metering");
    assert.match(run(command, ["--help"], folder), /^Usage: marketplace-metering .*\n(.*\n)* {2}verify /);
    mkdirSync(join(folder, dirname(KEY)), { recursive: true });
    writeFileSync(join(folder, KEY), logFile(meteringEvent()));
    const submission = { region: "us-east-1", dimension: "ApiCalls", timestamp: "2026-11-23T10:59:00Z", quantity: 5 };
    writeFileSync(join(folder, "sent.ndjson"), `${JSON.stringify({ ...submission, ...BUYER })}\n`);
    const window = ["--from", "2026-11-23", "--to", "2026-11-24", "--integrity", "off"];
    const printed = run(
      command,
      ["verify", "--logs", folder, "--submissions", join(folder, "sent.ndjson"), ...window, "--format", "json"],
      folder,
    );
    assert.deepEqual(JSON.parse(printed).counts, { matched: 1 });
  });

  it("carries nothing of the sandbox, the tests or this checkout", () => {
    assert.deepEqual(
      files.filter((path) => /^(sandbox|test|scripts|bench|\.ci|out)\//.test(path)),
      [],
    );
    const text = files
      .filter((path) => /\.(js|mjs|json|ts)$/.test(path))
      .filter((path) => readFileSync(join(root, path), "utf8").includes(root));
    assert.deepEqual(text, []);
  });
});
