import assert from "node:assert/strict";
import type { EvidenceEvent } from "../../src/evidence/event.ts";
import { HOUR } from "../../src/usage/instants.ts";
import { at, call, check, hours, kindsOf, LICENSED, record, SUBMITTER, submission, units, WINDOW } from "./cases.ts";

const CUSTOMER = { customerIdentifier: "c-1" };
const stranger = { ...LICENSED, accountId: "444455556666" };

describe("an hour billed twice", () => {
  const taken = call([record()]);
  const west = call([record()], { eventId: "e-2", region: "us-west-2", objects: ["log-2"] });

  it("is found in two Regions, as one finding with both quantities", () => {
    const { findings, counts } = check({ submissions: [submission()], events: [taken, west] });
    assert.deepEqual(counts, { matched: 0, "billed-twice": 1 });
    assert.equal(findings[0]?.submitted, "5");
    assert.equal(findings[0]?.evidenced, "10");
    assert.equal(findings[0]?.money, "-0.001");
    assert.equal(findings[0]?.deadline, null);
    assert.deepEqual(findings[0]?.objects, ["log-1", "log-2"]);
    assert.equal(findings[0]?.reason, "AWS took 5 in us-east-1 by licence and 5 in us-west-2 by licence");
  });

  it("is one finding where a file has it for both Regions", () => {
    const rows = [submission({ state: undefined }), submission({ state: undefined, region: "us-west-2" })];
    assert.deepEqual(kindsOf({ submissions: rows, events: [taken, west] }), [0, "billed-twice"]);
  });

  it("is not one that the other Region refused", () => {
    const refused = call([record({ status: "CustomerNotSubscribed" })], { eventId: "e-2", region: "us-west-2" });
    assert.deepEqual(kindsOf({ submissions: [submission()], events: [taken, refused] }), [1, "foreign"]);
  });

  const older = (changes: Parameters<typeof record>[0] = {}) =>
    call([record({ productCode: "4w1v", buyer: CUSTOMER, ...changes })], { eventId: "e-3", objects: ["log-3"] });

  it("is found in both integration styles, by the account that both name", () => {
    const both = older({ buyer: { ...CUSTOMER, accountId: LICENSED.accountId } });
    const { findings, counts } = check({ submissions: [submission()], events: [taken, both] });
    assert.deepEqual(counts, { matched: 0, "billed-twice": 1 });
    assert.equal(findings[0]?.evidenced, "10");
    assert.equal(
      findings[0]?.reason,
      "AWS took 5 in us-east-1 by licence and 5 in us-east-1 by product code 4w1v for c-1",
    );
    const accountOnly = older({ buyer: { accountId: LICENSED.accountId } });
    assert.deepEqual(kindsOf({ submissions: [submission()], events: [taken, accountOnly] }), [0, "billed-twice"]);
  });

  it("is found by an account that only another record of the customer names", () => {
    const link = submission({
      product: null,
      productCode: "4w1v",
      buyer: { ...CUSTOMER, accountId: LICENSED.accountId },
      hour: at("23T03:00"),
      state: "open",
    });
    const other = submission({ buyer: stranger });
    const events = [call([record(), record({ buyer: stranger })]), older()];
    assert.deepEqual(kindsOf({ submissions: [submission(), other, link], events }), [1, "billed-twice"]);
    const submissions = [submission(), other];
    const named = (timestamp: number) =>
      call([record({ productCode: "4w1v", buyer: { ...CUSTOMER, accountId: LICENSED.accountId }, timestamp })], {
        eventId: "e-5",
      });
    const at3 = kindsOf({ submissions, events: [...events, named(at("23T03:00"))] });
    assert.deepEqual(at3, [1, "billed-twice", "foreign"]);
    // Outside the window it says nothing, and each of the two buyers could be the customer.
    assert.deepEqual(kindsOf({ submissions, events: [...events, named(at("24T03:00"))] }), [2, "foreign"]);
  });

  it("is found without a common account where there is only one of each that it could be", () => {
    assert.deepEqual(kindsOf({ submissions: [submission()], events: [taken, older()] }), [0, "billed-twice"]);
    const two = call([record(), record({ buyer: stranger })]);
    const submissions = [submission(), submission({ buyer: stranger })];
    assert.deepEqual(kindsOf({ submissions, events: [two, older()] }), [2, "foreign"]);
    const another = record({ productCode: "4w1v", buyer: { customerIdentifier: "c-2" } });
    const customers = call([another], { eventId: "e-4" });
    assert.deepEqual(kindsOf({ submissions: [submission()], events: [taken, older(), customers] }), [
      1,
      "foreign",
      "foreign",
    ]);
  });

  it("is not found where account, dimension, hour or quantity differ, or nothing was used", () => {
    const foreign = (event: EvidenceEvent) => kindsOf({ submissions: [submission()], events: [taken, event] });
    assert.deepEqual(foreign(older({ buyer: { ...CUSTOMER, accountId: "444455556666" } })), [1, "foreign"]);
    assert.deepEqual(foreign(older({ dimension: "GbHours" })), [1, "foreign"]);
    assert.deepEqual(foreign(older({ timestamp: at("23T09:59") })), [1, "foreign"]);
    assert.deepEqual(foreign(older({ quantity: units(4) })), [1, "foreign"]);
    const zero = call([record({ quantity: 0n })]);
    const submissions = [submission({ quantity: 0n })];
    assert.deepEqual(kindsOf({ submissions, events: [zero, older({ quantity: 0n })] }), [1, "foreign"]);
  });

  it("is two hours of two products where the seller submitted both", () => {
    const archive = submission({
      product: "archive",
      productCode: "4w1v",
      buyer: { ...CUSTOMER, accountId: LICENSED.accountId },
    });
    const events = [taken, older({ buyer: { ...CUSTOMER, accountId: LICENSED.accountId } })];
    assert.deepEqual(kindsOf({ submissions: [submission(), archive], events }), [2]);
    const rows = [submission({ product: null }), { ...archive, product: null }];
    assert.deepEqual(kindsOf({ submissions: rows, events }), [0, "billed-twice"]);
  });

  it("three times is one finding", () => {
    const both = older({ buyer: { ...CUSTOMER, accountId: LICENSED.accountId } });
    const { findings } = check({ submissions: [submission()], events: [taken, west, both] });
    assert.deepEqual(
      findings.map(({ kind, evidenced }) => [kind, evidenced]),
      [["billed-twice", "15"]],
    );
  });
});

