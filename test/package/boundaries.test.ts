import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const root = join(import.meta.dirname, "../..");
const KB = 1000;

/** What each folder may import of this repository, and whether it may import Pulumi. The most specific folder counts. */
const DIRECTIONS: Record<string, { of: string[]; pulumi: boolean }> = {
  "src/usage": { of: ["src/usage"], pulumi: false },
  "src/ledger": { of: ["src/ledger", "src/usage", "src/clock.ts"], pulumi: false },
  "src/evidence": { of: ["src/evidence", "src/usage"], pulumi: false },
  // The page's own script and style are built before they are imported.
  "src/report": { of: ["src", "dist/report"], pulumi: false },
  src: { of: ["src"], pulumi: false },
  "src/stack.ts": { of: ["components", "src"], pulumi: true },
  components: { of: ["components", "src/usage"], pulumi: true },
  policy: { of: ["policy"], pulumi: true },
  "sandbox/metering": { of: ["sandbox/metering"], pulumi: false },
  "sandbox/cloudtrail": { of: ["sandbox/cloudtrail", "sandbox/metering"], pulumi: false },
  sandbox: { of: ["sandbox", "components", "src"], pulumi: true },
  bench: { of: ["bench", "sandbox", "src", "test/support"], pulumi: false },
};

const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file));

const isIn = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

function wrongImports(file: string): string[] {
  const folder = Object.keys(DIRECTIONS)
    .filter((name) => isIn(file, name))
    .sort((a, b) => b.length - a.length)[0] as string;
  const allowed = DIRECTIONS[folder] as (typeof DIRECTIONS)[string];
  const imported = [
    ...readFileSync(join(root, file), "utf8").matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g),
  ].map(([, name]) => name as string);
  return imported
    .filter((name) => {
      if (!name.startsWith(".")) return name.startsWith("@pulumi/") && !allowed.pulumi;
      const path = relative(root, resolve(root, file, "..", name));
      return !allowed.of.some((each) => isIn(path, each));
    })
    .map((name) => `${file} imports ${name}`);
}

describe("the boundaries of the code", () => {
  it("hold: imports point one way, only stack.ts of src knows Pulumi, and the judge knows nothing of what it judges", () => {
    const files = ["src", "components", "policy", "sandbox", "bench"].flatMap(sources);
    assert.ok(files.length > 80);
    assert.deepEqual(files.flatMap(wrongImports), []);
  });

  it("keep files short enough to be read: none over 400 lines", () => {
    const files = ["src", "components", "policy", "sandbox", "bench", "test", "scripts"].flatMap(sources);
    assert.deepEqual(
      files.filter((file) => readFileSync(join(root, file), "utf8").split("\n").length > 401),
      [],
    );
  });

  it("keep the functions small enough to start fast, and free of the sandbox", () => {
    const most = { ingest: 450 * KB, submit: 450 * KB, verify: 600 * KB };
    const bundles = Object.entries(most).map(([name, bytes]) => ({
      name,
      bytes,
      path: join(root, "dist/functions", name, "index.mjs"),
    }));
    assert.deepEqual(
      bundles.filter(({ path, bytes }) => statSync(path).size > bytes),
      [],
    );
    assert.deepEqual(
      bundles.filter(({ path }) =>
        /dynalite|fauxqs|InvalidUsageAllocationsException\b.{0,40}throw|@pulumi/.test(readFileSync(path, "utf8")),
      ),
      [],
    );
  });
});
