import { countOf, dollars, grouped, instant } from "./cells.ts";
import { html, type Markup } from "./markup.ts";
import type { MonthDay, MonthSummary } from "./month.ts";
import { countAll, dayNeeds, daysTable, kindItems, missingNote } from "./needs.ts";
import { framed } from "./page-frame.ts";

/** A month without its meters. */
export type IndexedMonth = Omit<MonthSummary, "meters">;

/** Everything in the folder of all reports. */
export interface ReportIndex {
  /** When the run began that wrote it, ISO 8601. */
  readonly writtenAt: string;
  readonly months: readonly IndexedMonth[];
  /** Folders of reports on windows that somebody asked for, by their first hour: `2026-11-01T00`. */
  readonly windows: readonly string[];
  /** Days, by their first instants, that the run did not come to or whose log files it has not all read. */
  readonly left: readonly string[];
}

/** The page that leads to all reports: what needs someone, then every month with its days, the latest first. */
export function indexHtml({ writtenAt, months, windows, left }: ReportIndex): string {
  const inOrder = months.toSorted((a, b) => (a.month < b.month ? 1 : -1));
  const days = inOrder.flatMap((month) => month.days.toReversed());
  const needing = days.filter(dayNeeds);
  return framed(
    "Usage verification",
    html`Written ${instant(writtenAt)} (UTC)`,
    [
      needing.length === 0
        ? html`<p class="verdict good">No day needs anyone.</p>`
        : html`<p class="verdict bad">${countOf(needing.length, "day needs", "days need")} someone.</p>`,
      leftNote(left),
      needing.length === 0
        ? null
        : html`<section><h2>Need someone</h2>${daysTable(needing, { root: "", caption: "The days that need someone, the latest first" })}</section>`,
      monthsSection(inOrder),
      inOrder.map(daysSection),
      windowsSection(windows),
    ].flat(),
  );
}

const leftNote = (left: readonly string[]): Markup | null =>
  left.length === 0
    ? null
    : html`<p class="verdict bad">The last run did not come to the end of ${left.map((day) => day.slice(0, 10)).join(", ")}: what stands here of ${left.length === 1 ? "it" : "them"} is of an earlier run, or missing. The next run goes on.</p>`;

function monthsSection(months: readonly IndexedMonth[]): Markup {
  if (months.length === 0) return html`<section><h2>Months</h2><p>None yet.</p></section>`;
  const row = ({ month, days, needing, rejected, matched, unbilled, tooMuch }: IndexedMonth) => {
    const events = rejected.reduce((total, { count }) => total + count, 0);
    const needs = countAll(needing) > 0 || events > 0;
    return html`<tr><th scope="row"><a href="${month}/summary.html">${month}</a></th><td class="number">${grouped(days.length)}</td>
<td class="${needs ? "bad" : "soft"}">${needs ? html`<ul class="plain">${kindItems(needing)}${events > 0 ? html`<li>Rejected usage events <b>${grouped(events)}</b></li>` : null}</ul>` : "Nothing"}</td>
<td class="number">${grouped(matched)}</td><td class="number">${dollars(unbilled)}</td><td class="number">${dollars(tooMuch)}</td></tr>`;
  };
  return html`<section><h2>Months</h2><div class="scroll"><table><caption class="hidden">Months, the latest first</caption>
<thead><tr><th scope="col">Month</th><th scope="col" class="number">Days</th><th scope="col">Needs someone</th><th scope="col" class="number">Matched</th><th scope="col" class="number">Unbilled at most</th><th scope="col" class="number">Billed too much</th></tr></thead>
<tbody>${months.map(row)}</tbody></table></div></section>`;
}

const daysSection = ({
  month,
  days,
  missing,
}: {
  month: string;
  days: readonly MonthDay[];
  missing: readonly string[];
}) =>
  html`<section><h2>Days of ${month}</h2>${daysTable(days.toReversed(), { root: "", caption: `The days of ${month}, the latest first` })}
${missingNote(missing)}</section>`;

function windowsSection(windows: readonly string[]): Markup | null {
  if (windows.length === 0) return null;
  const item = (window: string) => html`<li><a href="${window}/report.html">${window.replace("T", " ")}:00</a></li>`;
  return html`<section><h2>Windows that somebody asked for</h2><p class="soft">By their first hour (UTC).</p>
<ul>${windows.toSorted().toReversed().map(item)}</ul></section>`;
}
