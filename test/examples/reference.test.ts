import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { referencePages } from "../../scripts/reference.ts";

describe("the reference pages", () => {
  it("say what the components and policies say: run `npm run reference` after a change", () => {
    for (const [file, text] of Object.entries(referencePages())) {
      assert.equal(readFileSync(join(import.meta.dirname, "../..", file), "utf8"), text);
    }
  });
});
