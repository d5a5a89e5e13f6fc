// Bundles what report.html carries, its script and its style, to dist/report/page.json: one file that Node, esbuild and the compiler all import.
import { mkdirSync, writeFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";

/** Builds the page's script and style. */
export async function buildReportPage(): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: { script: "src/report/page/main.ts", style: "src/report/page/style.css" },
    outdir: "dist/report",
    write: false,
    bundle: true,
    minify: true,
    format: "iife",
    target: ["chrome109", "firefox115", "safari16"],
    legalComments: "none",
    // Its licence asks for this wherever it goes.
    banner: { js: "/* With uPlot, https://github.com/leeoniya/uPlot, Copyright (c) Leon Sorokin, MIT licence. */" },
    logLevel: "warning",
  });
  // Compressed, since it is a good part of the verify function, whose size is its cold start.
  const partOf = (end: string): string => {
    const text = outputFiles.find(({ path }) => path.endsWith(end))?.text ?? "";
    return brotliCompressSync(text.trimEnd()).toString("base64");
  };
  mkdirSync("dist/report", { recursive: true });
  writeFileSync("dist/report/page.json", JSON.stringify({ script: partOf(".js"), style: partOf(".css") }));
}