describe("a foreign record", () => {
  it("is one whose key no submission has, whatever AWS answered, with the product where it is certain", () => {
    const unknown = record({ buyer: stranger });
    const [finding, ...more] = check({ submissions: [submission()], events: [call([record(), unknown])] }).findings;
    assert.deepEqual(more, []);
    assert.deepEqual(finding && { ...finding, message: "", action: "" }, {
      kind: "foreign",
      product: "analytics",
      buyer: stranger,
      dimension: "ApiCalls",
      hour: "2026-11-23T10:00:00Z",
      submitted: null,
      evidenced: "5",
      money: "-0.001",
      deadline: null,
      reason: `no record of this buyer, dimension and hour was submitted; sent to us-east-1 by ${SUBMITTER}`,
      objects: ["log-1"],
      message: "",
      action: "",
    });
    const refused = check({ events: [call([{ ...unknown, status: "CustomerNotSubscribed" }])] }).findings;
    assert.deepEqual(
      refused.map(({ kind, product, evidenced, money }) => [kind, product, evidenced, money]),
      [["foreign", null, null, null]],
    );
    const older = check({
      events: [call([record({ productCode: "4w1v", buyer: CUSTOMER, dimension: "Gb" })])],
    }).findings;
    assert.deepEqual(
      older.map(({ product, money }) => [product, money]),
      [["archive", "-7.5"]],
    );
  });

  it("is one in a Region to which it was not submitted", () => {
    const events = [call([record()], { region: "us-west-2" })];
    const { findings } = check({ submissions: [submission()], events });
    assert.deepEqual(
      findings.map(({ kind }) => kind),
      ["foreign", "missing"],
    );
    assert.equal(findings[0]?.reason, `it was submitted to us-east-1 only; sent to us-west-2 by ${SUBMITTER}`);
  });

  it("is one that the ledger has not sent, since it is not sealed", () => {
    const open = submission({ state: "open", quantity: 0n, attempts: 0, lastAttemptAt: undefined });
    const [finding, ...more] = check({ submissions: [open], events: [call([record()])] }).findings;
    assert.deepEqual(more, []);
    assert.equal(finding?.kind, "foreign");
    assert.equal(finding?.submitted, null);
    assert.equal(finding?.reason, `the ledger has not sent it; sent to us-east-1 by ${SUBMITTER}`);
  });

  it("is one that another principal sent, beside what became of the submission", () => {
    const intruder = "arn:aws:iam::999988887777:user/intruder";
    const by = (principal: string | undefined) =>
      check({ submissions: [submission()], events: [call([record()], { principal })] });
    const { findings, counts } = by(intruder);
    assert.deepEqual(counts, { matched: 1, foreign: 1 });
    assert.equal(findings[0]?.submitted, "5");
    assert.equal(findings[0]?.evidenced, "5");
    assert.equal(findings[0]?.reason, `only ${SUBMITTER} submits; sent to us-east-1 by ${intruder}`);
    assert.match(by(undefined).findings[0]?.reason ?? "", /by an unnamed principal$/);
    assert.deepEqual(by("arn:aws:sts::999988887777:assumed-role/submitter/run").findings, []);
    assert.equal(by("arn:aws:sts::999988887777:assumed-role/submitter-2/run").findings.length, 1);
    assert.equal(by("arn:aws:sts::111122223333:assumed-role/submitter/run").findings.length, 1);
    const events = [call([record()], { principal: intruder })];
    assert.deepEqual(kindsOf({ submissions: [submission()], events, submitter: undefined }), [1]);
    const user = "arn:aws:iam::999988887777:user/pipeline";
    assert.deepEqual(kindsOf({ submissions: [submission()], events, submitter: user }), [1, "foreign"]);
  });

  it("is not one that only failed calls name, nor one of an hour outside the window", () => {
    const failed = call([record({ status: "none" })], { errorCode: "ThrottlingException" });
    assert.deepEqual(kindsOf({ events: [failed] }), [0, "failed-call"]);
    const before = record({ timestamp: WINDOW.from - 1 });
    const after = record({ timestamp: WINDOW.to });
    assert.deepEqual(kindsOf({ events: [call([before, after])] }), [0]);
  });
});

