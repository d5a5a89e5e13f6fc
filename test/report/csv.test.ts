import assert from "node:assert/strict";
import { reportCsv } from "../../src/report/csv.ts";
import { finding, report } from "./sample.ts";

const HEADER =
  "kind,product,accountId,licenseArn,customerIdentifier,dimension,hour,submitted,evidenced,money,deadline,reason,objects,message,action";

/** Reads CSV as RFC 4180 writes it. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)?.push(quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'));
    if (end === "\r\n") rows.push([]);
    if (end === "") break;
  }
  return rows.at(-1)?.join("") === "" ? rows.slice(0, -1) : rows;
}

describe("report.csv", () => {
  it("has a header, and a row for each finding with an empty field for what is null", () => {
    const customer = finding({ buyer: { customerIdentifier: "c-1" }, money: null, deadline: null, objects: [] });
    const rows = readCsv(reportCsv(report({ findings: [finding(), customer] })));
    assert.equal(rows[0]?.join(","), HEADER);
    assert.deepEqual(rows[1]?.slice(0, 13), [
      "missing",
      "analytics",
      "111122223333",
      "arn:aws:license-manager:us-east-1:1:license:l-1",
      "",
      "ApiCalls",
      "2026-11-23T10:00:00Z",
      "5",
      "",
      "0.001",
      "2026-11-24T10:59:00Z",
      "no call in CloudTrail names it",
      "log-1 log-2",
    ]);
    assert.deepEqual(rows[2]?.slice(2, 5), ["", "", "c-1"]);
    assert.equal(rows.length, 3);
  });

  it("has its header alone where nothing was found", () => {
    assert.equal(reportCsv(report()).trim(), HEADER);
  });

  it("keeps quotes, commas and line breaks inside their field", () => {
    const reason = 'a "b", c\r\nd';
    const rows = readCsv(reportCsv(report({ findings: [finding({ reason })] })));
    assert.equal(rows[1]?.[11], reason);
    assert.equal(rows[1]?.length, 15);
  });

  it("gives a spreadsheet no formula, whichever field it stands in, and leaves money below zero a number", () => {
    for (const start of ["=", "+", "-", "@", "\t", "\r"]) {
      const text = `${start}HYPERLINK("http://x")`;
      const evil = finding({
        product: text,
        dimension: text,
        buyer: { customerIdentifier: text },
        reason: text,
        objects: [text],
        money: "-0.5",
      });
      const [, row] = readCsv(reportCsv(report({ findings: [evil] })));
      for (const column of [1, 4, 5, 11, 12]) assert.equal(row?.[column], `'${text}`);
      assert.equal(row?.[9], "-0.5");
    }
  });
});
