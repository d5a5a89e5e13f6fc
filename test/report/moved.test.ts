import assert from "node:assert/strict";
import { reportHtml } from "../../src/report/html.ts";
import { formatReport, parseReport, type ReportMoved } from "../../src/report/report.ts";
import { BUYER, report } from "./sample.ts";

const move = (changes: Partial<ReportMoved> = {}): ReportMoved => ({
  kind: "late",
  product: "analytics",
  buyer: BUYER,
  dimension: "ApiCalls",
  hour: "2026-11-23T10:00:00Z",
  quantity: "2.5",
  ...changes,
});

const section = (moved: ReportMoved[] | undefined) =>
  /<section id="moved">.*?<\/section>/s.exec(reportHtml(report(moved && { moved })))?.[0];

describe("where units went, in a report", () => {
  it("is left out where nothing moved, or nobody knows", () => {
    assert.equal(section([]), undefined);
    assert.equal(section(undefined), undefined);
  });

  it("stands in the page with its hour, buyer, quantity and a sentence of its kind", () => {
    const text =
      section([move(), move({ kind: "carried", quantity: "3" }), move({ kind: "folded", quantity: "7" })]) ?? "";
    assert.match(text, /account 111122223333/);
    assert.match(text, /2\.5<\/td><td>came too late for their own hours/);
    assert.match(text, /3<\/td><td>are more than this hour can hold/);
    assert.match(text, /7<\/td><td>lost their tags/);
  });

  it("shows the first hundred of many, and says so", () => {
    const text = section(Array.from({ length: 101 }, () => move())) ?? "";
    assert.match(text, /The first 100 of 101\. All are in report\.json\./);
    assert.equal(text.match(/came too late/g)?.length, 100);
  });

  it("is read back from report.json, and refused where a field of it is wrong", () => {
    assert.deepEqual(parseReport(formatReport(report({ moved: [move()] }))).moved, [move()]);
    const wrong = formatReport(report({ moved: [move({ quantity: "much" })] }));
    assert.throws(() => parseReport(wrong), { message: /The report's moved\.0\.quantity breaks the format/ });
  });
});
