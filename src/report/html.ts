import { countOf, dollars, grouped, instant } from "./cells.ts";
import { exitCode } from "./exit-code.ts";
import { hoursSection, hoursView } from "./hours.ts";
import { needsSomeone } from "./kinds.ts";
import { html, Markup } from "./markup.ts";
import { movedSection } from "./moved.ts";
import { embeddedJson, type PageData, pack, packLists } from "./packed.ts";
import { POLICY, SCRIPT, STYLE } from "./parts.ts";
import type { Report } from "./report.ts";
import { findingFields, findingsInOrder, findingsSection, meterFields, metersSection } from "./tables.ts";
import { tooMuch, unbilled } from "./totals.ts";
import { totalsSection } from "./totals-section.ts";

/**
 * A report as one HTML page that needs nothing but itself. Its script (`page/`, built by `npm run build:functions`) draws the chart and
 * filters, sorts and turns the pages of what else would be too long to show; without it the page shows the beginning of everything. The
 * page's own policy lets no other script run and nothing be loaded.
 */
export function reportHtml(report: Report): string {
  const findings = findingsInOrder(report.findings);
  const from = Date.parse(report.from);
  const hours = (report.hours ?? []).map((each) => hoursView(each, from));
  const data: PageData = {
    findings: pack(findings.map(findingFields)),
    objects: packLists(findings.map(({ objects }) => objects)),
    meters: pack(report.meters.map(meterFields)),
    hours,
  };
  const text = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
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
${totalsSection(report.meters)}
${hoursSection(hours)}
${findingsSection(findings)}
${rejectedSection(report.rejected)}
${movedSection(report.moved ?? [])}
${metersSection(report.meters)}
${evidenceSection(report)}
</main>
<script type="application/json" id="data">${new Markup(embeddedJson(data))}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
  return text.text;
}

function verdict(report: Report): Markup {
  if (exitCode(report) === 0) return html`<p class="verdict good">Nothing in this report needs anyone.</p>`;
  const findings = report.findings.filter(needsSomeone).length;
  const rejected = report.rejected.reduce((sum, { count }) => sum + count, 0);
  const parts = [
    findings > 0 && countOf(findings, "finding needs someone", "findings need someone"),
    rejected > 0 && countOf(rejected, "usage event was rejected", "usage events were rejected"),
  ].filter(Boolean);
  return html`<p class="verdict bad">${parts.join(", and ")}.</p>`;
}

function figures({ counts, findings, meters }: Report): Markup {
  const figure = (value: string, label: string) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`;
  return html`<dl class="figures">
${figure(grouped(counts.matched ?? 0), "records matched")}
${figure(grouped(findings.length), "findings")}
${figure(grouped(meters.length), "meters")}
${figure(dollars(unbilled(findings)), "unbilled at most, where prices are known")}
${figure(dollars(tooMuch(findings)), "billed too much, where prices are known")}
</dl>`;
}

function rejectedSection(rejected: Report["rejected"]): Markup | null {
  if (rejected.length === 0) return null;
  return html`<section><h2>Rejected usage events</h2><div class="scroll"><table><caption class="hidden">Rejected usage events, by what is wrong with them</caption>
<thead><tr><th scope="col">Reason</th><th scope="col">Field</th><th scope="col" class="number">How many</th><th scope="col">For example</th></tr></thead>
<tbody>${rejected.map(
    ({ reason, field, count, example }) =>
      html`<tr><th scope="row">${reason}</th><td>${field}</td><td class="number">${grouped(count)}</td><td class="name">${example}</td></tr>`,
  )}</tbody></table></div></section>`;
}

function evidenceSection({ evidence, counts }: Report): Markup {
  const { digests } = evidence;
  const row = (label: string, value: string) =>
    html`<tr><th scope="row">${label}</th><td class="number">${value}</td></tr>`;
  return html`<section><h2>Evidence</h2><div class="scroll"><table class="facts"><caption class="hidden">What was read of CloudTrail</caption><tbody>
${row("Log files read", grouped(evidence.objects))}
${row("Bytes of them", grouped(evidence.bytes))}
${row("BatchMeterUsage calls in them", grouped(evidence.events))}
${row("Usage records in those calls", grouped(evidence.records))}
${row("Submitted records that matched", grouped(counts.matched ?? 0))}
${digests === null ? row("Digests", "not checked: the evidence is unsigned") : row("Digests", `${digests.valid} valid, ${digests.invalid} invalid, ${digests.missing} missing`)}
</tbody></table></div></section>`;
}
