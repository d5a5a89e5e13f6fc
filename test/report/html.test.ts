import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { reportHtml } from "../../src/report/html.ts";
import { kinds } from "../../src/report/kinds.ts";
import { listAt, type PageData, rowAt } from "../../src/report/packed.ts";
import { FINDING_KINDS, type Report, type ReportHours } from "../../src/report/report.ts";
import { finding, meter, report } from "./sample.ts";

/** What a reader sees. */
const textOf = (page: string): string =>
  page
    .replace(/<(style|script)\b[\s\S]*?<\/\1>/g, "")
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

  it("shows each finding with its kind, numbers, reason, action and log files", () => {
    const page = textOf(reportHtml(report({ findings: [finding({ kind: "failed-call", money: "-0.5" }), finding()] })));
    const row =
      "Missing 2026-11-23 10:00 analytics ApiCalls account 111122223333, licence arn:aws:license-manager:us-east-1:1:license:l-1 5 – $0.001 2026-11-24 10:59 " +
      "Copy CloudTrail shows no call in which AWS took this record. Reason: no call in CloudTrail names it. " +
      "Send the same record again before 2026-11-24T10:59:00Z: 14 h 59 min were left at 2026-11-23T20:00:00Z. 2 log files log-1 log-2";
    assert.ok(page.includes(row), page);
    assert.ok(page.includes(" Need someone Missing 1 Failed calls 1 "), page);
    assert.ok(page.includes("\u2212\u2060$0.5"), page);
    assert.ok(page.indexOf("Missing 2026") < page.indexOf("Failed calls 2026"), "the gravest kind comes first");
  });

  it("tells the kinds that need someone from those that do not, and shows dashes for what is null", () => {
    const nothing = { product: null, buyer: null, dimension: null, hour: null, submitted: null, money: null };
    const findings = FINDING_KINDS.map((kind) => finding({ kind, ...nothing, deadline: null, objects: [] }));
    const page = textOf(reportHtml(report({ findings })));
    assert.match(
      page,
      / Need someone Evidence that fails 1 .* Failed calls 1 To know Not yet verified 1 Not yet delivered 1 Silent hours 1 /,
    );
    assert.match(page, / Silent hours – – – – – – – – Copy /);
    for (const kind of FINDING_KINDS) assert.equal(page.split(` ${kinds[kind].title} – – `).length, 2, kind);
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
    assert.ok(page.includes(" unbilled at most, where prices are known $0.100000000000000000001 "), page);
    assert.ok(page.includes(" billed too much, where prices are known $2.5 "), page);
    assert.throws(() => reportHtml(report({ findings: [finding({ money: "much" })] })), /"much"/);
  });

  it("says that digests were not checked, or how they were", () => {
    assert.ok(textOf(reportHtml(report())).includes("Digests 2 valid, 1 invalid, 0 missing"));
    const evidence = { ...report().evidence, digests: null };
    assert.ok(textOf(reportHtml(report({ evidence }))).includes("Digests not checked: the evidence is unsigned"));
  });

  it("names who counts what by hour, in a sentence and a table, and leaves hours with neither out", () => {
    const hours = (changes: Partial<ReportHours>) =>
      textOf(reportHtml(report({ to: "2026-11-23T03:00:00Z", hours: [{ ...HOURS, ...changes }] })));
    const used = hours({});
    assert.ok(
      used.includes(
        " Used and billed by hour Usage analytics ApiCalls analytics ApiCalls: used 1.75, billed 1 as far as CloudTrail shows; the two differ in 1 of 3 hours. ",
      ),
      used,
    );
    assert.ok(used.includes(" Hour Used Billed 2026-11-23 00:00 1 1 2026-11-23 02:00 0.75 0 "), used);
    assert.match(
      hours({ product: null, used: null, submitted: ["1", "0", "0"] }),
      / Submitted and billed by hour Usage ApiCalls ApiCalls: submitted 1, billed 1 .* in 0 of 3 hours\. /,
    );
    assert.ok(hours({ product: null }).includes(" unknown product ApiCalls: used 1.75, "));
    assert.doesNotMatch(textOf(reportHtml(report())), /by hour/);
  });

  it("lets no field become markup or script, wherever it stands", () => {
    const parts = [
      "<script>",
      "</script>",
      "<!--",
      "-->",
      "]]>",
      "</style>",
      "<img onerror=x>",
      '"',
      "'",
      "`",
      "&",
      ">",
      "<",
      "\u2028",
      "\u2029",
      "\0",
      "\\",
      "\ud800",
      "a",
    ];
    const hostile = fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 8 }).map((all) => all.join(""));
    const tags = (page: string) =>
      [
        ...page
          .replace(/(<script type="application\/json" id="data">)[^<]*(<\/script>)/, "$1$2")
          .matchAll(/<\/?[a-z!][^>]*>/gi),
      ].map(([tag]) => tag.replace(/ (datetime|aria-label|value)="[^"]*"/, ""));
    const harmless = tags(reportHtml(reportOf("a")));
    fc.assert(
      fc.property(hostile, (text) => {
        const page = reportHtml(reportOf(text));
        assert.deepEqual(tags(page), harmless);
        assert.ok(!/[\u2028\u2029]/.test(page.match(/id="data">([^<]*)</)?.[1] ?? "\u2028"));
        const { findings, objects, meters, hours } = dataOf(page);
        const row = rowAt(findings, 0);
        for (const name of ["product", "dimension", "hour", "submitted", "reason", "message", "action", "deadline"])
          assert.equal(row[name], text, name);
        assert.deepEqual(listAt(objects, 0), [text]);
        assert.equal(rowAt(meters, 0).buyer, `customer ${text}`);
        assert.equal(hours[0]?.name, `${text} ${text}`);
      }),
    );
  });

  it("loads nothing, and lets only its own style and script run", () => {
    const page = reportHtml(report({ findings: [finding()], hours: [] }));
    const hash = (text: string | undefined) =>
      `'sha256-${createHash("sha256")
        .update(text ?? "")
        .digest("base64")}'`;
    const style = hash(page.match(/<style>([\s\S]*?)<\/style>/)?.[1]);
    const script = hash(page.match(/<script>([\s\S]*?)<\/script>/)?.[1]);
    const policy = `default-src 'none'; style-src ${style}; script-src ${script}; base-uri 'none'; form-action 'none'`;
    assert.ok(page.includes(`<meta http-equiv="Content-Security-Policy" content="${policy}">`));
    assert.doesNotMatch(page, /<link|<img|<form|<iframe|@import|url\(| src=| style=/);
  });

  it("carries every finding, and shows the first hundred without its script, saying so", () => {
    const page = reportHtml(
      report({ findings: Array.from({ length: 10_000 }, (_, n) => finding({ submitted: `${n}` })) }),
    );
    assert.equal(page.split('<th scope="row" class="bad">Missing</th>').length - 1, 100);
    assert.ok(
      textOf(page).includes(
        " The first 100 of 10,000 findings. All are in report.json; with JavaScript, this page shows them too. ",
      ),
    );
    const { findings } = dataOf(page);
    assert.equal(findings.length, 10_000);
    assert.equal(rowAt(findings, 9999).submitted, "9999");
    assert.ok(page.endsWith("</html>\n"));
  });
});

const HOURS: ReportHours = {
  product: "analytics",
  dimension: "ApiCalls",
  used: ["1", "0", "0.75"],
  submitted: null,
  evidenced: ["1", "0", "0"],
};

/** What the page gives to its script. */
const dataOf = (page: string): PageData =>
  JSON.parse(page.match(/<script type="application\/json" id="data">([^<]*)<\/script>/)?.[1] ?? "");

/** A report in which every field that holds text holds this one. */
const reportOf = (text: string): Report =>
  report({
    meters: [meter({ product: text, dimension: text, buyer: { customerIdentifier: text } })],
    rejected: [{ reason: text, field: text, count: 1, example: text }],
    findings: [
      finding({
        product: text,
        dimension: text,
        buyer: { accountId: text, licenseArn: text, customerIdentifier: text },
        hour: text,
        submitted: text,
        evidenced: text,
        deadline: text,
        reason: text,
        message: text,
        action: text,
        objects: [text],
      }),
    ],
    hours: [{ product: text, dimension: text, used: ["1"], submitted: null, evidenced: ["1"] }],
  });
