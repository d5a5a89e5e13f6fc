import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { InputError } from "../../src/cli/input-error.ts";
import { naming } from "../../src/cli/naming.ts";
import { run } from "../../src/cli/run.ts";
import { reportTable } from "../../src/cli/table.ts";
import { finding, report } from "../report/sample.ts";

describe("a report on a terminal", () => {
  it("counts what matched and says that nothing needs anyone, and what there is besides", () => {
    assert.match(reportTable(report()), /\n77 records match CloudTrail's evidence\. Nothing needs anyone\.\n$/);
    const silent = report({ findings: [finding({ kind: "silent-hour" })], counts: { matched: 77, "silent-hour": 1 } });
    const text = reportTable(silent);
    assert.match(text, /Nothing needs anyone\. Besides: silent hours\.\n$/);
    assert.match(text, /│ silent-hour │ +1 │/);
    assert.doesNotMatch(text, /reason:/);
  });

  it("shows a finding with all that is known of it", () => {
    const text = reportTable(report({ findings: [finding({ evidenced: "4" })] }));
    assert.match(
      text,
      /missing: CloudTrail shows no call.* · analytics · ApiCalls · 2026-11-23T10:00:00Z · 111122223333 · arn:.*\n {2}submitted 5 · evidenced 4 · \$0\.001 · deadline 2026-11-24T10:59:00Z · reason: no call in CloudTrail names it\n {2}in log-1\n {2}in log-2\n {2}\S.*\n/,
    );
    assert.match(text, /1 findings need someone\.\n$/);
  });

  it("shows a finding about a file by its keys alone", () => {
    const none = {
      product: null,
      buyer: null,
      dimension: null,
      hour: null,
      submitted: null,
      money: null,
      deadline: null,
    };
    const text = reportTable(report({ findings: [finding({ ...none, kind: "integrity", message: "It fails." })] }));
    assert.match(text, /\nintegrity: It fails\.\n {2}reason: no call in CloudTrail names it\n {2}in log-1\n/);
  });

  it("shows fifty findings and says how many more there are", () => {
    const text = reportTable(report({ findings: Array.from({ length: 53 }, () => finding()) }));
    assert.equal(text.match(/^missing: /gm)?.length, 50);
    assert.match(text, /… and 3 more; --format json or --out has all of them\.\n/);
    assert.match(text, /53 findings need someone\.\n$/);
  });

  it("shows what was rejected, which needs someone too, and a report of nothing", () => {
    const rejected = [{ reason: "conflict", field: "id", count: 2, example: "evt-\u0007" }];
    assert.match(
      reportTable(report({ rejected })),
      /rejected: 2 usage events, conflict, field id, such as evt-\ufffd\n\n.*1 findings need/,
    );
    assert.match(reportTable(report({ meters: [], counts: {} })), /\n0 records match/);
  });
});

describe("what goes wrong", () => {
  const throwing = (error: Error) => naming("--logs x", () => Promise.reject(error));

  it("at AWS is named, with the way to sign in where that is what is missing", async () => {
    const credentials = Object.assign(new Error("Could not load credentials."), { name: "CredentialsProviderError" });
    await assert.rejects(throwing(credentials), {
      message: "--logs x: CredentialsProviderError: Could not load credentials; sign in as for the AWS CLI.",
    });
    await assert.rejects(
      throwing(Object.assign(new Error("No."), { name: "AccessDenied", $metadata: {} })),
      InputError,
    );
  });

  it("elsewhere stays what it is", async () => {
    const errors = [new Error("a fault of ours"), new InputError("said already")];
    for (const error of errors) await assert.rejects(throwing(error), error);
    await assert.rejects(
      naming("--logs x", () => Promise.reject("a text")),
      (error) => error === "a text",
    );
  });

  it("with a fault of ours ends with 2 and its stack, never with 0 or 1", async () => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const clock = {
      now(): number {
        throw new Error("a fault of ours");
      },
      sleep: () => Promise.resolve(),
    };
    const args = ["verify", "--logs", "lookup-events:us-east-1", "--submissions", "table:ledger", "--integrity", "off"];
    const around = { stdout, stderr, clock, processors: 1, signal: new AbortController().signal };
    assert.equal(await run([...args, "--from", "2025-03-10", "--to", "2025-03-11"], around), 2);
    assert.match(String(stderr.read()), /^Error: a fault of ours\n +at /);
    assert.equal(stdout.read(), null);
  });
});
