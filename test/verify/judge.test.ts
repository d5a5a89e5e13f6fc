import assert from "node:assert/strict";
import { MINUTE } from "../../src/usage/instants.ts";
import type { Submission } from "../../src/verify/submissions.ts";
import { at, call, check, kindsOf, LICENSED, NOW, record, submission, units } from "./cases.ts";

const taken = call([record()]);
const young = { lastAttemptAt: NOW - 119 * MINUTE };

describe("a submission", () => {
  it("matches evidence of Success with its quantity, which is only counted", () => {
    const { findings, counts } = check({ submissions: [submission()], events: [taken] });
    assert.deepEqual(findings, []);
    assert.deepEqual(counts, { matched: 1 });
  });

  it("matches whatever second of its hour the evidence names, and no other hour", () => {
    const on = (timestamp: number) => kindsOf({ submissions: [submission()], events: [call([record({ timestamp })])] });
    assert.deepEqual(on(at("23T10:00")), [1]);
    assert.deepEqual(on(at("23T11:00")), [0, "foreign", "missing"]);
  });

  it("matches however often the same record was sent again and taken", () => {
    const events = [
      taken,
      call([record()], { eventId: "e-2" }),
      call([record({ status: "none" })], { eventId: "e-3" }),
    ];
    const file = submission({ state: undefined });
    assert.deepEqual(kindsOf({ submissions: [submission()], events }), [1]);
    assert.deepEqual(kindsOf({ submissions: [file, file, { ...file, timestamp: at("23T10:58") }], events }), [1]);
  });

  it("matches where an identical resend was answered with DuplicateRecord", () => {
    const again = call([record({ status: "DuplicateRecord" })], { eventId: "e-2" });
    assert.deepEqual(kindsOf({ submissions: [submission()], events: [taken, again] }), [1]);
  });

  it("that no call names is missing, with everything someone needs to send it again", () => {
    const { findings, counts } = check({ submissions: [submission()] });
    assert.deepEqual(findings, [
      {
        kind: "missing",
        product: "analytics",
        buyer: LICENSED,
        dimension: "ApiCalls",
        hour: "2026-11-23T10:00:00Z",
        submitted: "5",
        evidenced: null,
        money: "0.001",
        deadline: "2026-11-24T10:59:00Z",
        reason: "no call in CloudTrail names it, although it was last sent at 2026-11-23T11:20:00Z",
        objects: [],
        message: "CloudTrail shows no call in which AWS took this record.",
        action:
          "Send the same record again before 2026-11-24T10:59:00Z: 14 h 59 min were left at 2026-11-23T20:00:00Z.",
      },
    ]);
    assert.deepEqual(counts, { matched: 0, missing: 1 });
  });

  it("that is missing past its deadline is not to be sent again", () => {
    const [finding] = check({ submissions: [submission()], now: at("24T10:59") }).findings;
    assert.match(finding?.action ?? "", /^Its deadline has passed/);
  });

  it("is not yet delivered until 2 hours after its last attempt, and missing from then on", () => {
    const sent = submission({ lastAttemptAt: at("23T18:00") });
    assert.deepEqual(kindsOf({ submissions: [sent], now: at("23T20:00") - 1 }), [0, "not-yet-delivered"]);
    assert.deepEqual(kindsOf({ submissions: [sent], now: at("23T20:00") }), [0, "missing"]);
  });

  it("of unknown attempts is not yet delivered until 2 hours after its timestamp", () => {
    const row = submission({ state: undefined, lastAttemptAt: undefined });
    assert.deepEqual(kindsOf({ submissions: [row], now: at("23T12:59") - 1 }), [0, "not-yet-delivered"]);
    const { findings } = check({ submissions: [row], now: at("23T12:59") });
    assert.deepEqual(
      findings.map(({ kind, reason }) => [kind, reason]),
      [["missing", "no call in CloudTrail names it"]],
    );
  });

  it("that a file names twice is not yet delivered as long as its latest attempt is", () => {
    const rows = [at("23T11:20"), at("23T19:00"), at("23T11:30")].map((lastAttemptAt) =>
      submission({ state: undefined, lastAttemptAt }),
    );
    assert.deepEqual(kindsOf({ submissions: rows }), [0, "not-yet-delivered"]);
  });

  it("is missing where AWS left it unprocessed or its calls failed, and the reason says so", () => {
    const reasons = (events: Parameters<typeof check>[0]["events"]) =>
      check({ submissions: [submission()], events: events ?? [] }).findings.map(({ kind, reason }) => [kind, reason]);
    assert.deepEqual(reasons([call([record({ status: "unprocessed" })])]), [
      ["missing", "CloudTrail shows it only among the unprocessed records"],
    ]);
    assert.deepEqual(reasons([call([record({ status: "none" })], { errorCode: "ThrottlingException" })])[0], [
      "missing",
      "CloudTrail shows it only in calls that failed (ThrottlingException)",
    ]);
  });

  it("that AWS holds with another quantity is a mismatch, its money below zero where AWS bills more", () => {
    const found = (quantity: number) =>
      check({ submissions: [submission()], events: [call([record({ quantity: units(quantity) })])] }).findings.map(
        ({ kind, submitted, evidenced, money, objects }) => ({ kind, submitted, evidenced, money, objects }),
      );
    const common = { kind: "quantity-mismatch", submitted: "5", objects: ["log-1"] };
    assert.deepEqual(found(3), [{ ...common, evidenced: "3", money: "0.0004" }]);
    assert.deepEqual(found(8), [{ ...common, evidenced: "8", money: "-0.0006" }]);
  });

  it("is a mismatch if any Success has another quantity, also beside one that matches", () => {
    const events = [taken, call([record({ quantity: units(6) })], { eventId: "e-2" })];
    assert.deepEqual(kindsOf({ submissions: [submission()], events }), [0, "quantity-mismatch"]);
  });

  it("that AWS answered with DuplicateRecord is under-billed by what AWS holds", () => {
    const duplicate = record({ status: "DuplicateRecord" });
    const first = call([record({ quantity: units(2) })], {
      eventId: "e-0",
      eventTime: at("23T11:05"),
      objects: ["log-0"],
    });
    const [finding, ...more] = check({
      submissions: [submission({ state: "disputed" })],
      events: [first, call([duplicate])],
    }).findings;
    assert.deepEqual(more, []);
    assert.equal(finding?.kind, "under-billed-duplicate");
    assert.equal(finding?.evidenced, "2");
    assert.equal(finding?.money, "0.0006");
    assert.deepEqual(finding?.objects, ["log-0", "log-1"]);
  });

  it("that AWS answered with DuplicateRecord while it holds more is a mismatch", () => {
    const first = call([record({ quantity: units(9) })], { eventId: "e-0" });
    const events = [first, call([record({ status: "DuplicateRecord" })])];
    assert.deepEqual(kindsOf({ submissions: [submission()], events }), [0, "quantity-mismatch"]);
  });

  it("whose standing record no one can see is under-billed by an unknown quantity, once evidence must be there", () => {
    const events = [call([record({ status: "DuplicateRecord" })])];
    const [finding] = check({ submissions: [submission()], events }).findings;
    assert.equal(finding?.kind, "under-billed-duplicate");
    assert.equal(finding?.evidenced, null);
    assert.match(finding?.message ?? "", /AWS holds another quantity/);
    assert.deepEqual(kindsOf({ submissions: [submission(young)], events }), [0, "not-yet-delivered"]);
    assert.deepEqual(kindsOf({ submissions: [submission({ ...young, state: "disputed" })], events }), [0, "disputed"]);
  });

  it("refused in CloudTrail is refused, also where it was stored as accepted", () => {
    const events = [call([record({ status: "CustomerNotSubscribed" })])];
    for (const state of ["accepted", undefined] as const) {
      const [finding] = check({ submissions: [submission({ state })], events }).findings;
      assert.equal(finding?.kind, "refused");
      assert.equal(finding?.reason, "CloudTrail shows CustomerNotSubscribed as AWS's answer");
    }
  });

  for (const state of ["refused", "expired", "disputed"] as const) {
    it(`that the ledger holds as ${state} is ${state} for the ledger's reason, evidence or none`, () => {
      const own = submission({ state, reason: "CustomerNotSubscribed" });
      for (const events of [[], [call([record({ status: "CustomerNotSubscribed" })])]]) {
        const [finding, ...more] = check({ submissions: [own], events }).findings;
        assert.deepEqual(more, []);
        assert.equal(finding?.kind, state);
        assert.equal(finding?.reason, "CustomerNotSubscribed");
        assert.equal(finding?.evidenced, null);
        assert.equal(finding?.money, "0.001");
      }
      const [silent] = check({ submissions: [submission({ state })] }).findings;
      assert.equal(silent?.reason, "no reason is known");
    });

    it(`that the ledger holds as ${state} while AWS took it is no match until it is settled`, () => {
      const own = submission({ state, reason: "late" });
      const { findings, counts } = check({ submissions: [own], events: [taken] });
      assert.equal(counts.matched, 0);
      assert.equal(findings[0]?.kind, state);
      assert.equal(findings[0]?.evidenced, "5");
      assert.equal(findings[0]?.money, "0");
      assert.equal(
        findings[0]?.reason,
        `the ledger holds it as ${state} (late), but CloudTrail shows that AWS took it`,
      );
    });
  }

  it("that waits to be sent is nothing to speak of while it can be sent, and missing 2 hours after", () => {
    const waiting = submission({ state: "sealed" });
    assert.deepEqual(kindsOf({ submissions: [waiting], now: at("24T12:59") - 1 }), [0]);
    assert.deepEqual(kindsOf({ submissions: [waiting], now: at("24T12:59") }), [0, "missing"]);
    assert.deepEqual(kindsOf({ submissions: [waiting], events: [taken] }), [1]);
  });

  it("that is not sealed has nothing to compare", () => {
    for (const state of ["open", "sealing"] as const)
      assert.deepEqual(kindsOf({ submissions: [submission({ state, quantity: 0n, attempts: 0 })] }), [0]);
  });

  it("that is never sent is expired, beside the record of its hour", () => {
    const writtenOff = submission({
      state: "expired",
      unsendable: true,
      quantity: 250_000_000n,
      reason: "no hour left",
    });
    const { findings, counts } = check({
      submissions: [submission(), writtenOff, { ...writtenOff, reason: "late" }],
      events: [taken],
    });
    assert.deepEqual(counts, { matched: 1, expired: 2 });
    assert.deepEqual(
      findings.map(({ submitted, money, reason }) => [submitted, money, reason]),
      [
        ["0.25", "0.00005", "late"],
        ["0.25", "0.00005", "no hour left"],
      ],
    );
  });

  it("has no money without a price", () => {
    const [finding] = check({ submissions: [submission({ dimension: "GbHours" })] }).findings;
    assert.equal(finding?.money, null);
    const [row] = check({ submissions: [submission({ product: null })] }).findings;
    assert.equal(row?.money, null);
  });

  it("of the older integration matches on its product code", () => {
    const own = { product: "archive", productCode: "4w1v", buyer: { customerIdentifier: "c-1" }, dimension: "Gb" };
    const evidence = (productCode: string) =>
      kindsOf({
        submissions: [submission(own)],
        events: [call([record({ productCode, buyer: { customerIdentifier: "c-1" }, dimension: "Gb" })])],
      });
    assert.deepEqual(evidence("4w1v"), [1]);
    assert.deepEqual(evidence("other"), [0, "foreign", "missing"]);
  });
});

