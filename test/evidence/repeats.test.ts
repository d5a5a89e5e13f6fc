import assert from "node:assert/strict";
import fc from "fast-check";
import type { FoundRecord } from "../../src/evidence/records.ts";
import { parseRecord } from "../../src/evidence/repeats.ts";
import { scanRecords } from "../../src/evidence/scan.ts";
import { UnreadableError } from "../../src/evidence/unreadable.ts";
import { meteringEvent } from "./events.ts";

/** Does something with the one record of a log file, while its bytes are there. */
function withRecord<T>(text: string, work: (record: FoundRecord) => T): T {
  const done: T[] = [];
  const scanner = scanRecords((record) => done.push(work(record)));
  try {
    scanner.push(Buffer.from(`{"Records":[${text}]}`));
    scanner.end();
  } finally {
    scanner.close();
  }
  assert.equal(done.length, 1);
  return done[0] as T;
}

/** The text without what it repeats, and how much that is; undefined where it is taken as it is. */
const shortenedOf = (text: string) =>
  withRecord(text, ({ shortened }) => {
    const short = shortened();
    return short && { text: short.text.toString(), repeats: short.repeats };
  });

function outcome(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    assert.ok(error instanceof SyntaxError || error instanceof UnreadableError, String(error));
    return "no JSON";
  }
}

const A = '{"timestamp":"Nov 23, 2026 10:59:00 AM","dimension":"ApiCalls","quantity":5}';
const B = '{"quantity":7}';
const call = (request: string, results: string, more = "") =>
  `{"eventName":"BatchMeterUsage"${more},"requestParameters":{"usageRecords":[${request}]},"responseElements":{"results":[${results}]}}`;
const result = (record: string) => `{"usageRecord":${record},"status":"Success"}`;

describe("a call whose answer repeats its request", () => {
  it("is parsed without the repeated records, and is the same", () => {
    const text = call(`${A},${B},${A}`, `${result(A)},${result(B)}`);
    assert.deepEqual(shortenedOf(text), { text: call(`${A},${B},${A}`, `${result("0")},${result("0")}`), repeats: 2 });
    assert.deepEqual(withRecord(text, parseRecord), JSON.parse(text));
  });

  it("is one whatever looks nearly like its names", () => {
    const text = call(A, result(A), ',"xxxgxrxcord":1,"usageRecall":"usageRecor"');
    assert.equal(shortenedOf(text)?.repeats, 1);
    assert.deepEqual(withRecord(text, parseRecord), JSON.parse(text));
  });

  it("is one as CloudTrail writes it", () => {
    const event = meteringEvent();
    assert.equal(shortenedOf(JSON.stringify(event))?.repeats, 1);
    assert.deepEqual(withRecord(JSON.stringify(event), parseRecord), event);
  });

  const whole: Record<string, string> = {
    "a record is another": call(`${A},${B}`, `${result(A)},${result(A)}`),
    "a record differs in its last letter": call(A, result(A.replace("5}", "6}"))),
    "a record has more than the other": call(A, result(A.replace("5}", '5,"a":1}'))),
    "there are more results than records": call(A, `${result(A)},${result(A)}`),
    "a record is nested": call('{"a":{"b":1}}', result('{"a":{"b":1}}')),
    "a record has a list": call('{"a":[1]}', result('{"a":[1]}')),
    "a record has a brace in a text": call('{"a":"}","b":1}', result('{"a":"}","b":1}')),
    "there is a backslash anywhere": call(A, result(A), ',"a":"\\n"'),
    "another field is named like the request": call(A, result(A), `,"usageRecords":[${B}]`),
    "another field is named like the request in other letters": call(A, result(A), ',"USAGERECORDS":1'),
    "another field is named like an answer's": call(A, result(A), ',"usageRecord":0'),
    "another field is named like an answer's in other letters": call(A, result(A), ',"usagerecord":0'),
    "a result has a 0 for its record": call(A, `${result(A)},${result("0")}`),
    "the answer comes before the request": `{"eventName":"BatchMeterUsage","responseElements":{"results":[${result(A)}]},"requestParameters":{"usageRecords":[${A}]}}`,
    "it is longer than an event may be": call(A, result(A), `,"a":"${"x".repeat(256 * 1024)}"`),
    "there is room between names and values": JSON.stringify(JSON.parse(call(A, result(A))), null, 1),
  };
  for (const [what, text] of Object.entries(whole)) {
    it(`is parsed as a whole where ${what}`, () => {
      assert.equal(shortenedOf(text), undefined);
      assert.deepEqual(withRecord(text, parseRecord), JSON.parse(text));
    });
  }

  // The first part of an event, what the request has, and the rest.
  const event = (request: string, rest: string) => `{"eventName":"BatchMeterUsage",${request},${rest}}`;
  const request = `"requestParameters":{"usageRecords":[${A},${B}]}`;
  const again: Record<string, string> = {
    "beside a request's records": event(
      `${request.slice(0, -1)},"usageRecord":${A}}`,
      '"responseElements":{"results":[{}]}',
    ),
    "in another answer": event(request, `"responseElements":{"unprocessed":[${result(A)}]}`),
    "after the answer": event(request, `"responseElements":{"results":[${result(A)}]},"more":{"usageRecord":${B}}`),
    "in one result twice": event(
      request,
      `"responseElements":{"results":[{"usageRecord":${A},"usageRecord":${B}},{}]}`,
    ),
    "in results whose request has another name": event(
      `"request":{"usageRecords":[${A}]}`,
      `"responseElements":{"results":[${result(A)}]}`,
    ),
    "in results whose request has no list of that name": event(
      `"requestParameters":{"xusageRecords":[${A}]}`,
      `"responseElements":{"results":[${result(A)}]}`,
    ),
    "a part of two texts": '{"a":["BatchMeterUsage usageRecords345{"],"b":"}","c":["usageRecord12{"],"b":"}"}',
  };
  for (const [where, text] of Object.entries(again)) {
    it(`is parsed again as a whole where what seemed to be its answer was ${where}`, () => {
      assert.notEqual(shortenedOf(text), undefined);
      assert.deepEqual(withRecord(text, parseRecord), JSON.parse(text));
    });
  }

  it("ends where it ends, and nothing of the record after it is taken for its answer", () => {
    for (let room = 0; room < 16; room++) {
      const text = call(`${A},${B}`, result(A), `,"a":"${" ".repeat(room)}"`);
      const scanner = scanRecords((record) =>
        assert.deepEqual(parseRecord(record), JSON.parse(record.text.toString())),
      );
      scanner.push(Buffer.from(`{"Records":[${text},{"usageRecord":${B},"eventName":"BatchMeterUsage"}]}`));
      scanner.end();
      scanner.close();
    }
  });

  it("is no call where its text is not JSON, though it would be without what was left out", () => {
    for (const text of [
      `{"eventName":"BatchMeterUsage","requestParameters":{"usageRecords":"{a}"},"responseElements":{"results":[{"usageRecord":{a}}]}}`,
      event(request, `"responseElements":{"results":[${result(A)}],}`),
      event(request, `"responseElements":{"results":[${result(A.replace("{", "["))}]}`),
    ])
      assert.throws(
        () => withRecord(text, parseRecord),
        (error) => error instanceof UnreadableError && error.message === "an event in it is not JSON",
      );
  });
});

