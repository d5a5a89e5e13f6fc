import assert from "node:assert/strict";
import { exitCode } from "../../src/report/exit-code.ts";
import { kinds, needsSomeone } from "../../src/report/kinds.ts";
import { FINDING_KINDS, formatReport, parseReport, type Report } from "../../src/report/report.ts";
import { finding, meter, report } from "./sample.ts";

const ZEROS = Array.from({ length: 24 }, () => "0");
const HOURS = {
  product: "analytics",
  dimension: "ApiCalls",
  used: ["10.5", ...ZEROS.slice(1)],
  submitted: null,
  evidenced: ZEROS,
};

describe("report.json", () => {
  it("is read as it was written, to the byte", () => {
    const full = report({
      rejected: [{ reason: "conflict", field: "id", count: 1, example: "evt-8f2c" }],
      findings: FINDING_KINDS.map((kind) => finding({ kind })),
      counts: { matched: 77, missing: 1 },
      hours: [HOURS, { ...HOURS, product: null, used: null, submitted: HOURS.used }],
      meters: [meter(), meter({ opening: null, used: null, waiting: null, buyer: { customerIdentifier: "c" } })],
    });
    assert.deepEqual(parseReport(formatReport(full)), full);
    assert.equal(formatReport(parseReport(formatReport(full))), formatReport(full));
    assert.ok(formatReport(full).endsWith("}\n"));
  });

  const refused = (change: (json: Record<string, never>) => void, message: RegExp) => {
    const json = JSON.parse(formatReport(report({ findings: [finding()], hours: [HOURS] })));
    change(json);
    assert.throws(() => parseReport(JSON.stringify(json)), { message });
  };
  const set =
    (path: string, value: unknown) =>
    (json: Record<string, never>): void => {
      const names = path.split(".");
      const last = names.pop() as string;
      const target = names.reduce<Record<string, unknown>>((at, name) => at[name] as Record<string, unknown>, json);
      target[last] = value;
    };

  for (const [path, value] of [
    ["version", 2],
    ["from", "2026-11-23T00:30:00Z"],
    ["to", "2026-11-23"],
    ["extra", 1],
    ["meters.0.used", 10.5],
    ["meters.0.used", "1e3"],
    ["meters.0.accepted", null],
    ["meters.0.buyer", null],
    ["meters.0.buyer.name", "x"],
    ["findings.0.kind", "lost"],
    ["findings.0.hour", "2026-11-23T10:59:00Z"],
    ["findings.0.deadline", "2026-11-23T10:59:00+01:00"],
    ["findings.0.objects", "log-1"],
    ["findings.0.message", undefined],
    ["counts.lost", 1],
    ["counts.matched", -1],
    ["evidence.bytes", 1.5],
    ["evidence.digests.valid", undefined],
    ["hours", [{ product: null, dimension: "Gb", used: null, submitted: null, evidenced: ["1"] }]],
    ["hours.0.used", undefined],
    ["hours.0.evidenced.2", 1],
  ] as const) {
    it(`refuses ${path} = ${JSON.stringify(value)}, by name`, () =>
      refused(set(path, value), new RegExp(`^The report's ${path.replaceAll(".", "\\.")} breaks the format`)));
  }

  it("refuses what is no JSON, and JSON that is no object", () => {
    assert.throws(() => parseReport("{"), { message: /^The report is not JSON/ });
    assert.throws(() => parseReport("[]"), { message: /^The report's (text|version) breaks the format/ });
  });
});

describe("what needs someone", () => {
  const calm = ["not-yet-delivered", "not-yet-verified", "silent-hour"];

  it("is every kind but those that wait or only inform", () => {
    for (const kind of FINDING_KINDS) assert.equal(needsSomeone(finding({ kind })), !calm.includes(kind), kind);
  });

  it("is not a failed call whose records were all accepted later", () => {
    assert.equal(needsSomeone(finding({ kind: "failed-call", evidenced: null })), true);
    assert.equal(needsSomeone(finding({ kind: "failed-call", evidenced: "0" })), false);
  });

  it("makes exit 1, as does anything rejected, and nothing else does", () => {
    const rejected: Report["rejected"] = [{ reason: "conflict", field: "id", count: 1, example: "e" }];
    assert.equal(exitCode(report()), 0);
    assert.equal(exitCode(report({ findings: calm.map((kind) => finding({ kind: kind as "silent-hour" })) })), 0);
    assert.equal(exitCode(report({ findings: [finding({ kind: "silent-hour" }), finding()] })), 1);
    assert.equal(exitCode(report({ rejected })), 1);
  });

  it("is told in sentences, for every kind with and without what may be missing", () => {
    for (const kind of FINDING_KINDS) {
      // These are about two quantities, or they would not be.
      const two = ["billed-twice", "quantity-mismatch", "under-billed-duplicate"].includes(kind);
      const bare = two ? { evidenced: "3" } : { hour: null, submitted: null };
      for (const changes of [bare, { evidenced: "3", deadline: null }, two ? bare : {}]) {
        const { message, action } = finding({ kind, ...changes });
        for (const text of [message, action]) assert.match(text, /^[A-Z].*[^.]\.$/, `${kind}: ${text}`);
        for (const text of [message, action]) assert.doesNotMatch(text, /null|undefined/, `${kind}: ${text}`);
      }
      assert.notEqual(kinds[kind].title, "");
    }
  });
});
