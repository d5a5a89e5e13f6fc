// What the benchmark demands, and how it shows it.
import Table from "cli-table3";

/** One figure, and what it must at least or at most be. */
export interface Check {
  readonly name: string;
  readonly value: number;
  readonly bound: { readonly least: number } | { readonly most: number };
  /** How a figure is written. */
  readonly unit: (value: number) => string;
}

export const percent = (value: number): string => `${(value * 100).toFixed(0)} %`;
export const times = (value: number): string => `${value.toFixed(2)} ×`;
export const megabytes = (value: number): string => `${(value / 1e6).toFixed(0)} MB`;

/** Whether a figure is as it must be. */
export const isGood = ({ value, bound }: Check): boolean =>
  "least" in bound ? value >= bound.least : value <= bound.most;

/** The longest bar. */
const WIDTH = 24;

/** A table of figures, each with a bar in which the bound is a line. */
export function showChecks(checks: readonly Check[]): string {
  const table = new Table({
    head: ["", "measured", "", "demanded", ""],
    colAligns: ["left", "right", "left", "right", "left"],
    style: { head: [], border: [] },
  });
  for (const check of checks) {
    const { name, value, bound, unit } = check;
    const [limit, word] = "least" in bound ? [bound.least, "at least"] : [bound.most, "at most"];
    table.push([name, unit(value), bar(value, limit), `${word} ${unit(limit)}`, isGood(check) ? "good" : "NOT GOOD"]);
  }
  return table.toString();
}

/** A bar as long as `value`, with a line where `limit` is. */
export function bar(value: number, limit: number): string {
  const scale = WIDTH / Math.max(value, limit);
  const filled = Math.round(value * scale);
  const line = Math.min(WIDTH - 1, Math.round(limit * scale));
  const cells: string[] = Array.from({ length: WIDTH }, (_, at) => (at < filled ? "█" : "·"));
  cells[line] = "│";
  return cells.join("");
}
