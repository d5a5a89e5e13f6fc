import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { usageFile } from "./usage-files.ts";

const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "demo-"));

interface LogEvent {
  eventID: string;
  eventName: string;
  responseElements?: { results?: { status: string; usageRecord: { quantity: number } }[] };
}

interface UsageLine {
  id: string;
  product: string;
  buyer: object;
  dimension: string;
  quantity: number | string;
  time: string;
  tags?: object;
}

interface Meter {
  product: string;
  buyer: object;
  dimension: string;
  [quantity: string]: unknown;
}

function demo(args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["sandbox/demo/main.ts", ...args], {
    cwd: root,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

/** Billionths, read by this file alone: the sums that judge share no code with what they judge. */
function billionths(text: string): bigint {
  const [whole = "0", decimals = ""] = text.split(".");
  return BigInt(`${whole}${decimals.padEnd(9, "0")}`);
}

const meterName = ({ product, buyer, dimension }: Meter) =>
  JSON.stringify([product, Object.entries(buyer).sort(), dimension]);

/** What a file uses, by meter: each id once. */
function usedIn(text: string): Map<string, bigint> {
  const used = new Map<string, bigint>();
  const seen = new Set<string>();
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const event = JSON.parse(line);
    const id = JSON.stringify([event.product, event.id]);
    if (!seen.has(id))
      used.set(meterName(event), (used.get(meterName(event)) ?? 0n) + billionths(String(event.quantity)));
    seen.add(id);
  }
  return used;
}

/** Asserts that a result bills the whole units of what the file uses, to the unit, and explains the rest. */
function assertExact(text: string, result: { meters: Meter[]; billed: Meter[] }): void {
  const billed = new Map<string, bigint>();
  for (const line of result.billed)
    billed.set(meterName(line), (billed.get(meterName(line)) ?? 0n) + BigInt(line.quantity as string));
  const used = usedIn(text);
  const whole = new Map([...used].map(([meter, quantity]) => [meter, quantity / 1_000_000_000n]));
  assert.deepEqual(new Map([...billed].sort()), new Map([...whole].sort()));
  for (const meter of result.meters) {
    const [opening, usage, accepted, refused, expired, disputed, waiting] = [
      "opening",
      "used",
      "accepted",
      "refused",
      "expired",
      "disputed",
      "waiting",
    ].map((name) => billionths(meter[name] as string)) as bigint[] as [
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
    ];
    assert.equal(usage, used.get(meterName(meter)));
    assert.equal(opening + usage, accepted + refused + expired + disputed + waiting);
    assert.ok(waiting < 1_000_000_000n);
  }
  assert.equal(result.meters.length, used.size);
}

describe("the demo", function () {
  this.timeout(120_000);
  after(() => rmSync(folder, { recursive: true }));

  it("bills its sample exactly, and leaves a stranger everything to recheck it with", () => {
    const out = join(folder, "sample");
    const { status, stdout } = demo(["--out", out, "--json"]);
    const result = JSON.parse(stdout);
    const sample = readFileSync(join(out, "usage.ndjson"), "utf8");
    assertExact(sample, result);
    assert.equal(status, 0);
    assert.deepEqual(result.rejected, []);

    const { billed, ...report } = result;
    assert.deepEqual(JSON.parse(readFileSync(join(out, "report.json"), "utf8")), report);
    const logs = readdirSync(join(out, "logs"), { recursive: true, encoding: "utf8" }).filter((name) =>
      /\/CloudTrail\/.*\.json\.gz$/.test(name),
    );
    const records = logs.flatMap(
      (name) => JSON.parse(gunzipSync(readFileSync(join(out, "logs", name))).toString()).Records as LogEvent[],
    );
    const events = new Map(records.map((event) => [event.eventID, event]));
    const honoured = [...events.values()]
      .flatMap(({ eventName, responseElements }) =>
        eventName === "BatchMeterUsage" ? (responseElements?.results ?? []) : [],
      )
      .filter(({ status: fate }) => fate === "Success");
    const submissions = readFileSync(join(out, "submissions.ndjson"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const sum = (quantities: number[]) => quantities.reduce((total, quantity) => total + quantity, 0);
    assert.equal(
      sum(honoured.map((each) => each.usageRecord.quantity)),
      sum(billed.map((line: Meter) => Number(line.quantity))),
    );
    assert.equal(submissions.length, billed.length);
    assert.deepEqual(new Set(submissions.map((line) => line.status)), new Set(["accepted"]));
  });

  it("has a sample of two integration styles, over 20 buyers, 3 dimensions and 6 hours, with duplicates, late lines, tags and fractions", () => {
    const lines = readFileSync(join(folder, "sample", "usage.ndjson"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const distinct = (of: (line: UsageLine) => unknown) => new Set(lines.map((line) => JSON.stringify(of(line)))).size;
    assert.deepEqual(
      [
        distinct((line) => line.product),
        distinct((line) => Object.keys(line.buyer)),
        distinct((line) => line.dimension),
      ],
      [2, 2, 3],
    );
    assert.ok(distinct((line) => line.buyer) >= 20);
    assert.ok(distinct((line) => line.time.slice(0, 13)) >= 6);
    assert.ok(distinct((line) => line.id) < lines.length);
    assert.ok(
      lines.some((line, index) => index > 0 && Date.parse(line.time) < Date.parse(lines[index - 1].time) - 3_600_000),
    );
    assert.ok(lines.some(({ tags }) => tags) && lines.some(({ quantity }) => String(quantity).includes(".")));
  });

  it("bills any valid file exactly: late lines, month ends, idle days, fractions and lines sent twice", () => {
    const file = join(folder, "any.ndjson");
    fc.assert(
      fc.property(usageFile, (text) => {
        writeFileSync(file, text);
        const { status, stdout, stderr } = demo(["--usage", file, "--out", join(folder, "any"), "--json"]);
        assert.equal(stderr.includes("Error"), false, stderr);
        assertExact(text, JSON.parse(stdout));
        assert.equal(status, 0);
      }),
      { numRuns: 3 },
    );
  });

  it("says with exit code 1 and its reason what could not be billed: the same id with other content", () => {
    const file = join(folder, "conflict.ndjson");
    const event = {
      id: "e1",
      product: "p",
      buyer: { customerIdentifier: "c" },
      dimension: "d",
      quantity: 5,
      time: "2026-11-23T10:05:00Z",
    };
    writeFileSync(
      file,
      `${JSON.stringify(event)}\n${JSON.stringify({ ...event, quantity: 6 })}\n${JSON.stringify({ ...event, quantity: "5.0" })}\n`,
    );
    const { status, stdout } = demo(["--usage", file, "--out", join(folder, "conflict"), "--json"]);
    const { rejected, billed } = JSON.parse(stdout);
    assert.equal(status, 1);
    assert.deepEqual(rejected, [{ reason: "conflict", field: "id", count: 1, example: "e1" }]);
    assert.deepEqual(billed, [
      { product: "p", buyer: { customerIdentifier: "c" }, dimension: "d", hour: "2026-11-23T10:00:00Z", quantity: "5" },
    ]);
  });

  it("names file, line and field of every line that is wrong, writes nothing, and exits with 2", () => {
    const file = join(folder, "wrong.ndjson");
    const event = {
      id: "e1",
      product: "p",
      buyer: { customerIdentifier: "c" },
      dimension: "d",
      quantity: 5,
      time: "2026-11-23T10:05:00Z",
    };
    const other = {
      ...event,
      buyer: { accountId: "111122223333", licenseArn: "arn:aws:license-manager:us-east-1:1:license:l-1" },
    };
    const lines = [event, { ...event, quantity: -1 }, { ...event, colour: "red" }, other].map((line) =>
      JSON.stringify(line),
    );
    writeFileSync(file, `${lines.join("\n")}\n{"id": \n`);
    const { status, stdout, stderr } = demo(["--usage", file, "--out", join(folder, "wrong")]);
    assert.equal(
      stderr,
      [
        `${file}:2: "quantity" is -1: it must be a decimal number, zero or more, such as 5 or 0.25.`,
        `${file}:3: "colour" is not a field of a usage event; remove it.`,
        `${file}:4: "buyer" names a license buyer, and earlier lines of the product p name productCode ones; a product has one style.`,
        `${file}:5: "body" is not JSON; send one JSON object a message.`,
        "",
      ].join("\n"),
    );
    assert.deepEqual([status, stdout, existsSync(join(folder, "wrong"))], [2, "", false]);
  });

  it("exits with 2 for a file that is not there or holds nothing, and for an argument it does not know", () => {
    writeFileSync(join(folder, "empty.ndjson"), "\n\n");
    const calls = [
      ["--usage", join(folder, "absent.ndjson")],
      ["--usage", join(folder, "empty.ndjson")],
      ["--wat"],
      ["--usage"],
    ];
    assert.deepEqual(
      calls.map((args) => demo([...args, "--out", join(folder, "none")]).status),
      [2, 2, 2, 2],
    );
    assert.equal(existsSync(join(folder, "none")), false);
  });
});
