import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { reportHtml } from "../../src/report/html.ts";
import type { Report } from "../../src/report/report.ts";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** A page that a browser has opened, and what went wrong on it since: messages on the console, errors, requests for anything but itself. */
export interface Opened {
  readonly page: Page;
  readonly problems: string[];
}

/** A headless Chromium that opens reports from files, as a reader does. */
export interface TestBrowser {
  open(report: Report, options?: BrowserContextOptions): Promise<Opened>;
  /** Opens the text of any page. */
  openText(text: string, options?: BrowserContextOptions): Promise<Opened>;
  /** Closes every page; throws where one of them had a problem. */
  closePages(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the Chromium of this machine, or that of `CHROMIUM`. Throws where there is none. */
export async function startBrowser(): Promise<TestBrowser> {
  const executablePath = process.env.CHROMIUM ?? CHROMIUM.find((path) => existsSync(path));
  if (!executablePath)
    throw new Error(`No Chromium at ${CHROMIUM.join(", ")}: install it, or name it in the variable CHROMIUM.`);
  // Everything runs as root in many containers, where Chromium's own sandbox cannot.
  const browser: Browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const folder = mkdtempSync(join(tmpdir(), "report-page-"));
  let opened: Opened[] = [];
  let files = 0;
  const started: TestBrowser = {
    open: (report, options) => started.openText(reportHtml(report), options),
    async openText(text, options = {}) {
      const path = join(folder, `${files++}.html`);
      writeFileSync(path, text);
      const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, ...options });
      const page = await context.newPage();
      const url = pathToFileURL(path).href;
      const problems: string[] = [];
      page.on("console", (message) => problems.push(`console: ${message.text()}`));
      page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
      page.on("dialog", (dialog) => problems.push(`dialog: ${dialog.message()}`));
      page.on("request", (request) => {
        if (request.url() !== url) problems.push(`request: ${request.url()}`);
      });
      opened.push({ page, problems });
      await page.goto(url);
      return { page, problems };
    },
    async closePages() {
      const problems = opened.flatMap((each) => each.problems);
      for (const { page } of opened) await page.context().close();
      opened = [];
      assert.deepEqual(problems, []);
    },
    async close() {
      await browser.close();
      rmSync(folder, { recursive: true });
    },
  };
  return started;
}
