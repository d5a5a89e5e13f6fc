// Bundles each function to dist/functions/NAME/index.mjs, with the AWS SDK, for Lambda's nodejs24.x.
import { build } from "esbuild";
import { buildReportPage } from "./build-report-page.ts";

const names = ["ingest", "submit", "verify"];

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
  legalComments: "none",
  // A CommonJS dependency inside an ES module needs a require of its own.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  logLevel: "warning",
});
