import assert from "node:assert/strict";
import fc from "fast-check";
import { scanRecords } from "../../src/evidence/scan.ts";
import { UnreadableError } from "../../src/evidence/unreadable.ts";

/** Scans a text in pieces of a size. */
function scan(text: string | Buffer, size = Number.POSITIVE_INFINITY): unknown[] {
  const bytes = Buffer.from(text);
  const found: unknown[] = [];
  const scanner = scanRecords(({ text }) => found.push(JSON.parse(text.toString())));
  try {
    for (let at = 0; at < bytes.length; at += size) scanner.push(bytes.subarray(at, at + size));
    scanner.end();
  } finally {
    scanner.close();
  }
  return found;
}

const unreadable = (text: string | Buffer, reason: RegExp, size?: number) =>
  assert.throws(
    () => scan(text, size),
    (error) => error instanceof UnreadableError && reason.test(error.message),
  );

/** JSON with texts that are made to mislead: brackets, quotes, backslashes in long rows, the name itself, things that look like an event. */
const text = fc.stringMatching(/^([{}[\]",:\\a ]|BatchMeterUsage|Records|é){0,6}$/);
const lookAlike = {
  eventVersion: "1.11",
  eventName: "BatchMeterUsage",
  eventSource: "metering-marketplace.amazonaws.com",
};
const long = fc
  .array(fc.constantFrom("\\", '"', '\\"', "BatchMeterUsage", JSON.stringify([lookAlike]), "é", "},{"), {
    maxLength: 90,
  })
  .map((parts) => parts.join(""));
const json = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.jsonValue({ maxDepth: 4, stringUnit: fc.constantFrom(...'{}[]",:\\aé', "BatchMeterUsage") }),
  },
  { weight: 1, arbitrary: fc.record({ long, more: fc.array(long, { maxLength: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ a: long, records: fc.constant([lookAlike, [lookAlike]]), b: long }) },
);
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
  size: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 41, max: 400 }), fc.constant(1_000_000)),
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

  it("knows a text from what looks like its end, wherever in a step of 64 bytes its backslashes stand", () => {
    for (let before = 0; before < 70; before++) {
      for (const backslashes of [1, 2, 3, 63, 64, 65, 127, 128, 129, 130]) {
        const records = [{ a: " ".repeat(before), b: `${"\\".repeat(backslashes)}"}]},{BatchMeterUsage` }, { c: 1 }];
        const whole = JSON.stringify({ Records: records });
        assert.deepEqual(scan(whole), [records[0]], `${backslashes} after ${before}`);
        assert.deepEqual(scan(whole, 64), [records[0]], `${backslashes} after ${before}, in pieces`);
      }
    }
  });

  it("takes what stands beside the name for its own record only", () => {
    const named = { eventName: "BatchMeterUsage" };
    for (let width = 0; width < 130; width++) {
      const other = { other: "x".repeat(width) };
      assert.deepEqual(scan(JSON.stringify({ Records: [other, named, other, other, named, other] })), [named, named]);
    }
  });

  it("begins anew with each text, whatever the one before it was broken by", () => {
    const good = JSON.stringify({ Records: [{ eventName: "BatchMeterUsage" }] });
    for (const broken of [
      '{"Records":[{"a":"\\',
      '{"Records":[{"a":"BatchMeterUsage',
      '{"Records":[[[{',
      '{"Records":[{"BatchMeterUsage":1',
    ]) {
      unreadable(broken, /breaks off/);
      assert.deepEqual(scan(good), [{ eventName: "BatchMeterUsage" }]);
    }
  });

  it("reads two texts at once, each in pieces of its own", () => {
    const texts = ["a", "b"].map((name) =>
      Buffer.from(JSON.stringify({ Records: [{ BatchMeterUsage: name.repeat(300) }] })),
    );
    const found: string[] = [];
    const scanners = texts.map(() => scanRecords(({ text }) => found.push(text.toString())));
    for (let at = 0; at < 400; at += 50)
      for (const [index, bytes] of texts.entries()) scanners[index]?.push(bytes.subarray(at, at + 50));
    for (const scanner of scanners) {
      scanner.end();
      scanner.close();
    }
    assert.deepEqual(
      found,
      ["a", "b"].map((name) => JSON.stringify({ BatchMeterUsage: name.repeat(300) })),
    );
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
    unreadable('{}{"Records":[]}', /not a JSON object/);
    unreadable(`{"Records":[${'{"a":1},'.repeat(20)}}`, /brackets do not match/);
    assert.deepEqual(scan('{"Records":[],"Records":[{"a":"BatchMeterUsage"}]}'), [{ a: "BatchMeterUsage" }]);
    unreadable("  \n", /no Records/);
    assert.deepEqual(scan(' \n{"Records" : [ ] }\n'), []);
  });

  it("does not hold on to a record without an end", () => {
    const endless = Buffer.concat([Buffer.from('{"Records":[{"a":"'), Buffer.alloc(5 * 1024 * 1024, "x")]);
    unreadable(endless, /more than 4 MB/, 256 * 1024);
  });
});
