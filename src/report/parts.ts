import { createHash } from "node:crypto";
import { brotliDecompressSync } from "node:zlib";
import page from "../../dist/report/page.json" with { type: "json" };
import { Markup } from "./markup.ts";

const unpack = (part: string): string => brotliDecompressSync(Buffer.from(part, "base64")).toString();

const hashOf = ({ text }: Markup): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** The page's own style and script, made of the folder `page` by `npm run build:functions`. */
export const STYLE = new Markup(unpack(page.style));
export const SCRIPT = new Markup(unpack(page.script));

/** The Content-Security-Policy of a page without a script: nothing is loaded, sent or run, and nothing styles it but this style. */
export const STYLE_POLICY = new Markup(
  `default-src 'none'; style-src ${hashOf(STYLE)}; base-uri 'none'; form-action 'none'`,
);

/** The page's Content-Security-Policy: nothing is loaded, nothing is sent, and nothing runs or styles it but these two. */
export const POLICY = new Markup(
  `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}; base-uri 'none'; form-action 'none'`,
);
