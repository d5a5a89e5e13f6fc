// Bundles each function to dist/functions/NAME/index.mjs, with the AWS SDK, for Lambda's nodejs24.x.
import { readFile } from "node:fs/promises";
import { build, type Plugin } from "esbuild";
import { buildReportPage } from "./build-report-page.ts";

const names = ["ingest", "submit", "verify"];

/**
 * Writes the names of fields in the SDK's shapes out, `{ [_h]: 1 }` as `{ "header": 1 }`: a key that has to be computed may have side effects, for
 * all that esbuild knows, and it keeps every shape of S3 that has one, which is nearly all of them.
 */
const plainShapes: Plugin = {
  name: "plain-shapes",
  setup({ onLoad }) {
    onLoad({ filter: /@aws-sdk\/client-[^/]+\/dist-es\/schemas\/schemas_0\.js$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const names = new Map(
        [...text.matchAll(/^const (_\w+) = ("[^"]*");$/gm)].map(([, name, value]) => [name, value]),
      );
      return { contents: text.replace(/\[(_\w+)\]:/g, (key, name) => (names.has(name) ? `${names.get(name)}:` : key)) };
    });
  },
};

// First, since the verify function carries it.
await buildReportPage();
await build({
  entryPoints: names.map((name) => ({ in: `src/${name}/index.ts`, out: `${name}/index` })),
  outdir: "dist/functions",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  minify: true,
  platform: "node",
  target: "node24",
  format: "esm",
  mainFields: ["module", "main"],
  // Ways to sign in that a function never uses; the SDK loads each only when it comes to it. Lambda gives credentials in variables.
  external: [
    ...["sso", "ini", "process", "web-identity", "login", "http"].map((way) => `@aws-sdk/credential-provider-${way}`),
    "@smithy/credential-provider-imds",
  ],
  plugins: [plainShapes],
  legalComments: "none",
  // A CommonJS dependency inside an ES module needs a require of its own.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  logLevel: "warning",
});
