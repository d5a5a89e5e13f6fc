import Table from "cli-table3";
import type { Report } from "../../src/report/report.ts";
import { totals } from "../../src/report/totals.ts";
import { formatQuantity, parseStoredQuantity, sum } from "../../src/usage/quantity.ts";
import type { Billed } from "./world.ts";

const COLUMNS = ["used", "billed by AWS", "accepted", "refused", "expired", "disputed", "waiting", "verified"] as const;

/** The findings that leave what the ledger calls accepted without evidence of its own. */
const UNVERIFIED = new Set([
  "missing",
  "quantity-mismatch",
  "unverifiable",
  "not-yet-verified",
  "not-yet-delivered",
  "billed-twice",
]);

/** The whole as a table: a row for each product and dimension, and one for all. Not JSON, not a contract. */
export function resultTable(report: Report, billed: readonly Billed[]): string {
  const rows = totals(report.meters).map(
    ({ product, dimension, used, accepted, refused, expired, disputed, waiting }) => {
      const mine = (each: { product: string | null; dimension: string | null }) =>
        each.product === product && each.dimension === dimension;
      const books = add(billed.filter(mine).map(({ quantity }) => quantity));
      const open = report.findings.filter((finding) => mine(finding) && UNVERIFIED.has(finding.kind));
      const unseen = add(open.map(({ submitted }) => submitted ?? "0"));
      const verified = formatQuantity(parseStoredQuantity(accepted) - parseStoredQuantity(unseen));
      return {
        name: `${product} ${dimension}`,
        cells: [used ?? "0", books, accepted, refused, expired, disputed, waiting ?? "0", verified],
      };
    },
  );
  const all = COLUMNS.map((_, column) => add(rows.map(({ cells }) => cells[column] as string)));
  const table = new Table({
    head: ["", ...COLUMNS],
    colAligns: ["left", ...COLUMNS.map(() => "right" as const)],
    style: { head: [], border: [] },
  });
  for (const { name, cells } of rows) table.push([name, ...cells]);
  table.push(["all", ...all]);
  return table.toString();
}

const add = (quantities: readonly string[]): string => formatQuantity(sum(quantities.map(parseStoredQuantity)));
