// The table of a scorecard, as Markdown. It says nothing of the run itself: the same code makes the same text.
import type { Row } from "./judge.ts";
import type { Family } from "./scenario.ts";

const HEADS = [
  "scenario",
  "used",
  "billed",
  "refused",
  "expired",
  "disputed",
  "waiting",
  "double-billed",
  "alarms that fired",
  "verdict",
];

/** @param rows by the scenarios' names. @throws {Error} when one is missing. */
export function scorecardText(families: readonly Family[], rows: ReadonlyMap<string, Row>): string {
  const sections = families.map(({ title, scenarios }) => {
    const lines = scenarios.map(({ name }) => {
      const row = rows.get(name);
      if (row === undefined) throw new Error(`The scenario ${JSON.stringify(name)} has no row: run all of them.`);
      return lineOf(name, row);
    });
    return `## ${title}\n\n${[headOf(), ...lines].join("\n")}\n`;
  });
  const green = [...rows.values()].filter(({ problems }) => problems.length === 0).length;
  return `${INTRODUCTION}\n${green} of ${rows.size} scenarios are green.\n\n${sections.join("\n")}`;
}

const INTRODUCTION = `# Scorecard

Written by \`npm run scorecard\`; \`npm run scorecard -- --check\` runs every scenario again and fails where a figure differs.

Each scenario deploys \`MarketplaceMetering\` into an account of its own, sends usage events through it while something goes wrong, and reads
the books of the metering service, which knows nothing of the code it judges. A scenario is green when

- of every meter, used = billed + refused + expired + disputed + waiting, each summed by itself, and what was expected of it came;
- AWS holds each accepted record with its quantity, and nothing else: double-billed is 0, and nothing that is billed stands as refused or expired;
- each record was the same each time that it was sent;
- less than a unit of each meter waits (a fraction, for the meter's next usage);
- whatever is refused, expired, disputed or rejected has fired an alarm, and stands in the report with its quantity and reason;
- each fault that it names did strike.

Disputed is what stays so: where CloudTrail shows that AWS took a record, verification has settled it. AWS may hold a disputed record, which is then
billed as well: only what it does not hold makes up for used. The alarms are those of the components, evaluated as CloudWatch does on the metrics
that the functions wrote; a stretch in which nothing is due is skipped, and no alarm on missing runs counts in it. The ledger's table is in memory,
and passes the ledger's own contract there (\`--tables server\` puts it behind HTTP). How each scenario goes is data, in \`sandbox/scorecard/scenarios\`.
`;

const headOf = (): string => `| ${HEADS.join(" | ")} |\n|---${"|--:".repeat(7)}|---|---|`;

function lineOf(name: string, row: Row): string {
  const quantities = [row.used, row.billed, row.refused, row.expired, row.disputed, row.waiting, row.doubleBilled];
  const verdict = row.problems.length === 0 ? "green" : `**red**: ${row.problems.slice(0, 3).join("; ")}`;
  const alarms = row.alarms.length === 0 ? "none" : row.alarms.join(", ");
  const rejected = row.rejected === 0 ? "" : ` (${row.rejected} rejected)`;
  return `| ${[`${name}${rejected}`, ...quantities, alarms, verdict].join(" | ")} |`;
}
