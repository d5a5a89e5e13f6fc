import assert from "node:assert/strict";
import { indexHtml } from "../../src/report/index-html.ts";
import { monthHtml } from "../../src/report/month-html.ts";
import { eventfulMonth } from "../report/summaries.ts";
import { violations } from "./axe.ts";
import { startBrowser, type TestBrowser } from "./page.ts";

const month = eventfulMonth();
const pages = {
  "the page of a month": monthHtml(month),
  "the page that leads to all reports": indexHtml({
    writtenAt: "2026-11-23T20:17:00Z",
    months: [month],
    windows: ["2026-11-01T05"],
    left: ["2026-11-20T00:00:00Z"],
  }),
};

describe("the pages about many reports", function () {
  this.timeout(60_000);
  let browser: TestBrowser;
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser.close());
  afterEach(() => browser.closePages());

  for (const [name, text] of Object.entries(pages)) {
    for (const colorScheme of ["light", "dark"] as const)
      it(`break no rule of accessibility that axe knows: ${name}, ${colorScheme}`, async () => {
        const { page } = await browser.openText(text, { colorScheme });
        assert.deepEqual(await violations(page), []);
      });

    it(`need no JavaScript, and fit a narrow screen without scrolling sideways: ${name}`, async () => {
      const { page } = await browser.openText(text, {
        viewport: { width: 360, height: 800 },
        javaScriptEnabled: false,
      });
      assert.ok(await page.getByRole("link", { name: "2026-11-12" }).first().isVisible());
      const box = await page.locator("main").boundingBox();
      assert.ok(box && box.x >= 0 && box.x + box.width <= 360);
    });
  }
});
