// The script of report.html: makes a page that is readable without it easy to search.
import { listAt, type PageData } from "../packed.ts";
import { findingRow, meterRow } from "../rows.ts";
import { liveChart } from "./chart.ts";
import { copyRows } from "./copy.ts";
import { element } from "./dom.ts";
import { liveTable } from "./table.ts";

const data = JSON.parse(element(document, "#data").textContent ?? "") as PageData;
document.documentElement.classList.add("live");
if (data.hours.length > 0) liveChart(element(document, "#hours"), data.hours);
if (data.findings.length > 0) {
  const section = element(document, "#findings");
  liveTable(section, data.findings, (row, index) => findingRow(row, listAt(data.objects, index), index));
  copyRows(section, data);
}
if (data.meters.length > 0) liveTable(element(document, "#meters"), data.meters, meterRow);