describe("a failed call", () => {
  const failed = (records = [record({ status: "none" })], changes: Partial<EvidenceEvent> = {}) =>
    call(records, {
      eventId: "e-0",
      eventTime: at("23T11:15"),
      errorCode: "ThrottlingException",
      objects: ["log-0"],
      ...changes,
    });
  const found = (given: Parameters<typeof check>[0]) =>
    check(given).findings.filter(({ kind }) => kind === "failed-call");

  it("needs someone while AWS is not known to have taken its records, and no one after", () => {
    const waiting = submission({ state: "sealed" });
    const [before] = found({ submissions: [waiting], events: [failed()] });
    assert.deepEqual(before && { ...before, message: "" }, {
      kind: "failed-call",
      product: "analytics",
      buyer: LICENSED,
      dimension: "ApiCalls",
      hour: "2026-11-23T10:00:00Z",
      submitted: "5",
      evidenced: null,
      money: "0.001",
      deadline: "2026-11-24T10:59:00Z",
      reason: "ThrottlingException",
      objects: ["log-0"],
      message: "",
      action: "Put right what the reason names. The records stay in line while they can be sent.",
    });
    for (const given of [
      { submissions: [waiting], events: [failed(), call([record()])] },
      { submissions: [submission()], events: [failed()] },
    ]) {
      const [after] = found(given);
      assert.equal(after?.evidenced, "5");
      assert.equal(after?.money, "0");
      assert.equal(after?.deadline, null);
      assert.equal(after?.action, "Nothing to do.");
    }
  });

  it("needs someone where AWS took another quantity, or took the record in another Region", () => {
    const other = call([record({ quantity: units(4) })]);
    const elsewhere = call([record()], { region: "us-west-2" });
    for (const event of [other, elsewhere])
      assert.equal(
        found({ submissions: [submission({ state: "sealed" })], events: [failed(), event] })[0]?.evidenced,
        null,
      );
  });

  it("of several meters adds up its records of the window and names what they share", () => {
    const untold = (changes: Parameters<typeof record>[0]) => record({ status: "none", ...changes });
    const records = [untold({}), untold({ dimension: "GbHours" }), untold({ timestamp: WINDOW.to })];
    const events = [failed(records, { errorMessage: "Rate exceeded" })];
    const [finding] = found({ submissions: [submission({ state: "sealed" })], events });
    assert.equal(finding?.submitted, "10");
    assert.equal(finding?.money, null);
    assert.equal(finding?.dimension, null);
    assert.deepEqual(finding?.buyer, LICENSED);
    assert.equal(finding?.hour, "2026-11-23T10:00:00Z");
    assert.equal(finding?.reason, "ThrottlingException: Rate exceeded");
    const hourly = [untold({}), untold({ timestamp: at("23T09:00"), buyer: stranger })];
    const [two] = found({ events: [failed(hourly)] });
    assert.equal(two?.hour, null);
    assert.equal(two?.buyer, null);
  });

  it("of several hours is taken only once AWS took its records of all of them, and costs what it did not take", () => {
    const untold = (timestamp: number) => record({ status: "none", timestamp });
    const events = [failed([untold(at("23T09:59")), untold(at("23T10:59")), untold(at("23T11:59"))])];
    const taken = ["09", "11"].map((hour) =>
      call([record({ timestamp: at(`23T${hour}:59`) })], { eventId: `e-${hour}` }),
    );
    const hours = ["09", "10", "11"].map((hour) =>
      submission({
        state: "sealed",
        hour: at(`23T${hour}:00`),
        timestamp: at(`23T${hour}:59`),
        deadline: at(`24T${hour}:59`),
      }),
    );
    const [some] = found({ submissions: hours, events: [...events, ...taken] });
    assert.deepEqual(
      [some?.submitted, some?.evidenced, some?.money, some?.deadline],
      ["15", null, "0.001", "2026-11-24T10:59:00Z"],
    );
    const all = [...events, ...taken, call([record()], { eventId: "e-10" })];
    const [none] = found({ submissions: hours, events: all });
    assert.deepEqual([none?.submitted, none?.evidenced, none?.money, none?.deadline], ["15", "15", "0", null]);
  });

  it("whose records were left out counts by its own time, and always needs someone", () => {
    const hidden = failed([], { unseen: "left-out" });
    assert.deepEqual(
      found({ events: [hidden] }).map(({ submitted, evidenced, money }) => [submitted, evidenced, money]),
      [[null, null, null]],
    );
    assert.deepEqual(found({ events: [{ ...hidden, eventTime: WINDOW.to }] }), []);
    assert.deepEqual(found({ events: [failed([record({ timestamp: WINDOW.to })])] }), []);
  });
});

