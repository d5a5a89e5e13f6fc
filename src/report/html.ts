import { exitCode } from "./exit-code.ts";
import { buyerText, kinds, needsSomeone } from "./kinds.ts";
import { html, type Markup } from "./markup.ts";
import { FINDING_KINDS, type Finding, type FindingKind, type Report, type ReportMeter } from "./report.ts";
import { STYLE } from "./style.ts";
import { QUANTITIES, tooMuch, totals, unbilled } from "./totals.ts";

/** A report as one HTML page that needs nothing but itself: no script, no network. */
export function reportHtml(report: Report): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Usage verification ${report.from} to ${report.to}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Usage verification</h1>
<p>From ${instant(report.from)} up to ${instant(report.to)} (UTC)</p>
</header>
<main>
${verdict(report)}
${figures(report)}
${findingSections(report.findings)}
${rejectedSection(report.rejected)}
${totalsSection(report.meters)}
${metersSection(report.meters)}
${evidenceSection(report)}
</main>
</body>
</html>
`;
  return page.text;
}

function verdict(report: Report): Markup {
  if (exitCode(report) === 0) return html`<p class="verdict good">Nothing in this report needs anyone.</p>`;
  const findings = report.findings.filter(needsSomeone).length;
  const rejected = report.rejected.reduce((sum, { count }) => sum + count, 0);
  const parts = [
    findings > 0 && `${findings} ${findings === 1 ? "finding needs" : "findings need"} someone`,
    rejected > 0 && `${rejected} ${rejected === 1 ? "usage event was" : "usage events were"} rejected`,
  ].filter(Boolean);
  return html`<p class="verdict bad">${parts.join(", and ")}.</p>`;
}

function figures({ counts, findings, meters }: Report): Markup {
  const figure = (value: string | number, label: string) => html`<div><dd>${value}</dd><dt>${label}</dt></div>`;
  return html`<dl class="figures">
${figure(counts.matched ?? 0, "records matched")}
${figure(findings.length, "findings")}
${figure(meters.length, "meters")}
${figure(dollars(unbilled(findings)), "unbilled at most, where prices are known")}
${figure(dollars(tooMuch(findings)), "billed too much, where prices are known")}
</dl>`;
}

function findingSections(findings: readonly Finding[]): Markup {
  const byKind = Map.groupBy(findings, ({ kind }) => kind);
  const found = FINDING_KINDS.filter((kind) => byKind.has(kind));
  if (found.length === 0) return html`<section><h2>Findings</h2><p>None.</p></section>`;
  return html`<section><h2>Findings</h2>
<ul class="kinds">${found.map((kind) => html`<li><a href="#${kind}">${kinds[kind].title}</a> ${byKind.get(kind)?.length}</li>`)}</ul>
${found.map((kind) => kindSection(kind, byKind.get(kind) ?? []))}
</section>`;
}

const kindSection = (kind: FindingKind, findings: readonly Finding[]): Markup => html`
<h3 id="${kind}" class="${findings.some(needsSomeone) ? "bad" : "quiet"}">${kinds[kind].title} <span>${findings.length}</span></h3>
<div class="scroll"><table class="findings">
<colgroup><col class="hour"><col class="what"><col class="buyer"><col class="amount"><col class="amount"><col class="amount"><col class="hour"><col></colgroup>
<thead><tr><th>Hour</th><th>Usage</th><th>Buyer</th><th class="number">Submitted</th><th class="number">AWS holds</th>
<th class="number">Money</th><th>Deadline</th><th>What it is, and what to do</th></tr></thead>
<tbody>${findings.map(findingRow)}</tbody>
</table></div>`;

const findingRow = (finding: Finding): Markup => html`<tr>
<td data-label="Hour">${optional(finding.hour, instant)}</td>
<td data-label="Usage">${optional(finding.dimension)}${finding.product === null ? null : html` <span class="soft">${finding.product}</span>`}</td>
<td data-label="Buyer">${optional(finding.buyer && buyerText(finding.buyer))}</td>
<td data-label="Submitted" class="number">${optional(finding.submitted)}</td>
<td data-label="AWS holds" class="number">${optional(finding.evidenced)}</td>
<td data-label="Money" class="number">${optional(finding.money, (money) => html`${dollars(money)}`)}</td>
<td data-label="Deadline">${optional(finding.deadline, instant)}</td>
<td class="text">${finding.message} <span class="soft">Reason: ${finding.reason}.</span> <strong>${finding.action}</strong>
${finding.objects.length === 0 ? null : html`<ul class="objects">${finding.objects.map((key) => html`<li>${key}</li>`)}</ul>`}</td>
</tr>`;

function rejectedSection(rejected: Report["rejected"]): Markup | null {
  if (rejected.length === 0) return null;
  return html`<section><h2>Rejected usage events</h2><div class="scroll"><table>
