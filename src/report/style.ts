import { Markup } from "./markup.ts";

/** How the report looks: on screens wide and narrow, light and dark, and on paper. */
export const STYLE = new Markup(`
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #d9dfe6; --paper: #fff; --band: #f4f6f9;
  --bad: #a4161a; --bad-paper: #fdf0f0; --good: #12633a; --good-paper: #eef8f1; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa6b5; --line: #333c49; --paper: #12161c; --band: #1a2028;
  --bad: #ff9a96; --bad-paper: #2e1718; --good: #7fdca4; --good-paper: #14271c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 88rem; padding: 2rem clamp(1rem, 3vw, 3rem); background: var(--paper); color: var(--ink);
  font: 0.9375rem/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.75rem; }
header p { margin: 0.25rem 0 1.5rem; color: var(--soft); }
h2 { margin: 2.5rem 0 0.75rem; font-size: 1.25rem; }
h3 { margin: 1.75rem 0 0.5rem; font-size: 1rem; }
h3 span { color: var(--soft); font-weight: normal; }
h3.bad { color: var(--bad); }
a { color: inherit; }
.verdict { margin: 0; padding: 0.875rem 1.125rem; border-radius: 0.5rem; font-weight: 600; }
.verdict.good { background: var(--good-paper); color: var(--good); }
.verdict.bad { background: var(--bad-paper); color: var(--bad); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: 0.75rem; margin: 1rem 0 0; }
.figures div { display: flex; flex-direction: column; padding: 0.75rem 1.125rem; border-radius: 0.5rem; background: var(--band); }
.figures dd { margin: 0; font-size: 1.375rem; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.figures dt { color: var(--soft); font-size: 0.8125rem; }
.kinds { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 0; padding: 0; list-style: none; color: var(--soft); }
.kinds a { color: var(--ink); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; }
table.facts { width: auto; }
th, td { padding: 0.4375rem 0.625rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 500; white-space: nowrap; }
thead th { border-bottom-width: 2px; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.bad { color: var(--bad); font-weight: 600; }
time span { white-space: nowrap; }
.name { min-width: 14rem; overflow-wrap: anywhere; }
.soft, .none { color: var(--soft); }
.findings { table-layout: fixed; }
.findings td { overflow-wrap: anywhere; white-space: normal; }
.findings th { white-space: normal; }
.findings .hour { width: 8.5%; }
.findings .what { width: 9%; }
.findings .buyer { width: 19%; }
.findings .amount { width: 8%; }
.text strong { font-weight: 600; }
.objects { margin: 0.25rem 0 0; padding: 0; list-style: none; color: var(--soft); font-size: 0.75rem; overflow-wrap: anywhere; }
@media screen and (max-width: 72rem) {
  .findings colgroup, .findings thead, .findings td:has(> .none:first-child:last-child) { display: none; }
  .findings tbody, .findings tr { display: block; }
  .findings tr { padding: 0.625rem 0; border-bottom: 1px solid var(--line); }
  .findings td, .findings td.number { display: flex; gap: 1rem; padding: 0.125rem 0; border: 0; text-align: left; }
  .findings td[data-label]::before { content: attr(data-label); color: var(--soft); flex: 0 0 6rem; }
  .findings td.text { display: block; padding-top: 0.375rem; }
}
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --paper: #fff; --band: #fff; --bad: #8b0000; --bad-paper: #fff;
    --good: #000; --good-paper: #fff; }
  @page { size: A4 landscape; margin: 12mm; }
  body { max-width: none; padding: 0; font-size: 9pt; }
  table { font-size: 8pt; }
  .objects { font-size: 6.5pt; }
  .scroll { overflow: visible; }
  .name { min-width: 0; }
  .verdict, .figures div { border: 1px solid var(--line); }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
`);
