import assert from "node:assert/strict";
import fc from "fast-check";
import { scanRecords } from "../../src/evidence/scan.ts";
import { UnreadableError } from "../../src/evidence/unreadable.ts";

const NAME = Buffer.from("BatchMeterUsage");

/** Scans a text in pieces of a size. */
function scan(text: string | Buffer, size = Number.POSITIVE_INFINITY): unknown[] {
  const bytes = Buffer.from(text);
  const found: unknown[] = [];
  const scanner = scanRecords(NAME, (record) => found.push(JSON.parse(record.toString())));
  for (let at = 0; at < bytes.length; at += size) scanner.push(bytes.subarray(at, at + size));
  scanner.end();
  return found;
}

const unreadable = (text: string | Buffer, reason: RegExp, size?: number) =>
  assert.throws(
    () => scan(text, size),
    (error) => error instanceof UnreadableError && reason.test(error.message),
  );

/** JSON with texts that are made to mislead: brackets, quotes, backslashes, the name itself. */
const text = fc.stringMatching(/^([{}[\]",:\\a ]|BatchMeterUsage|Records|é){0,6}$/);
const json = fc.jsonValue({ maxDepth: 4, stringUnit: fc.constantFrom(...'{}[]",:\\aé', "BatchMeterUsage") });
const others = fc.dictionary(
  text.filter((name) => name !== "Records"),
  json,
  { maxKeys: 2 },
);
const file = fc.record({
  before: others,
  records: fc.array(json, { maxLength: 6 }),
  after: others,
  indent: fc.constantFrom(0, 1, "\t"),
  size: fc.integer({ min: 1, max: 40 }),
});

describe("the record scanner", () => {
  it("finds exactly the records that JSON.parse finds the name in, however the text is cut into pieces", () => {
    fc.assert(
      fc.property(file, ({ before, records, after, indent, size }) => {
        const whole = JSON.stringify({ ...before, Records: records, ...after }, null, indent);
        const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
        const expected = (JSON.parse(whole) as { Records: unknown[] }).Records.filter(
          (record) => isObject(record) && JSON.stringify(record).includes("BatchMeterUsage"),
        );
        assert.deepEqual(scan(whole, size), expected);
      }),
      { numRuns: 2000 },
    );
  });

  it("hands over nothing from a text cut short anywhere without saying so", () => {
    const whole = JSON.stringify({
      Records: [{ a: 'Batch"Meter\\' }, { name: "BatchMeterUsage", b: [1, { c: "}" }] }],
    });
    for (let length = 1; length < whole.length; length++) unreadable(whole.slice(0, length), /breaks off/);
    assert.equal(scan(whole).length, 1);
  });

  it("never takes an object inside a record for a record of its own", () => {
    const inner = { eventVersion: "1.11", eventName: "BatchMeterUsage", Records: [{ eventName: "BatchMeterUsage" }] };
    const outer = { eventName: "PutThing", requestParameters: { document: [{}, inner, inner] } };
    assert.deepEqual(scan(JSON.stringify({ Records: [outer] })), [outer]);
  });

  it("looks into the Records of the outermost object only", () => {
    const wrong = { eventName: "BatchMeterUsage" };
    const right = { eventName: "BatchMeterUsage", right: true };
    assert.deepEqual(
      scan(JSON.stringify({ Other: [wrong], Nested: { Records: [wrong] }, Records: [[wrong], right] })),
      [right],
    );
  });

  it("finds a name that a piece ends in the middle of", () => {
    const whole = JSON.stringify({ Records: [{ eventName: "BatchMeterUsage" }] });
    for (let size = 1; size < whole.length; size++) assert.equal(scan(whole, size).length, 1, `size ${size}`);
  });

  it("refuses what is no log file", () => {
    unreadable("[]", /not a JSON object/);
    unreadable("hello", /not a JSON object/);
    unreadable('"Records"', /not a JSON object/);
    unreadable('{"Records":[]} and more', /not a JSON object/);
    unreadable('{"Records":[]}{"Records":[]}', /not a JSON object/);
    unreadable("{}", /no Records/);
    unreadable('{"Records":{}}', /no Records/);
    unreadable('{"Records":[}', /brackets do not match/);
    unreadable('{"Records":[]]', /brackets do not match/);
    unreadable("}", /brackets do not match/);
    unreadable("  \n", /no Records/);
    assert.deepEqual(scan(' \n{"Records" : [ ] }\n'), []);
  });

  it("does not hold on to a record without an end", () => {
    const endless = Buffer.concat([Buffer.from('{"Records":[{"a":"'), Buffer.alloc(5 * 1024 * 1024, "x")]);
    unreadable(endless, /more than 4 MB/, 256 * 1024);
  });
});
