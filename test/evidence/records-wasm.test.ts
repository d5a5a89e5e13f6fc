import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { assembleScanner } from "../../scripts/build-scanner.ts";

describe("the scanner in WebAssembly", () => {
  it("is what its source assembles to: after a change of records.wat, run `npm run build:scanner`", async () =>
    assert.equal(readFileSync("src/evidence/records-wasm.ts", "utf8"), await assembleScanner()));
});
