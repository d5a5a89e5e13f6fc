import { stringify } from "csv-stringify/sync";
import type { Report } from "./report.ts";

const COLUMNS = [
  "kind",
  "product",
  "accountId",
  "licenseArn",
  "customerIdentifier",
  "dimension",
  "hour",
  "submitted",
  "evidenced",
  "money",
  "deadline",
  "reason",
  "objects",
  "message",
  "action",
];

/** The findings of a report as CSV (RFC 4180), one a row under a header. A field that a spreadsheet would take for a formula starts with `'`. */
export function reportCsv({ findings }: Report): string {
  const rows = findings.map(({ buyer, objects, ...finding }) => ({ ...finding, ...buyer, objects: objects.join(" ") }));
  return stringify(rows, {
    header: true,
    columns: COLUMNS,
    record_delimiter: "\r\n",
    escape_formulas: true,
    // Money below zero begins as a formula does, and is a decimal number and nothing else.
    cast: { string: (value, { column }) => (column === "money" ? { value, escape_formulas: false } : value) },
  });
}
