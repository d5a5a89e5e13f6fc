import { dollars, instant, optional } from "./cells.ts";
import { html, type Markup } from "./markup.ts";
import type { Row } from "./packed.ts";
import { QUANTITIES } from "./totals.ts";

/** How many rows of a table the page shows at a time, and, without its script, at all. */
export const PAGE_ROWS = 100;

/** A column of a table: the field of its rows, its heading, and by what it is sorted. */
export interface Column {
  readonly name: string;
  readonly label: string;
  readonly sort: "text" | "number" | "instant" | "order";
}

export const FINDING_COLUMNS: readonly Column[] = [
  { name: "kind", label: "Kind", sort: "order" },
  { name: "hour", label: "Hour (UTC)", sort: "instant" },
  { name: "product", label: "Product", sort: "text" },
  { name: "dimension", label: "Dimension", sort: "text" },
  { name: "buyer", label: "Buyer", sort: "text" },
  { name: "submitted", label: "Submitted", sort: "number" },
  { name: "evidenced", label: "AWS holds", sort: "number" },
  { name: "money", label: "Money", sort: "number" },
  { name: "deadline", label: "Deadline (UTC)", sort: "instant" },
];

export const METER_COLUMNS: readonly Column[] = [
  { name: "product", label: "Product", sort: "text" },
  { name: "dimension", label: "Dimension", sort: "text" },
  { name: "buyer", label: "Buyer", sort: "text" },
  ...QUANTITIES.map((name) => ({
    name,
    label: `${name[0]?.toUpperCase()}${name.slice(1)}`,
    sort: "number" as const,
  })),
];

/** A finding as a group of two rows: its facts, and under them what it is and what to do. `index` names it to the button that copies it. */
export function findingRow(row: Row, objects: readonly string[], index: number): Markup {
  const about = [row.kind, row.product, row.dimension, row.hour].filter(Boolean).join(", ");
  return html`<tbody>
<tr><th scope="row" class="${row.needs === null ? "soft" : "bad"}">${row.kind}</th>
<td data-label="Hour (UTC)">${optional(row.hour, instant)}</td><td data-label="Product">${optional(row.product)}</td>
<td data-label="Dimension">${optional(row.dimension)}</td><td data-label="Buyer">${optional(row.buyer)}</td>
<td data-label="Submitted" class="number">${optional(row.submitted)}</td><td data-label="AWS holds" class="number">${optional(row.evidenced)}</td>
<td data-label="Money" class="number">${optional(row.money, (money) => html`${dollars(money)}`)}</td>
<td data-label="Deadline (UTC)">${optional(row.deadline, instant)}</td>
<td class="copy" rowspan="2"><button type="button" data-row="${index}" aria-label="Copy: ${about}">Copy</button></td></tr>
<tr class="text"><td colspan="${FINDING_COLUMNS.length}">${row.message} <span class="soft">Reason: ${row.reason}.</span> <strong>${row.action}</strong>
${objects.length === 0 ? null : logFiles(objects)}</td></tr></tbody>
`;
}

const logFiles = (
  keys: readonly string[],
): Markup => html`<details><summary>${keys.length === 1 ? "1 log file" : `${keys.length} log files`}</summary>
<ul>${keys.map((key) => html`<li>${key}</li>`)}</ul></details>`;

/** A meter as a row. */
export const meterRow = (row: Row): Markup => html`<tbody><tr><td>${optional(row.product)}</td>
<th scope="row">${row.dimension}</th><td class="name">${row.buyer}</td>${quantityCells(row)}</tr></tbody>
`;

/** The quantities of a row, what is lost in red. */
export const quantityCells = (row: Row): Markup[] =>
  QUANTITIES.map((name) => {
    const lost = (name === "refused" || name === "expired" || name === "disputed") && row[name] !== "0";
    return html`<td class="number${lost ? " bad" : ""}">${optional(row[name])}</td>`;
  });
