import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseReport } from "../../src/report/report.ts";
import { logFile, logKey } from "../evidence/events.ts";
import {
  call,
  cli,
  KEY,
  kindsOf,
  logs,
  makeFolders,
  ndjson,
  reportOf,
  row,
  usageRecord,
  WINDOW,
  writeFiles,
} from "./support.ts";

describe("verify of a folder and a file", function () {
  this.timeout(60_000);
  const folders = makeFolders();
  after(folders.remove);

  /** Writes log files and submissions to a folder, and verifies them. */
  function check(
    files: Record<string, Uint8Array>,
    submissions: string,
    { args = [] as string[], folder = folders.make(), format = "json" } = {},
  ) {
    writeFiles(folder, { "submissions.txt": submissions });
    writeFiles(join(folder, "logs"), files);
    const from = ["--logs", join(folder, "logs"), "--submissions", join(folder, "submissions.txt")];
    return cli(["verify", ...from, ...WINDOW, "--integrity", "off", "--format", format, ...args]);
  }

  it("ends with 0 and puts the report alone on stdout where everything matches", async () => {
    const ran = await check(logs(), ndjson(row()));
    assert.equal(ran.status, 0, ran.stderr);
    const report = reportOf(ran);
    assert.deepEqual(report.counts, { matched: 1 });
    assert.deepEqual(report.meters, [
      {
        product: null,
        buyer: { licenseArn: row().licenseArn, accountId: "111122223333" },
        dimension: "ApiCalls",
        opening: null,
        used: null,
        accepted: "5",
        refused: "0",
        expired: "0",
        disputed: "0",
        waiting: null,
      },
    ]);
    assert.equal(report.evidence.objects, 1);
    assert.equal(report.evidence.records, 1);
    assert.match(
      ran.stderr,
      /^Submissions: .*\n(.*\n)*Evidence: .* · 1 of 1 objects\n(.*\n)*Comparing: 24 of 24 hours\n$/,
    );
    assert.match(ran.stderr, /not checked against CloudTrail's digests/);
  });

  it("ends with 1 and names the finding where a quantity differs, in each format", async () => {
    const wrong = ndjson(row({ quantity: 6 }));
    const ran = await check(logs(), wrong);
    assert.equal(ran.status, 1);
    assert.deepEqual(kindsOf(ran), [0, "quantity-mismatch"]);
    const [finding] = reportOf(ran).findings;
    assert.deepEqual([finding?.submitted, finding?.evidenced, finding?.objects], ["6", "5", [KEY]]);
    const csv = await check(logs(), wrong, { format: "csv" });
    assert.equal(csv.status, 1);
    assert.match(csv.stdout, /^kind,product,.*\r\nquantity-mismatch,,111122223333,/);
    const table = await check(logs(), wrong, { format: "table" });
    assert.equal(table.status, 1);
    assert.match(table.stdout, /│ quantity-mismatch │ +1 │/);
    assert.match(table.stdout, /submitted 6 · evidenced 5/);
    assert.match(table.stdout, /0 records match CloudTrail's evidence\. 1 findings need someone\.\n$/);
  });

  it("finds what is missing, foreign and refused, and nothing else", async () => {
    const stranger = usageRecord({ customerAWSAccountId: "444455556666" });
    const refused = usageRecord({ dimension: "GbHours" });
    const results = [
      { usageRecord: usageRecord(), status: "Success" },
      { usageRecord: stranger, status: "Success" },
      { usageRecord: refused, status: "CustomerNotSubscribed" },
    ];
    const event = call([usageRecord(), stranger, refused], { responseElements: { results } });
    const rows = [row(), row({ dimension: "GbHours" }), row({ timestamp: "2025-03-10T12:30:00Z" })];
    const ran = await check({ [KEY]: logFile(event) }, ndjson(...rows));
    assert.deepEqual(kindsOf(ran), [1, "foreign", "missing", "refused"]);
    assert.deepEqual(
      reportOf(ran).meters.map(({ dimension, accepted, refused: notTaken }) => [dimension, accepted, notTaken]),
      [
        ["ApiCalls", "5", "0"],
        ["GbHours", "0", "5"],
      ],
    );
  });

  it("gives the same bytes whatever order the rows come in, and counts a row that stands twice once", async () => {
    const rows = [
      row(),
      row({ quantity: 6 }),
      row({ dimension: "Gb" }),
      row({ status: "refused", dimension: "Gb" }),
      row(),
    ];
    const first = await check(logs(), ndjson(...rows));
    const second = await check(logs(), ndjson(...rows.toReversed()));
    assert.equal(first.stdout, second.stdout);
    assert.deepEqual((await check(logs(), ndjson(row(), row()))).status, 0);
  });

  it("writes the report's three files to --out, and nothing where the input is wrong", async () => {
    const folder = folders.make();
    const out = join(folder, "a", "b");
    assert.equal((await check(logs(), "not json", { args: ["--out", out] })).status, 2);
    assert.ok(!existsSync(join(folder, "a")));
    const ran = await check(logs(), ndjson(row()), { args: ["--out", out] });
    assert.deepEqual(readdirSync(out).sort(), ["report.csv", "report.html", "report.json"]);
    assert.deepEqual(parseReport(readFileSync(join(out, "report.json"), "utf8")), reportOf(ran));
    const file = await check(logs(), ndjson(row()), { args: ["--out", join(out, "report.csv")] });
    assert.equal(file.status, 2);
    assert.match(file.stderr, /^--out .*report\.csv: is not a folder/);
  });

  it("reads each account and Region of organization trails, prefixes and copies", async () => {
    const at = (key: string, event: object) => ({ [key]: logFile(event) });
    const other = logKey("20250310T1125Z").replaceAll("999988887777", "222233334444");
    const west = logKey("20250310T1125Z", "a", "us-west-2");
    const record = (dimension: string) => [usageRecord({ dimension })];
    const files = {
      ...at(KEY, call(record("A"))),
      ...at(`copies/of/${KEY}`, call(record("A"))),
      ...at(`audit/${other.replace("AWSLogs/", "AWSLogs/o-ab12cd34ef/")}`, call(record("B"), { eventID: "e-2" })),
      ...at(west, call(record("C"), { eventID: "e-3", awsRegion: "us-west-2" })),
    };
    const rows = [row({ dimension: "A" }), row({ dimension: "B" }), row({ dimension: "C", region: "us-west-2" })];
    const all = await check(files, ndjson(...rows));
    assert.deepEqual(kindsOf(all), [3]);
    assert.equal(reportOf(all).evidence.objects, 4);
    const one = await check(files, ndjson(...rows), { args: ["--account", "999988887777", "--region", "us-east-1"] });
    // What lies in a Region that was not read is not called missing; what lies in an account that was not read is.
    assert.deepEqual(
      reportOf(one).findings.map(({ kind, dimension, reason }) => [kind, dimension, reason]),
      [
        ["missing", "B", "no call in CloudTrail names it"],
        ["unverifiable", "C", "no log file of us-west-2 was read"],
      ],
    );
    const both = await check(files, ndjson(...rows), { args: ["--region", "us-east-1", "--region", "us-west-2"] });
    assert.deepEqual(kindsOf(both), [3]);
    const none = await check(files, ndjson(...rows), { args: ["--account", "555566667777"] });
    assert.equal(none.status, 2);
    assert.match(
      none.stderr,
      /has log files of the account 222233334444, 999988887777, and none of --account 555566667777/,
    );
    const nowhere = await check(files, ndjson(...rows), { args: ["--region", "eu-west-1"] });
    assert.equal(nowhere.status, 2);
    assert.match(nowhere.stderr, /has log files of us-east-1, us-west-2, and none of --region eu-west-1/);
  });

  it("reads a folder that lies inside AWSLogs", async () => {
    const folder = folders.make();
    writeFiles(folder, { "s.ndjson": ndjson(row()) });
    writeFiles(join(folder, "AWSLogs/222233334444/CloudTrail/us-east-1"), { "2025/03/10/other": "" });
    writeFiles(folder, logs());
    const inside = join(folder, "AWSLogs/999988887777");
    const args = ["--submissions", join(folder, "s.ndjson"), ...WINDOW, "--integrity", "off", "--format", "json"];
    const ran = await cli(["verify", "--logs", inside, ...args]);
    assert.deepEqual(kindsOf(ran), [1]);
    assert.doesNotMatch(ran.stderr, /Skipped/);
    assert.match((await cli(["verify", "--logs", folder, ...args])).stderr, /Skipped 1 .*222233334444.*other\.\n/);
  });

  it("says what every damaged file is, by its key, and takes nothing from it", async () => {
    const good = logFile(call([usageRecord()]));
    const key = (name: string) => logKey("20250310T1130Z", name);
    const files = {
      [key("cut")]: good.subarray(0, 100),
      [key("empty")]: Buffer.from(""),
      [key("text")]: Buffer.from('{"Records":[]}'),
      [KEY.replace(".gz", "")]: Buffer.from('{"Records":[]}'),
    };
    const ran = await check(files, ndjson(row()));
    assert.deepEqual(kindsOf(ran), [0, "integrity", "integrity", "integrity", "unverifiable"]);
    assert.deepEqual(
      reportOf(ran)
        .findings.slice(0, 3)
        .map(({ objects, reason }) => [objects[0], reason])
        .sort(),
      [
        [key("cut"), "its gzip is broken (unexpected end of file)"],
        [key("empty"), "it is empty"],
        [key("text"), "it is not gzip"],
      ],
    );
    assert.match(ran.stderr, /Skipped 1 .*_a\.json\.\n/);
  });

  it("takes a file of 50 MB of gzip in its stride", async () => {
    const filler = JSON.stringify({ Records: [{ eventName: "Other", filler: "x".repeat(3_000_000) }] });
    const { gzipSync, constants } = await import("node:zlib");
    const { randomBytes } = await import("node:crypto");
    const noise = { eventName: "Other", noise: randomBytes(1_500_000).toString("base64") };
    const records = Array.from({ length: 34 }, () => JSON.stringify(noise)).join(",");
    const text = `{"Records":[${records},${JSON.stringify(call([usageRecord()]))}]}`;
    const large = gzipSync(text, { level: constants.Z_BEST_SPEED });
    assert.ok(large.length > 50_000_000, `${large.length}`);
    const ran = await check({ [KEY]: large, [logKey("20250310T1200Z")]: gzipSync(filler) }, ndjson(row()));
    assert.deepEqual(kindsOf(ran), [1]);
  });

  it("reads a folder whose clock is ahead of this machine's as delivered", async () => {
    const year = new Date().getUTCFullYear() + 2;
    const later = (text: string) => text.replaceAll("2025", `${year}`);
    const event = JSON.parse(later(JSON.stringify(call([usageRecord()]))));
    const folder = folders.make();
    writeFiles(folder, { "s.ndjson": later(ndjson(row(), row({ dimension: "Gb" }))) });
    writeFiles(folder, { [later(KEY)]: logFile(event), [later(logKey("20250310T2300Z"))]: logFile() });
    const args = ["--logs", folder, "--submissions", join(folder, "s.ndjson"), ...WINDOW.map(later)];
    assert.deepEqual(kindsOf(await cli(["verify", ...args, "--integrity", "off", "--format", "json"])), [1, "missing"]);
  });

  it("finds the silent hour after a week with usage in each", async () => {
    const start = Date.parse("2025-03-03T03:00:00Z");
    const hours = Array.from({ length: 168 }, (_, n) => new Date(start + n * 3_600_000).toISOString());
    const week = hours.map((timestamp) => row({ timestamp }));
    const event = call(hours.filter((each) => each >= "2025-03-10").map((timestamp) => usageRecord({ timestamp })));
    const ran = await check({ [KEY]: logFile(event) }, ndjson(...week));
    assert.equal(ran.status, 0);
    assert.deepEqual(kindsOf(ran), [3, "silent-hour"]);
    assert.equal(reportOf(ran).findings[0]?.hour, "2025-03-10T03:00:00Z");
  });

  it("takes the buyer of an older listing by customer identifier or by account, as the call names it", async () => {
    const older = { licenseArn: undefined, productCode: "abc", customerIdentifier: "c-1" };
    const record = { timestamp: "Mar 10, 2025 10:59:00 AM", dimension: "ApiCalls", quantity: 5 };
    for (const buyer of [{ customerAWSAccountId: "111122223333" }, { customerIdentifier: "c-1" }]) {
      const seen = { ...record, ...buyer };
      const event = call([seen], { requestParameters: { productCode: "abc", usageRecords: [seen] } });
      assert.deepEqual(kindsOf(await check({ [KEY]: logFile(event) }, ndjson(row(older)))), [1], JSON.stringify(buyer));
    }
  });

  it("believes a status of the ledger that needs someone, and no word that it does not know", async () => {
    const rows = ["expired", "disputed", "sealed", "SENT"].map((status) => row({ dimension: status, status }));
    const ran = await check(logs(), ndjson(row({ status: "accepted" }), ...rows));
    assert.deepEqual(
      reportOf(ran).findings.map(({ kind, dimension }) => [kind, dimension]),
      [
        ["missing", "SENT"],
        ["missing", "sealed"],
        ["expired", "expired"],
        ["disputed", "disputed"],
      ],
    );
    assert.deepEqual(
      reportOf(ran).meters.map(({ dimension, accepted, expired, disputed }) => [
        dimension,
        accepted,
        expired,
        disputed,
      ]),
      [
        ["ApiCalls", "5", "0", "0"],
        ["SENT", "0", "0", "0"],
        ["disputed", "0", "0", "5"],
        ["expired", "0", "5", "0"],
        ["sealed", "0", "0", "0"],
      ],
    );
  });

  it("shows control characters in names as what they are not", async () => {
    const event = call([usageRecord({ dimension: "\u001b[31mred\u202e" })]);
    const ran = await check({ [KEY]: logFile(event) }, ndjson(row()), { format: "table" });
    assert.equal(ran.status, 1);
    assert.ok(!ran.stdout.includes("\u001b") && !ran.stdout.includes("\u202e"));
    assert.match(ran.stdout, /\ufffd\[31mred/);
  });
});