describe("a call without all of its records", () => {
  it("is unverifiable by itself where no submission can be in it", () => {
    const [finding, ...more] = check({ events: [call([], { unseen: "left-out" })] }).findings;
    assert.deepEqual(more, []);
    assert.equal(finding?.kind, "unverifiable");
    assert.equal(finding?.hour, null);
    assert.deepEqual(finding?.objects, ["log-1"]);
    assert.match(finding?.reason ?? "", /left the records out/);
    const [other] = check({ events: [call([], { unseen: "not-understood" })] }).findings;
    assert.match(other?.reason ?? "", /a form that is not known/);
    assert.deepEqual(kindsOf({ events: [call([], { unseen: "left-out", eventTime: WINDOW.to })] }), [0]);
  });
});

describe("a file that cannot be read", () => {
  it("is a finding with its key and the reason", () => {
    const unreadable = [{ key: "log-9", region: "us-east-1", deliveredAt: at("23T11:25"), reason: "it is empty" }];
    const [finding, ...more] = check({ unreadable }).findings;
    assert.deepEqual(more, []);
    assert.equal(finding?.kind, "integrity");
    assert.equal(finding?.reason, "it is empty");
    assert.deepEqual(finding?.objects, ["log-9"]);
    assert.equal(finding?.product, null);
  });
});

describe("a silent hour", () => {
  const meter = { product: "analytics", buyer: LICENSED, dimension: "ApiCalls" };
  const silent = (used: readonly number[], now = at("24T12:00")) =>
    check({ used: [{ ...meter, hours: new Set(used) }], now }).findings.map(({ kind, hour }) => [kind, hour]);
  const week = hours(at("16T05:00"), at("23T05:00"));

  it("is the first hour without usage after 168 with", () => {
    assert.deepEqual(silent(week), [["silent-hour", "2026-11-23T05:00:00Z"]]);
    const { findings } = check({ used: [{ ...meter, hours: new Set(week) }], now: at("24T12:00") });
    assert.deepEqual(findings[0]?.buyer, LICENSED);
    assert.equal(findings[0]?.deadline, "2026-11-24T05:00:00Z");
  });

  it("is none where one of the 168 has no usage", () => {
    assert.deepEqual(silent(week.slice(1)), []);
    assert.deepEqual(silent(week.toSpliced(80, 1)), []);
  });

  it("is none outside the window, nor before its usage had time to arrive", () => {
    assert.deepEqual(silent(hours(WINDOW.to - 168 * HOUR, WINDOW.to)), []);
    assert.deepEqual(silent(hours(WINDOW.from - 169 * HOUR, WINDOW.from - HOUR)), []);
    assert.deepEqual(silent(week, at("23T07:00") - 1), []);
    assert.deepEqual(silent(week, at("23T07:00")).length, 1);
  });
});
