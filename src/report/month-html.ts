import { dollars, grouped } from "./cells.ts";
import { buyerText, kinds } from "./kinds.ts";
import { html, type Markup } from "./markup.ts";
import type { MonthMeter, MonthSummary } from "./month.ts";
import { countAll, daysTable, dayText, kindsIn, missingNote, verdictOf } from "./needs.ts";
import { framed } from "./page-frame.ts";
import type { FindingKind } from "./report.ts";
import { METER_COLUMNS, meterRow } from "./rows.ts";
import { totalsSection } from "./totals-section.ts";

/** How many meters the page shows; the others are in the month's summary.json. */
const MOST_METERS = 1000;

/** A month as a page that leads to its days. It lies in a folder beside theirs. */
export function monthHtml(month: MonthSummary): string {
  const rejected = month.rejected.reduce((total, { count }) => total + count, 0);
  const open = month.days.filter(({ final }) => !final).length;
  const about = html`${grouped(month.days.length)} days${open > 0 ? `, ${grouped(open)} of which can still change` : null}. <a href="../index.html">All reports</a>`;
  return framed(`Usage of ${month.month}`, about, [
    verdictOf(month.needing, rejected),
    missingNote(month.missing),
    figures(month),
    totalsSection(month.meters),
    findingsByKind(month),
    rejectedSection(month.rejected),
    html`<section><h2>Days</h2>${daysTable(month.days.toReversed(), { root: "../", caption: "The days of the month, the latest first" })}</section>`,
    metersSection(month.meters),
  ]);
}

function figures({ matched, findings, meters, unbilled, tooMuch }: MonthSummary): Markup {
  const figure = (value: string, label: string) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`;
  return html`<dl class="figures">
${figure(grouped(matched), "records matched")}
${figure(grouped(countAll(findings)), "findings")}
${figure(grouped(meters.length), "meters")}
${figure(dollars(unbilled), "unbilled at most, where prices are known")}
${figure(dollars(tooMuch), "billed too much, where prices are known")}
</dl>`;
}

function findingsByKind({ findings, needing, days }: MonthSummary): Markup {
  if (countAll(findings) === 0) return html`<section><h2>Findings</h2><p>None.</p></section>`;
  const links = (kind: FindingKind) =>
    days
      .filter((day) => (day.findings[kind] ?? 0) > 0)
      .map((day) => html`<li><a href="../${dayText(day)}/report.html">${dayText(day)}</a></li>`);
  const row = (kind: FindingKind) => html`<tr>
<th scope="row" class="${(needing[kind] ?? 0) > 0 ? "bad" : "soft"}">${kinds[kind].title}</th>
<td class="number">${grouped(findings[kind] ?? 0)}</td><td class="number">${grouped(needing[kind] ?? 0)}</td>
<td><ul class="plain">${links(kind)}</ul></td></tr>`;
  return html`<section><h2>Findings</h2><div class="scroll"><table><caption class="hidden">Findings by kind, with the days whose reports have them</caption>
<thead><tr><th scope="col">Kind</th><th scope="col" class="number">How many</th><th scope="col" class="number">Need someone</th><th scope="col">Days</th></tr></thead>
<tbody>${kindsIn(findings).map(row)}</tbody></table></div></section>`;
}

function rejectedSection(rejected: MonthSummary["rejected"]): Markup | null {
  if (rejected.length === 0) return null;
  return html`<section><h2>Rejected usage events</h2><div class="scroll"><table><caption class="hidden">Rejected usage events, by what is wrong with them</caption>
<thead><tr><th scope="col">Reason</th><th scope="col">Field</th><th scope="col" class="number">How many</th></tr></thead>
<tbody>${rejected.map(({ reason, field, count }) => html`<tr><th scope="row">${reason}</th><td>${field}</td><td class="number">${grouped(count)}</td></tr>`)}</tbody></table></div></section>`;
}

function metersSection(meters: readonly MonthMeter[]): Markup | null {
  if (meters.length === 0) return null;
  const rest = meters.length - MOST_METERS;
  return html`<section><h2>Meters</h2><div class="scroll"><table class="meters"><caption class="hidden">The quantities of each product, dimension and buyer</caption>
<thead><tr>${METER_COLUMNS.map(({ label, sort }) => html`<th scope="col"${sort === "number" ? html` class="number"` : null}>${label}</th>`)}</tr></thead>
${meters.slice(0, MOST_METERS).map((meter) => meterRow({ ...meter, buyer: buyerText(meter.buyer) }))}</table></div>
${rest > 0 ? html`<p class="soft">${grouped(rest)} more are in summary.json beside this page.</p>` : null}</section>`;
}
