import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { explanations } from "../../src/report/explanations.ts";
import { FINDING_KINDS } from "../../src/report/report.ts";
import { cli, cliHere, logs, makeFolders, ndjson, row, writeFiles } from "./support.ts";

describe("the command line", function () {
  this.timeout(60_000);
  const folders = makeFolders();
  const folder = folders.make();
  before(() => writeFiles(folder, { "s.ndjson": ndjson(row()), "logs/other.txt": "", ...prefixed(logs()) }));
  after(folders.remove);

  const prefixed = (files: Record<string, Uint8Array>) =>
    Object.fromEntries(Object.entries(files).map(([key, body]) => [`good/${key}`, body]));
  const good = {
    logs: join(folder, "good"),
    submissions: join(folder, "s.ndjson"),
    from: "2025-03-10",
    to: "2025-03-11",
    integrity: "off",
  };
  const verify = (changes: Record<string, string | undefined>) =>
    cliHere([
      "verify",
      ...Object.entries({ ...good, ...changes }).flatMap(([name, value]) =>
        value === undefined ? [] : [`--${name}`, value],
      ),
    ]);

  const wrong: [what: string, Record<string, string | undefined>, RegExp][] = [
    ["no --from", { from: undefined }, /required option '--from <time>' not specified/],
    [
      "a time without a zone",
      { from: "2025-03-10T00:00:00" },
      /^--from is "2025-03-10T00:00:00"; it must be a whole hour/,
    ],
    [
      "a time that is no whole hour",
      { to: "2025-03-11T00:30:00Z" },
      /^--to is "2025-03-11T00:30:00Z"; it must be a whole/,
    ],
    ["a day that does not exist", { from: "2025-02-30" }, /^--from is "2025-02-30"/],
    ["a window without an hour", { to: "2025-03-10" }, /^--from 2025-03-10 is not before --to 2025-03-10/],
    ["a format that there is not", { format: "xml" }, /'--format <format>' argument 'xml' is invalid/],
    ["an account that is none", { account: "1234" }, /^--account is "1234"; it must be an AWS account id of 12 digits/],
    ["a Region that is none", { region: "virginia" }, /^--region: "virginia" is no Region/],
    [
      "a bucket that is none",
      { logs: "s3://Bad_Bucket/x" },
      /^--logs is s3:\/\/Bad_Bucket\/x: "Bad_Bucket" is no name/,
    ],
    ["a table that is none", { submissions: "table:a b" }, /^--submissions names the table "a b"/],
    ["a Region to look up that is none", { logs: "lookup-events:" }, /^--logs is lookup-events:: "" is no Region/],
    ["an option that there is not", { prefix: "x" }, /unknown option '--prefix'/],
    ["no folder", { logs: "/no/such/folder" }, /^\/no\/such\/folder: does not exist/],
    ["a file for a folder", { logs: good.submissions }, /s\.ndjson: is not a folder/],
    [
      "a folder without log files",
      { logs: join(folder, "logs") },
      /has no log files .* give the folder that `aws s3 sync` wrote/,
    ],
    [
      "log files of another time",
      { from: "2025-05-01", to: "2025-05-02" },
      /of us-east-1, but none that was delivered from 2025-05-01T00:00:00Z to 2025-05-05T00:00:00Z/,
    ],
    ["no submissions file", { submissions: "/no/such.csv" }, /^\/no\/such\.csv: does not exist/],
    ["a folder of submissions", { submissions: folder }, /: is a folder; give a file/],
    ["an empty --logs", { logs: "" }, /^--logs is empty/],
    [
      "LookupEvents and --region",
      { logs: "lookup-events:us-east-1", region: "us-east-1" },
      /^--region does not go with/,
    ],
    [
      "LookupEvents and --account",
      { logs: "lookup-events:us-east-1", account: "999988887777" },
      /^--account does not go/,
    ],
    [
      "LookupEvents of last year",
      { logs: "lookup-events:us-east-1" },
      /lookup-events:us-east-1 reaches back 90 days only/,
    ],
  ];
  for (const [what, changes, message] of wrong) {
    it(`ends with 2 for ${what}, says so on stderr and puts nothing out`, async () => {
      const { status, stdout, stderr } = await verify(changes);
      assert.equal(status, 2, stderr);
      assert.equal(stdout, "");
      assert.match(
        stderr.split("\n").findLast((line) => !/^(Submissions: .*|)$/.test(line)) ?? "",
        new RegExp(message.source.replace(/^\^/, "^(error: )?")),
      );
    });
  }

  it("shows examples and exit codes in its help", async () => {
    const { status, stdout } = await cli(["verify", "--help"]);
    assert.equal(status, 0);
    assert.match(stdout, /Examples:\n {2}aws s3 sync/);
    assert.match(stdout, /Exit codes: 0 nothing needs anyone/);
    assert.match((await cliHere(["export", "--help"])).stdout, /Example:\n {2}marketplace-metering export/);
    assert.equal((await cliHere(["--help"])).status, 0);
  });

  it("ends with 2 without a command or with one that there is not", async () => {
    assert.equal((await cliHere([])).status, 2);
    assert.equal((await cliHere(["check"])).status, 2);
  });

  it("explains the kinds as docs/findings.md does", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/findings.md"), "utf8");
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (.*) \| (.*) \|$/gm)].map(([, ...row]) => row);
    assert.deepEqual(
      Object.entries(explanations).map(([kind, { when, action }]) => [kind, when, action]),
      rows,
      "docs/findings.md and src/report/explanations.ts say different things: change both",
    );
  });

  it("explains each kind of finding, and names them all where it is asked for another", async () => {
    const { status, stdout } = await cli(["explain", "missing"]);
    assert.equal(status, 0);
    assert.match(stdout, /^missing: Missing\n\nWhen: No call shows .*\nNeeds someone: yes/);
    assert.match((await cliHere(["explain", "silent-hour"])).stdout, /Needs someone: no\n/);
    assert.match((await cliHere(["explain", "failed-call"])).stdout, /Needs someone: until all of its records/);
    const other = await cliHere(["explain", "lost"]);
    assert.equal(other.status, 2);
    for (const kind of FINDING_KINDS) assert.ok(other.stderr.includes(kind));
  });

  it("ends quietly when whoever reads its output has seen enough", async () => {
    const { spawnSync } = await import("node:child_process");
    const command = `node src/cli/main.ts verify ${Object.entries(good)
      .flatMap(([name, value]) => [`--${name}`, value])
      .join(" ")} --format json | true; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", command], {
      encoding: "utf8",
      cwd: join(import.meta.dirname, "../.."),
    });
    assert.equal(stdout, "0\n", stderr);
  });
});
