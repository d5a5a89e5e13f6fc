// Assembles src/evidence/records.wat to src/evidence/records-wasm.ts, which is committed: whoever runs or bundles the code needs no assembler.
import { readFileSync, writeFileSync } from "node:fs";
import openWabt from "wabt";

const SOURCE = "src/evidence/records.wat";
const RESULT = "src/evidence/records-wasm.ts";

/** The module as it is committed. */
export async function assembleScanner(): Promise<string> {
  const wabt = await openWabt();
  const module = wabt.parseWat(SOURCE, readFileSync(SOURCE, "utf8"), { simd: true, bulk_memory: true });
  const { buffer } = module.toBinary({});
  const comment = "/** `records.wat` as WebAssembly, in base64: made by `npm run build:scanner`, not by hand. */";
  const bytes = Buffer.from(buffer).toString("base64");
  return `${comment}\nexport const RECORDS_WASM =\n  "${bytes}";\n`;
}

if (import.meta.main) writeFileSync(RESULT, await assembleScanner());
