import { formatInstant, HOUR, type Hour } from "../usage/instants.ts";
import { formatQuantity, parseStoredQuantity, sum } from "../usage/quantity.ts";
import { grouped, instant, optional } from "./cells.ts";
import { html, type Markup } from "./markup.ts";
import type { ReportHours } from "./report.ts";

/** What the report shows by hour of one product and dimension, with the window's first hour. */
export interface HoursView {
  readonly from: Hour;
  /** The product, where it is known, and the dimension. */
  readonly name: string;
  /** What `counted` is: usage, or, where the submissions are a file, what they say. */
  readonly countedAs: "Used" | "Submitted";
  /** A decimal string for each hour of the window. */
  readonly counted: readonly string[];
  readonly billed: readonly string[];
}

export function hoursView({ product, dimension, used, submitted, evidenced }: ReportHours, from: Hour): HoursView {
  // A ledger knows its products: what lacks one was sent by someone else. A file knows none.
  const of = product ?? (used === null ? null : "unknown product");
  return {
    from,
    name: of === null ? dimension : `${of} ${dimension}`,
    countedAs: used === null ? "Submitted" : "Used",
    counted: used ?? submitted ?? evidenced.map(() => "0"),
    billed: evidenced,
  };
}

/** One sentence that says what the chart shows. */
export function hoursSummary({ name, countedAs, counted, billed }: HoursView): string {
  const differing = counted.filter((quantity, index) => quantity !== billed[index]).length;
  const hours = `${grouped(differing)} of ${grouped(counted.length)} hours`;
  return `${name}: ${countedAs.toLowerCase()} ${total(counted)}, billed ${total(billed)} as far as CloudTrail shows; the two differ in ${hours}.`;
}

/** The same as the chart, as a table: one row for each hour with anything in it. */
export function hoursTable(view: HoursView): Markup {
  const { name, countedAs, counted, billed, from } = view;
  const rows = counted
    .map((quantity, index) => ({ quantity, billed: billed[index] ?? null, hour: formatInstant(from + index * HOUR) }))
    .filter((row) => row.quantity !== "0" || row.billed !== "0");
  return html`<table class="facts"><caption>${name} by hour (UTC); hours with neither are left out</caption>
<thead><tr><th scope="col">Hour</th><th scope="col" class="number">${countedAs}</th><th scope="col" class="number">Billed</th></tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr><th scope="row">${instant(row.hour)}</th><td class="number">${row.quantity}</td><td class="number">${optional(row.billed)}</td></tr>`,
  )}</tbody></table>`;
}

/** Used against billed by hour: a chart where the page's script runs, and a sentence and a table for whoever cannot see it. */
export function hoursSection(views: readonly HoursView[]): Markup | null {
  const [first] = views;
  if (first === undefined) return null;
  return html`<section id="hours"><h2>${first.countedAs} and billed by hour</h2>
<div class="filters" hidden><label>Usage <select name="series">${views.map(({ name }, index) => html`<option value="${index}">${name}</option>`)}</select></label></div>
<figure><div class="chart" hidden></div><figcaption aria-live="polite">${hoursSummary(first)}</figcaption></figure>
<details class="hours"><summary>Each hour as a table</summary><div class="scroll" data-table>${hoursTable(first)}</div></details>
<p class="soft still">The chart${views.length > 1 ? " and the other dimensions need" : " needs"} JavaScript. Every hour is in report.json.</p></section>`;
}

const total = (quantities: readonly string[]): string => formatQuantity(sum(quantities.map(parseStoredQuantity)));
