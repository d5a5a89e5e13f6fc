import { countOf, grouped } from "./cells.ts";
import { buyerText, kinds, needsSomeone } from "./kinds.ts";
import { html, type Markup } from "./markup.ts";
import type { Row } from "./packed.ts";
import { FINDING_KINDS, type Finding, type FindingKind, type ReportMeter } from "./report.ts";
import { type Column, FINDING_COLUMNS, findingRow, METER_COLUMNS, meterRow, PAGE_ROWS } from "./rows.ts";

/** Findings by kind, the gravest first. */
export function findingsInOrder(findings: readonly Finding[]): Finding[] {
  const place = new Map(FINDING_KINDS.map((kind, index) => [kind, index] as const));
  const placeOf = ({ kind }: Finding) => place.get(kind) as number;
  return findings.toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** A finding as a row, all but its log files. */
export function findingFields(finding: Finding): Row {
  const { objects: _, kind, buyer, ...fields } = finding;
  const needs = needsSomeone(finding) ? "yes" : null;
  return { ...fields, kind: kinds[kind].title, needs, buyer: buyer && buyerText(buyer) };
}

export const meterFields = (meter: ReportMeter): Row => ({ ...meter, buyer: buyerText(meter.buyer) });

/** The findings, in their order: how many of each kind, and a table of the first of them, which the page's script filters, sorts and turns the pages of. */
export function findingsSection(findings: readonly Finding[]): Markup {
  if (findings.length === 0) return html`<section><h2>Findings</h2><p>None.</p></section>`;
  const controls = html`${select("kind", "Kind")}${select("product", "Product")}${search("buyer", "Buyer")}${select("dimension", "Dimension")}
<label class="check"><input type="checkbox" name="needs"> Only what needs someone</label>`;
  return html`<section id="findings"><h2>Findings</h2>
${kindLists(findings)}
${filters("findings", controls)}
${status(findings.length, "finding")}
<div class="scroll"><table class="findings"><caption class="hidden">Findings, each with what to do about it</caption>
${head(FINDING_COLUMNS, html`<th class="copy"><span class="hidden">Copy</span></th>`)}
${findings.slice(0, PAGE_ROWS).map((finding, index) => findingRow(findingFields(finding), finding.objects, index))}</table></div>
${pager("findings")}</section>`;
}

/** The meters, in a table like that of the findings. */
export function metersSection(meters: readonly ReportMeter[]): Markup {
  if (meters.length === 0) return html`<section><h2>Meters</h2><p>None.</p></section>`;
  const controls = html`${select("product", "Product")}${search("buyer", "Buyer")}${select("dimension", "Dimension")}`;
  return html`<section id="meters"><h2>Meters</h2>
${filters("meters", controls)}
${status(meters.length, "meter")}
<div class="scroll"><table class="meters"><caption class="hidden">The quantities of each product, dimension and buyer</caption>
${head(METER_COLUMNS)}
${meters.slice(0, PAGE_ROWS).map((meter) => meterRow(meterFields(meter)))}</table></div>
${pager("meters")}</section>`;
}

function kindLists(findings: readonly Finding[]): Markup[] {
  const list = (title: string, chosen: readonly Finding[]): Markup | null => {
    if (chosen.length === 0) return null;
    const counts = Map.groupBy(chosen, ({ kind }) => kind);
    const found = FINDING_KINDS.filter((kind) => counts.has(kind));
    const item = (kind: FindingKind) =>
      html`<li>${kinds[kind].title} <b>${grouped(counts.get(kind)?.length ?? 0)}</b></li>`;
    return html`<div><dt>${title}</dt><dd><ul>${found.map(item)}</ul></dd></div>`;
  };
  const lists = [
    list("Need someone", findings.filter(needsSomeone)),
    list(
      "To know",
      findings.filter((each) => !needsSomeone(each)),
    ),
  ];
  return [html`<dl class="kinds">${lists}</dl>`];
}

const head = (columns: readonly Column[], last: Markup | null = null): Markup =>
  html`<thead><tr>${columns.map(
    ({ name, label, sort }) =>
      html`<th scope="col" data-column="${name}" data-sort="${sort}"${sort === "number" ? html` class="number"` : null}>${label}</th>`,
  )}${last}</tr></thead>`;

const filters = (of: string, controls: Markup): Markup =>
  html`<div class="filters" role="group" aria-label="Filter the ${of}" hidden>${controls}<button type="button">Clear</button></div>`;

const select = (name: string, label: string): Markup =>
  html`<label>${label} <select name="${name}"><option value="">All</option></select></label>`;

const search = (name: string, label: string): Markup =>
  html`<label>${label} <input type="search" name="${name}" placeholder="part of it" autocomplete="off" spellcheck="false"></label>`;

const status = (count: number, one: string): Markup =>
  html`<p class="status" role="status" data-one="${one}">${
    count > PAGE_ROWS
      ? `The first ${PAGE_ROWS} of ${countOf(count, one)}. All are in report.json; with JavaScript, this page shows them too.`
      : `${countOf(count, one)}.`
  }</p>`;

const pager = (of: string): Markup => html`<nav class="pager" aria-label="Pages of ${of}" hidden>
<button type="button" data-page="first">First</button><button type="button" data-page="previous">Previous</button>
<span></span><button type="button" data-page="next">Next</button><button type="button" data-page="last">Last</button></nav>`;
