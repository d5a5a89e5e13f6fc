import { DAY } from "../usage/instants.ts";
import { countOf, grouped, instant } from "./cells.ts";
import type { DaySummary } from "./day.ts";
import { kinds } from "./kinds.ts";
import { html, type Markup } from "./markup.ts";
import type { MonthDay } from "./month.ts";
import { FINDING_KINDS, type FindingKind } from "./report.ts";

type KindCounts = DaySummary["findings"];

/** How many findings there are of all kinds. */
export const countAll = (counts: KindCounts): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

/** The kinds of which there are any, the gravest first. */
export const kindsIn = (counts: KindCounts): FindingKind[] => FINDING_KINDS.filter((kind) => (counts[kind] ?? 0) > 0);

/** Each kind and how many, as the items of a list. */
export const kindItems = (counts: KindCounts): Markup[] =>
  kindsIn(counts).map((kind) => html`<li>${kinds[kind].title} <b>${grouped(counts[kind] ?? 0)}</b></li>`);

/** Whether a day needs someone. */
export const dayNeeds = ({ needing, rejected }: Pick<MonthDay, "needing" | "rejected">): boolean =>
  countAll(needing) > 0 || rejected > 0;

/** What needs someone, as a sentence in a box. */
export function verdictOf(needing: KindCounts, rejected: number): Markup {
  const findings = countAll(needing);
  const parts = [
    findings > 0 && countOf(findings, "finding needs someone", "findings need someone"),
    rejected > 0 && countOf(rejected, "usage event was rejected", "usage events were rejected"),
  ].filter(Boolean);
  return parts.length === 0
    ? html`<p class="verdict good">Nothing here needs anyone.</p>`
    : html`<p class="verdict bad">${parts.join(", and ")}.</p>`;
}

/** Days as a table, each with the way to its report; `root` leads from the page to the folder of all reports. */
export function daysTable(days: readonly MonthDay[], { root, caption }: { root: string; caption: string }): Markup {
  const row = (day: MonthDay) => html`<tr>
<th scope="row"><a href="${root}${dayText(day)}/report.html">${dayText(day)}</a></th>
<td class="${dayNeeds(day) ? "bad" : "soft"}">${dayNeeds(day) ? html`<ul class="plain">${kindItems(day.needing)}${day.rejected > 0 ? html`<li>Rejected usage events <b>${grouped(day.rejected)}</b></li>` : null}</ul>` : "Nothing"}</td>
<td class="number">${grouped(day.matched)}</td>
<td>${day.final ? "Final" : isWhole(day) ? "Can still change" : html`Up to ${instant(day.to)}; can still change`}</td>
<td>${instant(day.verifiedAt)}</td></tr>`;
  return html`<div class="scroll"><table><caption class="hidden">${caption}</caption>
<thead><tr><th scope="col">Day (UTC)</th><th scope="col">Needs someone</th><th scope="col" class="number">Matched</th><th scope="col">State</th><th scope="col">Verified (UTC)</th></tr></thead>
<tbody>${days.map(row)}</tbody></table></div>`;
}

const isWhole = ({ from, to }: MonthDay): boolean => Date.parse(to) - Date.parse(from) === DAY;

/** A day as it stands in keys: `2026-11-23`. */
export const dayText = ({ from }: Pick<MonthDay, "from">): string => from.slice(0, 10);

/** Days that have no report, as a sentence; null where there are none. */
export function missingNote(missing: readonly string[]): Markup | null {
  if (missing.length === 0) return null;
  const days = missing.map((day) => day.slice(0, 10));
  const which = runs(days).map(([first, last]) => (first === last ? first : `${first} to ${last}`));
  return html`<p>${countOf(days.length, "day has", "days have")} no report: ${which.join(", ")}.</p>`;
}

/** Days in order, those that follow each other as one stretch. */
function runs(days: readonly string[]): [string, string][] {
  const stretches: [string, string][] = [];
  for (const day of days) {
    const last = stretches.at(-1);
    if (last && Date.parse(day) - Date.parse(last[1]) === DAY) last[1] = day;
    else stretches.push([day, day]);
  }
  return stretches;
}
