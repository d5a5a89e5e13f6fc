import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");

describe("the README", () => {
  it("shows the examples as they are checked and run, not as they once were", () => {
    const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
    assert.deepEqual(
      blocks,
      ["stack.ts", "send-usage.ts"].map((name) => readFileSync(join(root, "examples", name), "utf8")),
    );
  });

  it("links to pages that are there", () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, path]) => path as string);
    assert.deepEqual(
      links.filter((path) => !path.startsWith("http") && !existsSync(join(root, path))),
      [],
    );
  });
});
