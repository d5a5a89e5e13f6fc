import assert from "node:assert/strict";
import fc from "fast-check";
import { reportHtml } from "../../src/report/html.ts";
import { FINDING_KINDS, type Report } from "../../src/report/report.ts";
import { BUYER, finding, meter, report } from "./sample.ts";

/** What a reader sees. */
const textOf = (page: string): string =>
  page
    .replace(/<style>[\s\S]*?<\/style>/, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .replace(/\s+/g, " ");

describe("report.html", () => {
  it("says at once whether anyone is needed, and for what", () => {
    const rejected = (count: number) => [{ reason: "conflict", field: "id", count, example: "evt-8f2c" }];
    const says = (changes: Partial<Report>) => textOf(reportHtml(report(changes)));
    assert.match(says({}), /Nothing in this report needs anyone\./);
    assert.match(says({ findings: [finding({ kind: "silent-hour" })] }), /Nothing in this report needs anyone\./);
    assert.match(says({ findings: [finding()] }), / 1 finding needs someone\./);
    assert.match(
      says({ findings: [finding(), finding()], rejected: rejected(1) }),
      / 2 findings need someone, and 1 usage event was rejected\./,
    );
    assert.match(says({ rejected: rejected(3) }), / 3 usage events were rejected\..* conflict id 3 evt-8f2c /);
  });

  it("shows each finding under its kind, with its numbers, reason, action and log files", () => {
    const page = textOf(reportHtml(report({ findings: [finding(), finding({ kind: "failed-call", money: "-0.5" })] })));
    const row =
      "2026-11-23 10:00 ApiCalls analytics account 111122223333, licence arn:aws:license-manager:us-east-1:1:license:l-1 5 – $0.001 2026-11-24 10:59 " +
      "CloudTrail shows no call in which AWS took this record. Reason: no call in CloudTrail names it. " +
      "Send the same record again before 2026-11-24T10:59:00Z: 14 h 59 min were left at 2026-11-23T20:00:00Z. log-1 log-2";
    assert.ok(page.includes(` Missing 1 Hour`), page);
    assert.ok(page.includes(row), page);
    assert.ok(page.includes("\u2212\u2060$0.5"), page);
    assert.ok(page.includes(` Failed calls 1 Hour`), page);
    assert.ok(!page.includes("Refused 1"));
  });

  it("has a heading for every kind, and dashes for what is null", () => {
    const nothing = { product: null, buyer: null, dimension: null, hour: null, submitted: null, money: null };
    const findings = FINDING_KINDS.map((kind) => finding({ kind, ...nothing, deadline: null, objects: [] }));
    const page = reportHtml(report({ findings }));
    for (const kind of FINDING_KINDS) assert.ok(page.includes(`<h3 id="${kind}"`), kind);
    assert.match(textOf(page), /Integrity|Evidence that fails 1 Hour .* – – – – – – – /);
  });

  it("adds meters up by product and dimension, exactly, and lists each", () => {
    const meters = [
      meter(),
      meter({ used: "0.000000001", refused: "2", buyer: { customerIdentifier: "c-1" } }),
      meter({ product: null, dimension: "Gb", opening: null, used: null, waiting: null }),
    ];
    const page = textOf(reportHtml(report({ meters })));
    assert.ok(page.includes(" analytics ApiCalls 2 0 10.500000001 20 2 0 0 1 "), page);
    assert.ok(page.includes(" – Gb 1 – – 10 0 0 0 – "), page);
    assert.ok(page.includes(" customer c-1 0 0.000000001 10 2 0 0 0.5 "), page);
  });

  it("adds up what is unbilled and what is billed too much, each once", () => {
    const amounts = [
      finding({ money: "0.1" }),
      finding({ money: "0.000000000000000000001" }),
      finding({ kind: "foreign", money: "-2.5" }),
      finding({ kind: "failed-call", money: "9" }),
      finding({ kind: "not-yet-delivered", money: "9" }),
      finding({ money: null }),
    ];
    const page = textOf(reportHtml(report({ findings: amounts })));
    assert.ok(page.includes(" $0.100000000000000000001 unbilled at most"), page);
    assert.ok(page.includes(" $2.5 billed too much"), page);
    assert.throws(() => reportHtml(report({ findings: [finding({ money: "much" })] })), /"much"/);
  });

  it("says that digests were not checked, or how they were", () => {
    assert.ok(textOf(reportHtml(report())).includes("Digests not checked"));
    const evidence = { ...report().evidence, digests: { valid: 2, invalid: 1, missing: 0 } };
    assert.ok(textOf(reportHtml(report({ evidence }))).includes("Digests 2 valid, 1 invalid, 0 missing"));
  });

  it("lets no field become markup", () => {
    const evil = fc.stringMatching(/^(<script>|<\/style>|<img onerror=x>|"|'|`|&|>|<|--|a){1,8}$/);
    const tags = (page: string) =>
      [...page.matchAll(/<\/?[a-z!][^>]*>/gi)].map(([tag]) => tag.replace(/datetime="[^"]*"/, ""));
    const build = (text: string): Report =>
      report({
        meters: [meter({ product: text, dimension: text, buyer: { customerIdentifier: text } })],
        rejected: [{ reason: text, field: text, count: 1, example: text }],
        findings: [
          finding({
            product: text,
            dimension: text,
            buyer: { ...BUYER, accountId: text },
            reason: text,
            message: text,
            action: text,
            objects: [text],
          }),
        ],
      });
    const harmless = tags(reportHtml(build("a")));
    fc.assert(
      fc.property(evil, (text) => {
        const page = reportHtml(build(text));
        assert.deepEqual(tags(page), harmless);
        assert.ok(textOf(page).includes(text.trim()));
      }),
    );
  });

  it("needs no network and no script", () => {
    const page = reportHtml(report({ findings: [finding()] }));
    assert.ok(page.includes(`content="default-src 'none'; style-src 'unsafe-inline'"`));
    assert.doesNotMatch(page, /<script|<link|<img|@import|url\(|https?:/);
  });

  it("is whole with ten thousand findings", () => {
    const page = reportHtml(report({ findings: Array.from({ length: 10_000 }, () => finding()) }));
    assert.equal([...page.matchAll(/<tr>\n<td data-label="Hour"/g)].length, 10_000);
    assert.ok(page.endsWith("</html>\n"));
  });
});
