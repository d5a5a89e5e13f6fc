import Table from "cli-table3";
import { kinds, needsSomeone } from "../report/kinds.ts";
import { FINDING_KINDS, type Finding, type Report } from "../report/report.ts";
import { totals } from "../report/totals.ts";
import { formatBytes } from "./progress.ts";

/** How many findings are written out; the rest are counted. */
const MOST_FINDINGS = 50;

/** A report for people at a terminal. No contract: programs read the JSON or the CSV. */
export function reportTable(report: Report): string {
  const needing = report.findings.filter(needsSomeone);
  const parts = [summary(report), meters(report), counts(report), ...needing.slice(0, MOST_FINDINGS).map(finding)];
  if (needing.length > MOST_FINDINGS)
    parts.push(`… and ${needing.length - MOST_FINDINGS} more; --format json or --out has all of them.`);
  parts.push(...report.rejected.map(rejection), verdict(report, needing.length));
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function summary({ from, to, evidence: { objects, bytes, events, records } }: Report): string {
  return `${from} to ${to}: ${objects} log objects (${formatBytes(bytes)}), ${events} calls with ${records} usage records.`;
}

function meters({ meters: all }: Report): string {
  if (all.length === 0) return "";
  const columns = ["accepted", "refused", "expired", "disputed"] as const;
  const table = plainTable(["product", "dimension", "meters", ...columns], 2);
  for (const { product, dimension, meters: count, ...sums } of totals(all))
    table.push([product ?? "–", printable(dimension), count, ...columns.map((column) => sums[column])]);
  return table.toString();
}

function counts({ counts: found }: Report): string {
  const table = plainTable(["verdict", "records"], 1);
  for (const kind of ["matched", ...FINDING_KINDS] as const) {
    const count = found[kind] ?? 0;
    if (kind === "matched" || count > 0) table.push([kind, count]);
  }
  return table.toString();
}

function finding(given: Finding): string {
  const { kind, product, buyer, dimension, hour, submitted, evidenced, money, deadline, reason, objects } = given;
  const about = [product, dimension, hour, ...Object.values(buyer ?? {})].filter((part) => part !== null);
  const numbers = [
    submitted === null ? "" : `submitted ${submitted}`,
    evidenced === null ? "" : `evidenced ${evidenced}`,
    money === null ? "" : `$${money}`,
    deadline === null ? "" : `deadline ${deadline}`,
  ].filter((part) => part !== "");
  const lines = [
    [`${kind}: ${given.message}`, ...about].join(" · "),
    `  ${[...numbers, `reason: ${reason}`].join(" · ")}`,
    ...objects.slice(0, 5).map((key) => `  in ${key}`),
    `  ${given.action}`,
  ];
  return lines.map(printable).join("\n");
}

const rejection = ({ reason, field, count, example }: Report["rejected"][number]): string =>
  printable(`rejected: ${count} usage events, ${reason}, field ${field}, such as ${example}`);

function verdict({ findings, rejected, counts: found }: Report, needing: number): string {
  const matched = `${found.matched ?? 0} records match CloudTrail's evidence`;
  const others = [
    ...new Set(findings.filter((each) => !needsSomeone(each)).map(({ kind }) => kinds[kind].title.toLowerCase())),
  ];
  const besides = others.length === 0 ? "" : ` Besides: ${others.join(", ")}.`;
  if (needing + rejected.length === 0) return `${matched}. Nothing needs anyone.${besides}`;
  return `${matched}. ${needing + rejected.length} findings need someone.${besides}`;
}

function plainTable(head: string[], texts: number): Table.Table {
  const colAligns = head.map((_, index) => (index < texts ? "left" : "right"));
  return new Table({ head, colAligns, style: { head: [], border: [] } });
}

// Names and reasons come from files that anyone may have written, and a terminal obeys control characters.
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\ufffd");