// Records, names and places that are made to be taken for one another.
const records = [
  A,
  B,
  "{}",
  '{"a":"}"}',
  '{"a":"{"}',
  '{"a":"\\""}',
  '{"a":"x},y"}',
  '{"a":"x},z"}',
  '{"a":{"b":1}}',
  "0",
];
const record = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(A, B, '{"a":"é"}') },
  { weight: 1, arbitrary: fc.constantFrom(...records) },
);
const rarely = <T>(usual: T, ...others: T[]) =>
  fc.oneof({ weight: 20, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
const names = {
  request: rarely("requestParameters", "RequestParameters", "responseElements"),
  records: rarely(
    "usageRecords",
    "UsageRecords",
    "xusageRecords",
    "usageRecordsx",
    "usageRecord",
    "usage\\u0052ecords",
  ),
  answer: rarely("responseElements", "requestParameters"),
  results: rarely("results", "usageRecords", "more"),
  record: rarely("usageRecord", "UsageRecord", "usageRecords", "xusageRecord", "usageRecordx", "usage\\u0052ecord"),
};
const event = fc
  .record({
    ...names,
    all: fc.array(record, { maxLength: 5 }),
    /** Which records of an answer are others than those of the request, and what is beside them. */
    others: fc.dictionary(fc.constantFrom("0", "1", "2", "3"), record, { maxKeys: 1 }),
    beside: fc.dictionary(fc.constantFrom("0", "1", "2"), fc.tuple(names.record, record), { maxKeys: 1 }),
    left: rarely(0, 1, -1),
    comma: rarely(",", ", ", ",\n"),
    order: rarely(false, true),
    more: rarely("", ',"usageRecord":0', ',"usageRecords":[{}]', ',"a":"usageRecord"', ',"a":"\\\\"', ',"results":[]'),
    edit: fc.option(fc.tuple(fc.nat(500), fc.constantFrom("", '"', "{", "}", ",", "0", "\\")), {
      freq: 8,
      nil: undefined,
    }),
  })
  .map(({ all, others, beside, left, comma, order, more, edit, ...name }) => {
    const answered = left < 0 ? [...all, B] : all.slice(left);
    const results = answered.map((each, index) => {
      const [key, value] = beside[index] ?? [];
      const second = key === undefined ? "" : `,"${key}":${value}`;
      return `{"${name.record}":${others[index] ?? each}${second},"status":"Success"}`;
    });
    const parts = [
      `"${name.request}":{"${name.records}":[${all.join(comma)}]}`,
      `"${name.answer}":{"${name.results}":[${results.join(comma)}]}`,
    ];
    const text = `{"eventName":"BatchMeterUsage",${(order ? parts.toReversed() : parts).join(",")}${more}}`;
    if (!edit) return text;
    const [at, put] = edit;
    return text.slice(0, at) + put + text.slice(at + 1);
  });

describe("a record of a log file", () => {
  it("is parsed as what its whole text says, whatever looks like a request and its answer in it", () => {
    let shortened = 0;
    fc.assert(
      fc.property(event, (text) => {
        const scanner = scanRecords((record) => {
          if (record.shortened()) shortened += 1;
          assert.deepEqual(
            outcome(() => parseRecord(record)),
            outcome(() => JSON.parse(record.text.toString())),
          );
        });
        try {
          scanner.push(Buffer.from(`{"Records":[${text}]}`));
          scanner.end();
        } catch (error) {
          // An edit may leave no log file.
          if (!(error instanceof UnreadableError)) throw error;
        } finally {
          scanner.close();
        }
      }),
      { numRuns: 20_000 },
    );
    assert.ok(shortened > 2_000, `${shortened} of them were shortened`);
  });
});
