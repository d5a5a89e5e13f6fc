import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { finding, meter, report } from "../report/sample.ts";
import { violations } from "./axe.ts";
import { startBrowser, type TestBrowser } from "./page.ts";
import { reportOf } from "./reports.ts";

/** Needs a Chromium. */
describe("report.html in a browser", function () {
  this.timeout(60_000);
  let browser: TestBrowser;
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser.close());
  // Each test fails, too, where the page writes to the console, throws, or asks for anything but itself.
  afterEach(() => browser.closePages());

  const findings = (page: Page) => page.locator("#findings");
  const status = (page: Page) => findings(page).getByRole("status").textContent();
  /** What the rows on screen have in one column, each value once. */
  const column = async (page: Page, label: string): Promise<string[]> => {
    const cells = findings(page).locator(label === "Kind" ? "tbody th" : `td[data-label="${label}"]`);
    return [...new Set(await cells.allTextContents())];
  };
  const button = (within: Locator, name: string) => within.getByRole("button", { name, exact: true });

  it("filters by kind, product, buyer, dimension and what needs someone, and clears all of it at once", async () => {
    const { page } = await browser.open(reportOf(420));
    assert.equal(await status(page), "1 to 100 of 420 findings.");
    await findings(page).getByLabel("Kind").selectOption({ label: "Missing (30)" });
    assert.deepEqual(await column(page, "Kind"), ["Missing"]);
    assert.equal(await status(page), "30 findings (of 420).");
    await findings(page).getByLabel("Product").selectOption({ label: "archive (130)" });
    await findings(page).getByLabel("Buyer").fill("CUSTOMER-2");
    const buyers = await column(page, "Buyer");
    assert.ok(buyers.length > 1 && buyers.every((buyer) => buyer.startsWith("customer customer-2")), `${buyers}`);
    await button(findings(page), "Clear").click();
    assert.equal(await status(page), "1 to 100 of 420 findings.");
    await findings(page).getByLabel("Dimension").selectOption({ label: "GbHours (130)" });
    assert.deepEqual(await column(page, "Dimension"), ["GbHours"]);
    await button(findings(page), "Clear").click();
    await findings(page).getByLabel("Only what needs someone").check();
    assert.equal(await status(page), "1 to 100 of 330 findings (of 420).");
    await findings(page).getByLabel("Buyer").fill("nobody");
    assert.equal(await status(page), "No finding is like that (of 420).");
    assert.equal(await findings(page).locator("tbody").count(), 0);
  });

  it("sorts by a heading up, down and back, and says so to screen readers", async () => {
    const { page } = await browser.open(reportOf(420));
    const heading = findings(page).getByRole("columnheader", { name: "Submitted" });
    const first = async () => (await column(page, "Submitted"))[0];
    const asItCame = await first();
    await button(findings(page), "Submitted").click();
    assert.equal(await heading.getAttribute("aria-sort"), "ascending");
    assert.equal(await first(), "6");
    await button(findings(page), "Submitted").click();
    assert.equal(await heading.getAttribute("aria-sort"), "descending");
    assert.equal(await first(), "424");
    await button(findings(page), "Submitted").click();
    assert.equal(await heading.getAttribute("aria-sort"), null);
    assert.equal(await first(), asItCame);
  });

  it("turns the pages of findings and of meters, by keyboard too", async () => {
    const { page } = await browser.open(reportOf(420));
    await button(findings(page), "Next").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    assert.equal(await status(page), "201 to 300 of 420 findings.");
    await button(findings(page), "Last").click();
    assert.equal(await status(page), "401 to 420 of 420 findings.");
    assert.equal(await button(findings(page), "Next").getAttribute("aria-disabled"), "true");
    await button(findings(page), "Next").press("Enter");
    assert.equal(await findings(page).locator(".pager span").textContent(), "Page 5 of 5");
    await button(findings(page), "First").click();
    assert.equal(await status(page), "1 to 100 of 420 findings.");
    await button(findings(page), "Last").click();
    await findings(page).getByLabel("Only what needs someone").check();
    assert.equal(await findings(page).locator(".pager span").textContent(), "Page 1 of 4");
    const meters = page.locator("#meters");
    await button(meters, "Next").click();
    assert.equal(await meters.getByRole("status").textContent(), "101 to 130 of 130 meters.");
    assert.equal(await meters.locator("tbody tr").count(), 30);
  });

  it("copies a row, also after sorting and on a later page", async () => {
    const { page } = await browser.open(reportOf(420), { permissions: ["clipboard-read", "clipboard-write"] });
    await button(findings(page), "Submitted").click();
    await button(findings(page), "Next").click();
    const row = findings(page).locator("tbody").nth(3);
    const shown = await row.locator('td[data-label="Submitted"]').textContent();
    const copy = row.getByRole("button");
    await copy.click();
    await row.getByText("Copied").waitFor();
    const copied = String(await page.evaluate("navigator.clipboard.readText()"));
    assert.match(
      copied,
      new RegExp(`^Kind: .*\nHour \\(UTC\\): .*\n(.*\n)*Submitted: ${shown}\n(.*\n)*What to do: .*\n`),
    );
  });

  it("selects the row to be copied by hand where the browser does not let the page copy", async () => {
    const { page } = await browser.open(reportOf(5));
    await page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error())");
    await findings(page).locator("tbody button").first().click();
    await findings(page).getByText("Selected").waitFor();
    assert.match(String(await page.evaluate("getSelection().toString()")), /Evidence fails or is missing/);
  });

  it("draws used against billed, of the dimension chosen, with the same in a sentence and a table", async () => {
    const { page } = await browser.open(reportOf(5));
    const section = page.locator("#hours");
    // Nothing, the grid, what was used, what was billed.
    assert.equal(await colours(page), 4);
    const drawn = await pixels(page);
    const before = await section.locator("figcaption").textContent();
    assert.match(before ?? "", /^analytics ApiCalls: used 43261, billed 39698 .* differ in 6 of 72 hours\.$/);
    await section.getByLabel("Usage").selectOption("archive Gb");
    assert.ok((await pixels(page)) !== drawn);
    assert.match((await section.locator("figcaption").textContent()) ?? "", /^archive Gb: /);
    assert.match((await section.getByRole("img").getAttribute("aria-label")) ?? "", /^Chart\. archive Gb: /);
    await section.getByText("Each hour as a table").click();
    assert.equal(await section.locator("[data-table] tbody tr").count(), 72);
    assert.match((await section.locator("[data-table] caption").textContent()) ?? "", /^archive Gb /);
  });

  it("follows the light and dark of the system, chart and all", async () => {
    const { page } = await browser.open(reportOf(30), { colorScheme: "light" });
    const paper = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    const light = { paper: await paper(), chart: await pixels(page) };
    await page.emulateMedia({ colorScheme: "dark" });
    await nextFrame(page);
    assert.equal(light.paper, "rgb(255, 255, 255)");
    assert.equal(await paper(), "rgb(18, 22, 28)");
    assert.ok((await pixels(page)) !== light.chart);
  });

  it("prints what is filtered in one piece, on white, with the headings and the log files and without the controls", async () => {
    const { page } = await browser.open(reportOf(420), { colorScheme: "dark" });
    await findings(page).getByLabel("Only what needs someone").check();
    await page.emulateMedia({ media: "print" });
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    assert.equal(await findings(page).locator("tbody").count(), 330);
    assert.equal(await status(page), "330 findings (of 420).");
    for (const unwanted of [".filters", ".pager", ".copy", ".hours"])
      assert.equal(await page.locator(unwanted).filter({ visible: true }).count(), 0, unwanted);
    assert.ok(await findings(page).locator("details li").first().isVisible());
    assert.equal(await page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    assert.equal(await findings(page).locator("tbody").count(), 100);
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
    assert.ok((pdf.match(/\/Type\s*\/Page\b/g) ?? []).length > 20);
  });

  it("fits a narrow screen without scrolling sideways", async () => {
    const { page } = await browser.open(reportOf(30), { viewport: { width: 360, height: 800 } });
    assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 360);
    const box = "document.querySelector('#findings .scroll')";
    assert.equal(await page.evaluate(`${box}.scrollWidth - ${box}.clientWidth`), 0);
    await button(findings(page), "Submitted").click();
    assert.equal((await column(page, "Submitted"))[0], "6");
  });

  it("is readable without JavaScript: the first hundred findings, the totals, the hours, and no control that does nothing", async () => {
    const { page } = await browser.open(reportOf(420), { javaScriptEnabled: false });
    assert.equal(await findings(page).locator("tbody").count(), 100);
    assert.match((await status(page)) ?? "", /^The first 100 of 420 findings\./);
    assert.equal(await page.locator("button, select, input").filter({ visible: true }).count(), 0);
    await page.getByText("Each hour as a table").click();
    assert.equal(await page.locator("#hours [data-table] tbody tr").filter({ visible: true }).count(), 72);
    assert.ok(await page.getByText("The chart and the other dimensions need JavaScript.").isVisible());
  });

  it("opens with 100,000 findings in less than 3 seconds, and filters, sorts and scrolls them without freezing", async () => {
    const { page } = await browser.open(reportOf(100_000));
    const opened = await page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd");
    assert.ok(Number(opened) < 3000, `it took ${opened} ms`);
    assert.equal(await status(page), "1 to 100 of 100,000 findings.");
    // The time in which a page cannot answer is that of its longest task.
    await page.evaluate(
      "window.longest = 0; new PerformanceObserver((all) => { for (const { duration } of all.getEntries()) longest = Math.max(longest, duration); }).observe({ type: 'longtask' })",
    );
    await button(findings(page), "Buyer").click();
    await button(findings(page), "Money").click();
    await findings(page).getByLabel("Buyer").fill("l-12");
    assert.equal(await status(page), "1 to 100 of 1,429 findings (of 100,000).");
    await button(findings(page), "Last").click();
    await page.mouse.wheel(0, 20_000);
    await nextFrame(page);
    const longest = Number(await page.evaluate("longest"));
    assert.ok(longest < 1500, `it froze for ${longest} ms`);
  });

  it("shows hostile texts as they are and runs nothing of them, in rows, choices, chart and table", async () => {
    const script = "<img src=x onerror=alert(1)><script>alert(2)</script></script><!--<svg onload=alert(3)>";
    const text = `"'\`${script}\u2028=1+1`;
    const evil = finding({
      product: text,
      dimension: text,
      buyer: { customerIdentifier: text },
      reason: text,
      message: text,
      action: text,
      objects: [text],
    });
    const zeros = Array.from({ length: 24 }, () => "0");
    const hours = { dimension: text, used: ["3", ...zeros.slice(1)], submitted: null, evidenced: zeros };
    const { page } = await browser.open(
      report({
        findings: [evil, finding()],
        meters: [meter({ product: text, dimension: text, buyer: { customerIdentifier: text } }), meter()],
        rejected: [{ reason: text, field: text, count: 1, example: text }],
        hours: [
          { ...hours, product: text },
          { ...hours, product: "other" },
        ],
      }),
    );
    await findings(page).getByLabel("Product").selectOption({ index: 1 });
    await button(findings(page), "Product").click();
    await button(findings(page), "Clear").click();
    await page.getByLabel("Usage").selectOption({ index: 1 });
    await page.getByLabel("Usage").selectOption({ index: 0 });
    assert.ok((await column(page, "Product")).includes(text));
    assert.equal(await page.locator("main img, main script, svg").count(), 0);
    assert.equal(
      await page.locator("#hours [data-table] caption").textContent(),
      `${text} ${text} by hour (UTC); hours with neither are left out`,
    );
  });

  for (const colorScheme of ["light", "dark"] as const)
    it(`breaks no rule of accessibility that axe knows, ${colorScheme}, with findings and without`, async () => {
      for (const count of [0, 130]) {
        const { page } = await browser.open(reportOf(count), { colorScheme });
        if (count > 0) await button(findings(page), "Money").click();
        await page.locator("details").first().locator("summary").click();
        assert.deepEqual(await violations(page), []);
      }
    });
});

/** Until the browser has told the page what changed, and shown it. */
const nextFrame = (page: Page) =>
  page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");

const CANVAS = "document.querySelector('#hours canvas')";

/** The pixels of the chart, as one text. */
const pixels = async (page: Page) => String(await page.evaluate(`${CANVAS}.toDataURL()`));

/** How many different colours the chart has, the edges of its lines left out. */
const colours = async (page: Page) =>
  Number(
    await page.evaluate(
      `(({ width, height }) => {
        const { data } = ${CANVAS}.getContext("2d").getImageData(0, 0, width, height);
        const counts = {};
        for (let n = 0; n < data.length; n += 4) counts[data.slice(n, n + 4)] = (counts[data.slice(n, n + 4)] ?? 0) + 1;
        return Object.values(counts).filter((count) => count > 300).length;
      })(${CANVAS})`,
    ),
  );
