import assert from "node:assert/strict";
import { accept, dispute, writeAttempt } from "../../src/ledger/attempts.ts";
import type { RecordRef } from "../../src/ledger/keys.ts";
import { openRecord, putEvent, putExpiredEvent, readRecord } from "../../src/ledger/records.ts";
import { openWriteOff } from "../../src/ledger/seals.ts";
import type { Table } from "../../src/ledger/table.ts";
import { parseReport, type Report } from "../../src/report/report.ts";
import { sealRecord } from "../../src/submit/seal.ts";
import type { UsageEvent } from "../../src/usage/events.ts";
import { HOUR } from "../../src/usage/instants.ts";
import { parseProducts } from "../../src/usage/products.ts";
import type { Summary } from "../../src/verify/answer.ts";
import { logFile, logKey, meteringEvent } from "../evidence/events.ts";
import { at, LICENSED, units } from "./cases.ts";
import { openTheatre, PRODUCTS, type Stage, type Theatre } from "./stage.ts";

const METER = { product: "analytics", buyer: LICENSED, dimension: "ApiCalls" };
const REF: RecordRef = { meter: METER, hour: at("23T10:00") };
const WINDOW = { from: "2026-11-23T00:00:00Z", to: "2026-11-24T00:00:00Z" };

describe("the verify function", () => {
  let theatre: Theatre;
  let stage: Stage;
  let table: Table;
  before(async () => {
    theatre = await openTheatre();
  });
  after(() => theatre.close());
  beforeEach(async () => {
    stage = await theatre.stage();
    table = stage.table;
  });

  const verify = (window = WINDOW) => stage.verify(window);
  const reportOf = async ({ files }: Summary): Promise<Report> => parseReport(await stage.file(files.json));
  const deliver = (...events: unknown[]) => stage.deliver(logKey("20261123T1125Z"), logFile(...events));
  const usageEvent = (id: string, quantity: bigint, time = at("23T10:59")): UsageEvent => ({
    ...METER,
    id,
    quantity,
    time: { instant: time, text: new Date(time).toISOString() },
    tags: {},
  });

  /** 5.5 units used at 10:59, sealed as 5, and an attempt to send them at 11:20. */
  async function sendRecord(ref = REF) {
    await openRecord(table, ref, ref.hour + HOUR);
    await putEvent(table, ref, { ...usageEvent("u-1", 5_500_000_000n), ...ref.meter }, ref.hour);
    const clock = { now: () => at("23T11:15"), sleep: () => Promise.resolve() };
    const products = parseProducts(JSON.stringify(PRODUCTS));
    await sealRecord({ table, clock, random: () => 0.5, products, region: "us-east-1" }, ref, undefined);
    const record = await readRecord(table, ref);
    assert.ok(record && (await writeAttempt(table, record, "attempt-1", at("23T11:20"))));
  }
  const stateOf = async (ref = REF) => (await readRecord(table, ref))?.state;

  it("writes a report in three files of a window whose records all match, and answers what it came to", async () => {
    await sendRecord();
    await accept(table, REF, { token: "attempt-1" }, at("23T11:20"));
    await deliver(meteringEvent());
    const summary = await verify();
    assert.deepEqual(summary, {
      ...WINDOW,
      counts: { matched: 1 },
      settled: 0,
      returned: 0,
      forSomeone: 0,
      exitCode: 0,
      files: {
        json: "reports/2026-11-23T00/report.json",
        csv: "reports/2026-11-23T00/report.csv",
        html: "reports/2026-11-23T00/report.html",
      },
    });
    const report = await reportOf(summary);
    assert.deepEqual(report.meters, [
      { ...METER, opening: "0", used: "5.5", accepted: "5", refused: "0", expired: "0", disputed: "0", waiting: "0.5" },
    ]);
    const hour = (quantity: string) => Array.from({ length: 24 }, (_, n) => (n === 10 ? quantity : "0"));
    assert.deepEqual(report.hours, [
      { product: "analytics", dimension: "ApiCalls", used: hour("5.5"), submitted: null, evidenced: hour("5") },
    ]);
    assert.deepEqual(report.findings, []);
    assert.equal(report.evidence.digests, null);
    assert.equal(report.evidence.objects, 1);
    assert.equal(report.evidence.events, 1);
    assert.equal(report.evidence.records, 1);
    assert.match(await stage.file(summary.files.csv), /^kind,product,/);
    assert.match(await stage.file(summary.files.html), /Nothing in this report needs anyone/);
  });

  it("puts its metrics out under its service, each with its number", async () => {
    await sendRecord();
    await accept(table, REF, { token: "attempt-1" }, at("23T11:20"));
    await verify();
    const { _aws, ...values } = stage.metrics() as Record<string, unknown>;
    assert.deepEqual(values, {
      service: "usage",
      VerifyRuns: 1,
      RecordsMatched: 0,
      RecordsReturned: 0,
      FindingsForSomeone: 1,
      FindingsIntegrity: 0,
      FindingsBilledTwice: 0,
      FindingsForeign: 0,
      FindingsMissing: 1,
      FindingsQuantityMismatch: 0,
      FindingsUnderBilledDuplicate: 0,
      FindingsRefused: 0,
      FindingsExpired: 0,
      FindingsDisputed: 0,
      FindingsUnverifiable: 0,
      FindingsFailedCall: 0,
      FindingsNotYetVerified: 0,
      FindingsNotYetDelivered: 0,
      FindingsSilentHour: 0,
      DaysLeft: 0,
      LogFilesLeft: 0,
    });
    const [written] = (_aws as { CloudWatchMetrics: { Namespace: string }[] }).CloudWatchMetrics;
    assert.equal(written?.Namespace, "AWSMarketplaceMetering");
  });

  it("finds a record missing that the ledger holds for accepted and no log file shows", async () => {
    await sendRecord();
    await accept(table, REF, { token: "attempt-1" }, at("23T11:20"));
    const summary = await verify();
    assert.equal(summary.exitCode, 1);
    assert.equal(summary.forSomeone, 1);
    const [finding, ...more] = (await reportOf(summary)).findings;
    assert.deepEqual(more, []);
    assert.equal(finding?.kind, "missing");
    assert.equal(finding?.submitted, "5");
    assert.equal(finding?.money, "0.001");
    assert.equal(finding?.deadline, "2026-11-24T10:59:00Z");
  });

  it("settles a disputed record that CloudTrail shows as taken, and reports it as the ledger then has it", async () => {
    await sendRecord();
    const dispose = await dispute(table, REF, "the outcome of an attempt is unknown");
    assert.ok(dispose);
    await deliver(meteringEvent());
    const summary = await verify();
    assert.equal(summary.settled, 1);
    assert.deepEqual(summary.counts, { matched: 1 });
    assert.equal(await stateOf(), "accepted");
    const [meter] = (await reportOf(summary)).meters;
    assert.equal(meter?.accepted, "5");
    assert.equal(meter?.disputed, "0");
    assert.equal((await verify()).settled, 0);
  });

  it("leaves a disputed record disputed that CloudTrail does not show", async () => {
    await sendRecord();
    await dispute(table, REF, "the outcome of an attempt is unknown");
    const summary = await verify();
    assert.equal(summary.settled, 0);
    assert.deepEqual(summary.counts, { matched: 0, disputed: 1 });
    assert.equal(await stateOf(), "disputed");
  });

  it("does not call a record foreign that the index does not list yet", async () => {
    await sendRecord();
    await accept(table, REF, { token: "attempt-1" }, at("23T11:20"));
    await table.update({ pk: (await firstKey()) as string, sk: "record" }, { remove: ["hourShard"] });
    await deliver(meteringEvent());
    assert.deepEqual((await verify()).counts, { matched: 1 });
  });

  it("calls a record foreign that is in the ledger under no product it could be", async () => {
    const stranger = { timestamp: "Nov 23, 2026 10:59:00 AM", dimension: "Gb", quantity: 7, customerIdentifier: "c-1" };
    const call = (productCode: string, eventID: string) =>
      meteringEvent({
        eventID,
        requestParameters: { productCode, usageRecords: [stranger] },
        responseElements: { results: [{ usageRecord: stranger, status: "Success" }] },
      });
    const accountOnly = meteringEvent({
      eventID: "e-3",
      requestParameters: {
        productCode: "4w1v",
        usageRecords: [{ ...stranger, customerIdentifier: undefined, customerAWSAccountId: "1" }],
      },
      responseElements: null,
    });
    await deliver(call("4w1v", "e-1"), call("unknown", "e-2"), accountOnly);
    const { findings } = await reportOf(await verify());
    assert.deepEqual(
      findings.map(({ kind, product, evidenced }) => [kind, product, evidenced]),
      [
        ["foreign", "archive", null],
        ["foreign", "archive", "7"],
        ["foreign", null, "7"],
      ],
    );
  });

  it("says of open, empty and late usage what the ledger says", async () => {
    const open = { ...REF, hour: at("23T19:00") };
    await openRecord(table, open, at("23T20:15"));
    await putEvent(table, open, usageEvent("u-1", units(3), at("23T19:10")), at("23T19:10"));
    const empty = { ...REF, hour: at("23T05:00") };
    await openRecord(table, empty, at("23T06:15"));
    const clock = { now: () => at("23T06:20"), sleep: () => Promise.resolve() };
    const products = parseProducts(JSON.stringify(PRODUCTS));
    await sealRecord({ table, clock, random: () => 0.5, products, region: "us-east-1" }, empty, undefined);
    assert.equal(await stateOf(empty), "empty");
    await putExpiredEvent(
      table,
      { ...REF, hour: at("23T01:00") },
      usageEvent("l-1", units(2)),
      "its deadline had passed",
      "d",
    );
    await putExpiredEvent(
      table,
      { ...REF, hour: at("23T01:00") },
      usageEvent("l-2", 500_000_000n),
      "its deadline had passed",
      "d",
    );
    const report = await reportOf(await verify());
    assert.deepEqual(
      report.findings.map(({ kind, hour, submitted, reason }) => [kind, hour, submitted, reason]),
      [["expired", "2026-11-23T01:00:00Z", "2.5", "its deadline had passed"]],
    );
    assert.equal(report.meters[0]?.waiting, "3");
    assert.equal(report.meters[0]?.expired, "2.5");
  });

  it("says why what was sealed too late, or written off, expired", async () => {
    await sendRecord();
    await accept(table, REF, { token: "attempt-1" }, at("23T11:20"));
    await deliver(meteringEvent());
    const writeOff: RecordRef = { ...REF, writeOff: true };
    await openWriteOff(table, writeOff, "buyer", at("23T12:00"));
    const late = { ...REF, hour: at("22T10:00") };
    await openRecord(table, late, late.hour + HOUR);
    await putEvent(table, late, usageEvent("u-2", units(3), late.hour), late.hour);
    const clock = { now: () => at("23T12:00"), sleep: () => Promise.resolve() };
    const products = parseProducts(JSON.stringify(PRODUCTS));
    const sealer = { table, clock, random: () => 0.25, products, region: "us-east-1" };
    await sealRecord(sealer, late, undefined);
    await sealRecord({ ...sealer, random: () => 0.75 }, writeOff, undefined);
    const summary = await verify({ from: "2026-11-22T00:00:00Z", to: "2026-11-24T00:00:00Z" });
    assert.deepEqual(summary.counts, { matched: 1, expired: 2 });
    assert.deepEqual(
      (await reportOf(summary)).findings.map(({ hour, submitted, reason }) => [hour, submitted, reason]),
      [
        ["2026-11-22T10:00:00Z", "3", "its deadline had passed before it could be sealed"],
        ["2026-11-23T10:00:00Z", "0.5", "the agreement leaves no hour in which this balance could be billed"],
      ],
    );
  });

  for (const [name, value] of [
    ["LOG_BUCKET_NAME", undefined],
    ["LOG_BUCKET_NAME", "A Bucket"],
    ["LOG_PREFIX", "/logs/"],
    ["ACCOUNT_ID", "12"],
    ["METERING_REGION", "everywhere"],
    ["INTEGRITY", "on"],
    ["REPORT_BUCKET_NAME", ""],
    ["SUBMITTER_ROLE_ARN", "role"],
    ["LEDGER_TABLE_NAME", undefined],
    ["PRODUCTS_FILE", "none.json"],
    ["POWERTOOLS_SERVICE_NAME", undefined],
    ["POWERTOOLS_METRICS_NAMESPACE", undefined],
  ] as const) {
    it(`refuses to start with ${name} = ${value}, by name`, async () => {
      stage.environment[name] = value;
      await assert.rejects(verify(), { message: new RegExp(name) });
    });
  }

  it("reads all log files of a window that is asked for, whatever is kept of them, and fails by name where that takes too long", async () => {
    await deliver(meteringEvent());
    await stage.run();
    stage.asked.length = 0;
    await verify();
    assert.equal(stage.asked.filter(({ command }) => command === "GetObjectCommand").length, 1);
    for (const name of "bcdefg") await stage.deliver(logKey("20261123T1125Z", name), logFile({}));
    stage.onRead = () => {
      stage.clock.now += 4 * 60_000;
    };
    await assert.rejects(
      verify(),
      /2026-11-23T00:00:00Z to 2026-11-24T00:00:00Z are more than a run can read in its time/,
    );
  });

  it("reads log files under the prefix that it is given", async () => {
    await sendRecord();
    await accept(table, REF, { token: "attempt-1" }, at("23T11:20"));
    stage.environment.LOG_PREFIX = "audit/trail";
    await deliver(meteringEvent({ eventID: "elsewhere", userIdentity: undefined }));
    await stage.deliver(`audit/trail/${logKey("20261123T1125Z")}`, logFile(meteringEvent()));
    const summary = await verify();
    assert.deepEqual(summary.counts, { matched: 1 });
  });

  async function firstKey(): Promise<string | undefined> {
    for (const shard of "01234567") for await (const { pk } of table.queryIndex("hours", shard)) return pk;
    return undefined;
  }
});