<thead><tr><th>Reason</th><th>Field</th><th class="number">How many</th><th>For example</th></tr></thead>
<tbody>${rejected.map(
    ({ reason, field, count, example }) =>
      html`<tr><td>${reason}</td><td>${field}</td><td class="number">${count}</td><td class="name">${example}</td></tr>`,
  )}</tbody></table></div></section>`;
}

const quantityHeads = html`<th class="number">Opening</th><th class="number">Used</th><th class="number">Accepted</th>
<th class="number">Refused</th><th class="number">Expired</th><th class="number">Disputed</th><th class="number">Waiting</th>`;

const quantityCells = (quantities: Pick<ReportMeter, (typeof QUANTITIES)[number]>): Markup[] =>
  QUANTITIES.map((name) => {
    const lost = (name === "refused" || name === "expired" || name === "disputed") && quantities[name] !== "0";
    return html`<td class="number${lost ? " bad" : ""}">${optional(quantities[name])}</td>`;
  });

const totalsSection = (
  meters: readonly ReportMeter[],
): Markup => html`<section><h2>Totals</h2><div class="scroll"><table>
<thead><tr><th>Product</th><th>Dimension</th><th class="number">Meters</th>${quantityHeads}</tr></thead>
<tbody>${totals(meters).map(
  (total) =>
    html`<tr><td>${optional(total.product)}</td><td>${total.dimension}</td><td class="number">${total.meters}</td>${quantityCells(total)}</tr>`,
)}</tbody></table></div></section>`;

const metersSection = (
  meters: readonly ReportMeter[],
): Markup => html`<section><h2>Meters</h2><div class="scroll"><table>
<thead><tr><th>Product</th><th>Dimension</th><th>Buyer</th>${quantityHeads}</tr></thead>
<tbody>${meters.map(
  (meter) =>
    html`<tr><td>${optional(meter.product)}</td><td>${meter.dimension}</td><td class="name">${buyerText(meter.buyer)}</td>${quantityCells(meter)}</tr>\n`,
)}</tbody></table></div></section>`;

function evidenceSection({ evidence, counts }: Report): Markup {
  const { digests } = evidence;
  const unsigned = digests.valid + digests.invalid + digests.missing === 0;
  const row = (label: string, value: string | number) =>
    html`<tr><th scope="row">${label}</th><td class="number">${value}</td></tr>`;
  return html`<section><h2>Evidence</h2><div class="scroll"><table class="facts"><tbody>
${row("Log files read", evidence.objects)}
${row("Bytes of them", evidence.bytes)}
${row("BatchMeterUsage calls in them", evidence.events)}
${row("Usage records in those calls", evidence.records)}
${row("Submitted records that matched", counts.matched ?? 0)}
${unsigned ? row("Digests", "not checked") : row("Digests", `${digests.valid} valid, ${digests.invalid} invalid, ${digests.missing} missing`)}
</tbody></table></div></section>`;
}

/** An amount with its sign before the currency, which no line may part from it. */
const dollars = (money: string): string => (money.startsWith("-") ? `\u2212\u2060$${money.slice(1)}` : `$${money}`);

/** An instant as day and time, parted only between the two; seconds only where there are any. */
function instant(text: string): Markup {
  const [day = "", time = ""] = text.replace(/(:00)?Z$/, "").split("T");
  return html`<time datetime="${text}"><span>${day}</span> <span>${time}</span></time>`;
}

const optional = (text: string | null, show: (text: string) => Markup = (given) => html`${given}`): Markup =>
  text === null ? html`<span class="none">–</span>` : show(text);