describe("a submission whose evidence is hidden", () => {
  const leftOut = call([], { unseen: "left-out" });
  const unreadable = [{ key: "log-9", region: "us-east-1", deliveredAt: at("23T11:25"), reason: "it is empty" }];
  const kinds = (own: Partial<Submission>, given: Parameters<typeof check>[0]) =>
    kindsOf({ submissions: [submission(own)], ...given });

  it("is unverifiable, never missing, where a call without its records may hold it", () => {
    const { findings } = check({ submissions: [submission()], events: [leftOut] });
    assert.deepEqual(
      findings.map(({ kind, hour, objects }) => [kind, hour, objects]),
      [["unverifiable", "2026-11-23T10:00:00Z", ["log-1"]]],
    );
  });

  it("is unverifiable where a record of a call in its time is not understood", () => {
    assert.deepEqual(kinds({}, { events: [call([], { unseen: "not-understood" })] }), [0, "unverifiable"]);
  });

  it("is missing where the call cannot hold it: another Region, before its time, after its deadline, failed", () => {
    const other = (changes: Parameters<typeof call>[1]) => kinds({}, { events: [{ ...leftOut, ...changes }] });
    assert.deepEqual(other({ region: "us-west-2" }), [0, "missing", "unverifiable"]);
    assert.deepEqual(other({ eventTime: at("23T10:53") }), [0, "missing", "unverifiable"]);
    assert.deepEqual(other({ eventTime: at("24T11:05") }), [0, "missing"]);
    assert.deepEqual(other({ errorCode: "ThrottlingException" }), [0, "missing", "failed-call"]);
  });

  it("is unverifiable where a log file that may hold it cannot be read, and missing where that file is older", () => {
    assert.deepEqual(kinds({}, { unreadable }), [0, "integrity", "unverifiable"]);
    const older = unreadable.map((file) => ({ ...file, deliveredAt: at("23T10:50") }));
    assert.deepEqual(kinds({}, { unreadable: older }), [0, "integrity", "missing"]);
    const elsewhere = unreadable.map((file) => ({ ...file, region: "us-west-2" }));
    assert.deepEqual(kinds({}, { unreadable: elsewhere }), [0, "integrity", "missing"]);
  });

  it("is unverifiable where its call is there without AWS's answer", () => {
    assert.deepEqual(kinds({}, { events: [call([record({ status: "none" })])] }), [0, "unverifiable"]);
  });

  it("is unverifiable where AWS answered DuplicateRecord and the record that stands may be hidden", () => {
    const events = [leftOut, call([record({ status: "DuplicateRecord" })], { eventId: "e-2" })];
    assert.deepEqual(kinds({ state: "disputed" }, { events }), [0, "unverifiable"]);
  });

  it("still matches on evidence that can be seen", () => {
    assert.deepEqual(kinds({}, { events: [taken, { ...leftOut, eventId: "e-2" }] }), [1, "unverifiable"]);
  });
});
