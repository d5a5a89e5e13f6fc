import assert from "node:assert/strict";
import { indexHtml, type ReportIndex } from "../../src/report/index-html.ts";
import { monthHtml } from "../../src/report/month-html.ts";
import { dayMeter, daySummary, eventfulMonth, monthSummary } from "./summaries.ts";

const links = (page: string) => [...page.matchAll(/<a href="([^"]+)">([^<]+)<\/a>/g)].map(([, to, text]) => [to, text]);
const index = (changes: Partial<ReportIndex> = {}): string =>
  indexHtml({ writtenAt: "2026-11-23T20:17:00Z", months: [eventfulMonth()], windows: [], left: [], ...changes });
const HOSTILE = `<img src=x onerror=alert(1)></td><script>alert(2)</script>"'\`&`;

describe("the page of a month", () => {
  it("says what needs someone, what is missing, and what each dimension came to", () => {
    const page = monthHtml(eventfulMonth());
    assert.match(page, /5 findings need someone, and 4 usage events were rejected\./);
    assert.match(page, /2 days have no report: 2026-11-07 to 2026-11-08\./);
    assert.match(page, /21 days, 4 of which can still change/);
    assert.match(page, /\$12\.3456/);
    const [, totals = ""] = page.split("<h2>Totals</h2>");
    assert.match(totals, /<th scope="row">ApiCalls<\/th><td class="number">3<\/td><td class="number">1\.5<\/td>/);
  });

  it("leads to each day, from each kind of finding to the days that have it, and back to all reports", () => {
    const all = links(monthHtml(eventfulMonth()));
    assert.deepEqual(all[0], ["../index.html", "All reports"]);
    assert.deepEqual(all.slice(1, 5), [
      ["../2026-11-12/report.html", "2026-11-12"],
      ["../2026-11-12/report.html", "2026-11-12"],
      ["../2026-11-13/report.html", "2026-11-13"],
      ["../2026-11-23/report.html", "2026-11-23"],
    ]);
    assert.equal(all.length, 5 + 21);
    assert.deepEqual(all[5], ["../2026-11-23/report.html", "2026-11-23"]);
  });

  it("says of a month without a flaw that nothing needs anyone", () => {
    const page = monthHtml(monthSummary([daySummary("2026-11-01")], "2026-11-02T00:00:00Z"));
    assert.match(page, /Nothing here needs anyone\./);
    assert.match(page, /<h2>Findings<\/h2><p>None\.<\/p>/);
    assert.ok(!page.includes("no report"));
  });

  it("shows a thousand meters and says where the others are", () => {
    const meters = Array.from({ length: 1001 }, (_, n) => dayMeter({ dimension: `Dimension${n}` }));
    const page = monthHtml(monthSummary([daySummary("2026-11-01", { meters })]));
    assert.match(page, /1 more are in summary\.json/);
  });

  it("shows hostile names as they are, and runs and loads nothing", () => {
    const page = monthHtml(
      monthSummary([
        daySummary("2026-11-01", {
          meters: [dayMeter({ product: HOSTILE, dimension: HOSTILE, buyer: { customerIdentifier: HOSTILE } })],
          rejected: [{ reason: HOSTILE, field: HOSTILE, count: 1 }],
        }),
      ]),
    );
    assert.ok(!/<img|<script/.test(page));
    assert.equal(page.split("&#60;img src=x onerror=alert(1)&#62;").length - 1, 2 + 3 + 2);
    assert.match(page, /default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'/);
  });
});

describe("the page that leads to all reports", () => {
  it("has what needs someone first, then months and days, the latest first, and all of them", () => {
    const october = monthSummary([daySummary("2026-10-30"), daySummary("2026-10-31")], "2026-10-31T20:00:00Z");
    const page = index({ months: [october, eventfulMonth()], windows: ["2026-10-01T00", "2026-11-01T05"] });
    assert.match(page, /3 days need someone\./);
    const all = links(page).map(([to]) => to);
    const days = Array.from({ length: 23 }, (_, n) => 23 - n).filter((n) => n !== 7 && n !== 8);
    assert.deepEqual(all, [
      ...["2026-11-18", "2026-11-13", "2026-11-12"].map((day) => `${day}/report.html`),
      "2026-11/summary.html",
      "2026-10/summary.html",
      ...days.map((n) => `2026-11-${String(n).padStart(2, "0")}/report.html`),
      "2026-10-31/report.html",
      "2026-10-30/report.html",
      "2026-11-01T05/report.html",
      "2026-10-01T00/report.html",
    ]);
  });

  it("says when nothing needs anyone, and when nothing is there yet", () => {
    assert.match(index({ months: [] }), /No day needs anyone\.[\s\S]*None yet\./);
  });

  it("says which days the last run did not come to the end of", () => {
    const left = ["2026-11-22T00:00:00Z", "2026-11-21T00:00:00Z"];
    assert.match(index({ left }), /The last run did not come to the end of 2026-11-22, 2026-11-21:/);
    assert.ok(!index().includes("did not come"));
  });

  it("shows hostile names as they are", () => {
    const page = index({ windows: [HOSTILE] });
    assert.ok(!/<img|<script/.test(page));
  });
});
