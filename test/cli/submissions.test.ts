import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { InputError } from "../../src/cli/input-error.ts";
import { readSubmissionsFile, withWeekBefore } from "../../src/cli/submissions/file.ts";
import { FIELDS } from "../../src/cli/submissions/row.ts";
import { readRows } from "../../src/cli/submissions/rows.ts";
import { submissionStore } from "../../src/cli/submissions/store.ts";
import { temporaryFile } from "../../src/cli/temporary-file.ts";
import { HOUR } from "../../src/usage/instants.ts";
import { all, makeFolders, ndjson, row, writeFiles } from "./support.ts";

const folders = makeFolders();
const folder = folders.make();
const path = join(folder, "s");

async function rowsOf(content: string | Uint8Array) {
  writeFiles(folder, { s: content });
  return Array.fromAsync(readRows(path, () => {}));
}
/** Lines that are right as `true`, others as what is wrong with them. */
const verdicts = async (content: string | Uint8Array) =>
  (await rowsOf(content)).map((each) => [each.line, "wrong" in each ? each.wrong : true]);

const HEADER = "region,accountId,licenseArn,productCode,customerIdentifier,dimension,timestamp,quantity,status";
const LINE = "us-east-1,111122223333,arn:aws:l,,,ApiCalls,2025-03-10T10:59:00Z,5,accepted";
const line = (changes: Record<string, string>): string => {
  const names = HEADER.split(",");
  return LINE.split(",")
    .map((value, index) => changes[names[index] as string] ?? value)
    .join(",");
};

