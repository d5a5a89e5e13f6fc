import assert from "node:assert/strict";
import { copyText } from "../../../src/report/page/copy-text.ts";
import { findingFields } from "../../../src/report/tables.ts";
import { finding } from "../sample.ts";

const textOf = (changes: Parameters<typeof finding>[0]) => {
  const given = finding(changes);
  return copyText(findingFields(given), given.objects);
};

describe("a copied finding", () => {
  it("is a line for each field that it has", () => {
    assert.equal(
      textOf({ deadline: null, evidenced: null, objects: ["log-1", "log-2"] }),
      `Kind: Missing
Hour (UTC): 2026-11-23T10:00:00Z
Product: analytics
Dimension: ApiCalls
Buyer: account 111122223333, licence arn:aws:license-manager:us-east-1:1:license:l-1
Submitted: 5
Money: 0.001
What it is: CloudTrail shows no call in which AWS took this record.
Reason: no call in CloudTrail names it
What to do: Its deadline has passed. Bill it outside the metering, or ask AWS Marketplace Seller Operations.
Log file: log-1
Log file: log-2
`,
    );
  });

  it("begins no line as a spreadsheet's formula, whatever its fields hold", () => {
    const text = '\r\n=HYPERLINK("http://x")\n+1\t@x\u2028-1\u0085=2';
    const lines = textOf({ product: text, dimension: text, reason: text, message: text, objects: [text] });
    assert.ok(
      lines.split(/[\r\n\u2028\u0085]/).every((line) => line === "" || /^[A-Z][A-Za-z ()]+: /.test(line)),
      lines,
    );
    assert.ok(!/[\t\v\f]/.test(lines));
  });
});