describe("a submissions file", () => {
  after(folders.remove);

  it("is read as the same from CSV as from NDJSON, whatever the order of its columns", async () => {
    const rows = [
      row({ status: "accepted" }),
      row({ accountId: undefined, licenseArn: undefined, productCode: "abc", customerIdentifier: 'c "1", x' }),
      row({ quantity: 0, timestamp: "2025-03-10T12:59:00+01:00" }),
    ];
    const expected = (await rowsOf(ndjson(...rows))).map(({ line: _, ...rest }) => rest);
    assert.equal(expected.length, 3);
    const random = fc.shuffledSubarray([...FIELDS], { minLength: FIELDS.length });
    await fc.assert(
      fc.asyncProperty(random, fc.constantFrom("\n", "\r\n"), fc.boolean(), async (columns, end, quoted) => {
        const csv = stringify(rows, { header: true, columns, record_delimiter: end, bom: true, quoted });
        assert.deepEqual(
          (await rowsOf(csv)).map(({ line: _, ...rest }) => rest),
          expected,
        );
      }),
      { numRuns: 30 },
    );
  });

  it("gives every field its meaning", async () => {
    const [first] = await rowsOf(`${HEADER}\n${LINE}\n`);
    assert.deepEqual(first, {
      line: 2,
      submission: {
        product: null,
        region: "us-east-1",
        productCode: undefined,
        buyer: { accountId: "111122223333", licenseArn: "arn:aws:l" },
        dimension: "ApiCalls",
        hour: Date.parse("2025-03-10T10:00:00Z"),
        timestamp: Date.parse("2025-03-10T10:59:00Z"),
        quantity: 5_000_000_000n,
        state: "accepted",
        attempts: 0,
        unknownAttempts: 0,
        deadline: Date.parse("2025-03-11T10:59:00Z"),
        reason: 'the file has the status "accepted"',
      },
    });
  });

  const wrongFields: [Record<string, string>, string][] = [
    [{ region: "" }, '"region" is missing'],
    [{ region: "virginia" }, '"region" is "virginia": it must be a Region such as us-east-1'],
    [{ accountId: "" }, '"accountId" is missing: a record with a licenseArn needs the buyer\'s account'],
    [{ accountId: "11112222333" }, '"accountId" is "11112222333": it must be an AWS account id of 12 digits'],
    [{ licenseArn: "l-1" }, '"licenseArn" is "l-1": it must be the ARN of a licence'],
    [{ licenseArn: "" }, '"productCode" is missing: a record without a licenseArn needs it'],
    [
      { licenseArn: "", productCode: "abc", accountId: "" },
      '"customerIdentifier" is missing: a record needs it, or accountId, or licenseArn and accountId',
    ],
    [{ productCode: "a b" }, '"productCode" is "a b": it must be a product code'],
    [{ customerIdentifier: "é" }, '"customerIdentifier" is "é": it must be printable ASCII'],
    [{ dimension: "" }, '"dimension" is missing'],
    [
      { timestamp: "2025-03-10 10:59" },
      '"timestamp" is "2025-03-10 10:59": it must be ISO 8601 with a zone, such as 2026-11-23T10:00:00Z',
    ],
    [{ quantity: "5.5" }, '"quantity" is "5.5": it must be a whole number from 0 to 2147483647: AWS takes no other'],
    [{ quantity: "-1" }, '"quantity" is "-1": it must be a whole number from 0 to 2147483647: AWS takes no other'],
    [
      { quantity: "2147483648" },
      '"quantity" is "2147483648": it must be a whole number from 0 to 2147483647: AWS takes no other',
    ],
  ];
  for (const [changes, message] of wrongFields) {
    it(`names line and field of ${JSON.stringify(changes)} in CSV`, async () => {
      assert.deepEqual(await verdicts(`${HEADER}\n${LINE}\n${line(changes)}\n${LINE}`), [
        [2, true],
        [3, message],
        [4, true],
      ]);
    });
  }

  it("of a long dimension is refused, and one of 255 characters is not", async () => {
    const [short, long] = [255, 256].map((length) => line({ dimension: "d".repeat(length) }));
    const [, second] = await verdicts(`${HEADER}\n${short}\n${long}`);
    assert.match(String(second?.[1]), /^"dimension" is "d+\.\.\.: it has more than 255 characters$/);
  });

  it("in CSV counts lines as an editor does, with quoted line ends, empty lines and rows of commas between", async () => {
    const text = [
      HEADER,
      "",
      LINE,
      ",,,,,,,,",
      line({ region: '"us\neast"' }),
      line({ quantity: "x" }),
      `${LINE},`,
      'a"b,c',
      LINE,
    ];
    const found = await verdicts(text.join("\r\n"));
    assert.deepEqual(
      found.map(([number, verdict]) => [number, verdict === true || String(verdict).slice(0, 32)]),
      [
        [3, true],
        [5, "a quoted field has a line end in"],
        [7, '"quantity" is "x": it must be a '],
        [8, "the row has 10 fields, where the"],
        [9, "the row has 2 fields, where the "],
        [10, true],
      ],
    );
    const open = await verdicts(`${HEADER}\n${LINE}\n"us-east-1,1\n${LINE}\n`);
    assert.deepEqual(open, [
      [2, true],
      [3, "a quote that begins here is not closed"],
    ]);
  });

  for (const [what, header, message] of [
    ["a column it does not know", `${HEADER},price`, /^the header names "price", which is not a field/],
    ["a column twice", `${HEADER},region`, /^the header names "region" twice$/],
    [
      "no quantity",
      HEADER.replace("quantity,", ""),
      /^the header does not name "quantity", which every submission has$/,
    ],
    ["the columns of semicolons", HEADER.replaceAll(",", ";"), /^the header names "region;accountId/],
  ] as const) {
    it(`in CSV whose header has ${what} is refused at its first line`, async () => {
      const found = await rowsOf(`${header}\n${LINE}\n${LINE}\n`);
      assert.equal(found.length, 1);
      assert.equal(found[0]?.line, 1);
      assert.match((found[0] as { wrong: string }).wrong, message);
    });
  }

  it("names line and field of what is wrong in NDJSON, and passes over empty lines", async () => {
    const text = [
      JSON.stringify(row()),
      "",
      "{",
      "[]",
      '"text"',
      JSON.stringify(row({ customer: "x" })),
      JSON.stringify(row({ quantity: 1.5 })),
      JSON.stringify(row({ quantity: true })),
      JSON.stringify(row({ dimension: 5 })),
      JSON.stringify(row({ productCode: null, status: "" })),
    ].join("\r\n");
    const whole = "it must be a whole number from 0 to 2147483647: AWS takes no other";
    assert.deepEqual(await verdicts(text), [
      [1, true],
      [3, "the line is not JSON; give one JSON object a line"],
      [4, "the line is []: it must be a JSON object"],
      [5, 'the line is "text": it must be a JSON object'],
      [6, `"customer" is not a field of a submission; the fields are ${FIELDS.join(", ")}`],
      [7, `"quantity" is 1.5: ${whole}`],
      [8, `"quantity" is true: ${whole}`],
      [9, '"dimension" is 5: it must be a text'],
      [10, true],
    ]);
  });

  it("that is no text is refused, and not read on for ever", async () => {
    await assert.rejects(rowsOf(Buffer.from([0x7b, 0xff, 0xfe, 0x0a])), /: is not UTF-8 text; save it as UTF-8/);
    await assert.rejects(rowsOf(Buffer.from("region\xff,b\n", "latin1")), InputError);
    const late = Buffer.concat([Buffer.from(`${HEADER}\n${`${LINE}\n`.repeat(5000)}`), Buffer.from([0xff])]);
    await assert.rejects(rowsOf(late), /: is not UTF-8 text/);
    const [endless] = await verdicts(`{"a":"${"x".repeat(1_500_000)}`);
    assert.deepEqual(endless, [1, "the line has more than 1,000,000 characters; give one JSON object a line"]);
  });

  it("is read across the pieces that it comes in", async () => {
    const rows = Array.from({ length: 6000 }, (_, n) => row({ dimension: `Dim${n}`, status: "é€" }));
    assert.ok(ndjson(...rows).length > 1_000_000);
    for (const text of [ndjson(...rows), stringify(rows, { header: true, record_delimiter: "\r\n" })]) {
      const dimensions = (await rowsOf(text)).map((each) =>
        "submission" in each ? each.submission.dimension : each.wrong,
      );
      assert.deepEqual(
        dimensions,
        rows.map(({ dimension }) => dimension),
      );
    }
  });

  const window = { from: Date.parse("2025-03-10T00:00:00Z"), to: Date.parse("2025-03-11T00:00:00Z") };
  const hours = ({ from, to }: typeof window) =>
    Array.from({ length: (to - from) / HOUR }, (_, index) => from + index * HOUR);
  const read = async (content: string, signal = new AbortController().signal) => {
    writeFiles(folder, { s: content });
    let bytes = 0;
    const onBytes = (count: number) => {
      bytes += count;
    };
    const store = submissionStore(temporaryFile(), { window, span: withWeekBefore(window) });
    const file = await readSubmissionsFile(path, window, { store, onBytes, signal });
    assert.equal(bytes, Buffer.byteLength(content));
    return { ...file, used: store.used(), submissions: hours(window).flatMap((hour) => all(store.ofHour(hour))) };
  };

  it("gives the window its rows, and the week before it to the search for silence", async () => {
    const times = ["2025-03-02T23:59:59Z", "2025-03-03T00:00:00Z", "2025-03-10T00:00:00Z", "2025-03-11T00:00:00Z"];
    const { submissions, used, rows, rowsInWindow } = await read(
      ndjson(...times.map((timestamp) => row({ timestamp }))),
    );
    assert.deepEqual([rows, rowsInWindow], [4, 1]);
    assert.deepEqual(
      submissions.map(({ timestamp }) => timestamp),
      [window.from],
    );
    assert.deepEqual(
      used.map(({ hours }) => [...hours]),
      [[Date.parse("2025-03-03T00:00:00Z"), window.from]],
    );
  });

  it("is refused as a whole, with each wrong line of it, up to a thousand", async () => {
    const bad = row({ quantity: "x" });
    await assert.rejects(read(ndjson(row(), bad, row(), bad)), (error: Error) => {
      assert.ok(error instanceof InputError);
      assert.deepEqual(
        error.message.split("\n").map((each) => each.slice(0, each.indexOf(" is"))),
        [`${path}:2: "quantity"`, `${path}:4: "quantity"`],
      );
      return true;
    });
    await assert.rejects(read(ndjson(...Array.from({ length: 1002 }, () => bad))), (error: Error) => {
      const lines = error.message.split("\n");
      assert.equal(lines.length, 1001);
      assert.equal(lines.at(-1), "… and 2 more wrong lines.");
      return true;
    });
  });

  it("is refused where it is empty, and not where it has a header and no rows", async () => {
    await assert.rejects(read(""), /: has no submission/);
    await assert.rejects(read("\n\n"), /: has no submission/);
    assert.equal((await read(`${HEADER}\n`)).rows, 0);
  });

  it("is left at once when the reading is stopped", async () => {
    const controller = new AbortController();
    controller.abort();
    await assert.rejects(read(ndjson(row()), controller.signal), { name: "AbortError" });
  });
});
