import assert from "node:assert/strict";
import type { EvidenceEvent } from "../../src/evidence/event.ts";
import type { Proof } from "../../src/evidence/proof.ts";
import type { EvidenceRecord } from "../../src/evidence/record.ts";
import type { LedgerSubmission } from "../../src/verify/ledger.ts";
import { repairs } from "../../src/verify/repair.ts";
import { at, call, LICENSED, record, submission, units, WINDOW } from "./cases.ts";

/** 5 ApiCalls of 10:59, which the ledger holds for accepted, sent last at 11:20. */
const held = (changes: Partial<LedgerSubmission> = {}): LedgerSubmission => ({
  ...submission(),
  state: "accepted",
  returnedAt: undefined,
  ref: { meter: { product: "analytics", buyer: LICENSED, dimension: "ApiCalls" }, hour: at("23T10:00") },
  ...changes,
});

/** Digests of everything up to two hours after the last attempt. */
const proofOf = (changes: Partial<Proof> = {}): Proof => ({
  digests: { valid: 1, invalid: 0, missing: 0 },
  faults: [],
  blind: [],
  young: [],
  failed: [],
  covered: [{ region: "us-east-1", from: at("23T00:00"), to: at("23T13:20") }],
  ...changes,
});

interface Case {
  readonly events?: readonly EvidenceEvent[];
  readonly unreadable?: { key: string; region: string; deliveredAt: number; reason: string }[];
  readonly proof?: Partial<Proof> | undefined;
  readonly now?: number;
}

function destination(changes: Partial<LedgerSubmission> = {}, given: Case = {}) {
  const { events = [], unreadable = [], now = at("23T20:00") } = given;
  const proof = "proof" in given && given.proof === undefined ? {} : { proof: proofOf(given.proof) };
  const [repair, ...more] = repairs([held(changes)], {
    evidence: { events, unreadable, ...proof },
    window: WINDOW,
    now,
  });
  assert.deepEqual(more, []);
  return repair?.to;
}

const called = (status: EvidenceRecord["status"], changes: Partial<EvidenceEvent> = {}) =>
  call([record({ status })], changes);

describe("a record that no evidence shows", () => {
  it("goes back in line where digests prove the absence and it can still be sent", () => {
    assert.equal(destination(), "line");
    assert.equal(destination({ state: "disputed", reason: "DuplicateRecord" }), "line");
  });

  for (const state of ["open", "sealing", "sealed", "refused", "expired"] as const)
    it(`stays where it is while it is ${state}`, () => assert.equal(destination({ state }), undefined));

  it("stays where it is if it was never sent, is never sent, or went back before", () => {
    assert.equal(destination({ lastAttemptAt: undefined }), undefined);
    assert.equal(destination({ unsendable: true }), undefined);
    assert.equal(destination({ returnedAt: at("23T15:00") }), undefined);
  });

  it("proves nothing where digests were not checked, or do not cover all the time from its first to two hours after its last attempt", () => {
    const covered = (from: string, to: string, region = "us-east-1") => ({
      proof: { covered: [{ region, from: at(from), to: at(to) }] },
    });
    assert.equal(destination({}, { proof: undefined }), undefined);
    assert.equal(destination({}, covered("23T00:00", "23T13:19")), undefined);
    assert.equal(destination({}, covered("23T11:00", "23T20:00")), undefined);
    assert.equal(destination({}, covered("23T00:00", "23T20:00", "us-west-2")), undefined);
    assert.equal(destination({}, covered("23T10:59", "23T13:20")), "line");
    const parts = ["23T12:00", "23T12:01"].map((middle) => ({
      proof: {
        covered: [
          { region: "us-east-1", from: at("23T00:00"), to: at("23T12:00") },
          { region: "us-east-1", from: at(middle), to: at("23T20:00") },
        ],
      },
    }));
    assert.deepEqual(
      parts.map((each) => destination({}, each)),
      ["line", undefined],
    );
  });

  it("has a trace where any call with it may have been taken, proved or not", () => {
    for (const status of ["Success", "DuplicateRecord", "none"] as const) {
      assert.equal(destination({}, { events: [called(status)] }), undefined);
      assert.equal(destination({}, { proof: { young: [called(status)] } }), undefined);
      assert.equal(destination({}, { proof: { failed: [called(status)] } }), undefined);
    }
    const other = call([record({ quantity: units(6) })]);
    assert.equal(destination({}, { events: [other] }), undefined);
  });

  it("has a trace in a call that AWS itself failed: it may have taken the record before", () => {
    for (const errorCode of ["InternalServiceErrorException", "InternalFailure", "ServiceUnavailable"])
      assert.equal(destination({}, { events: [called("none", { errorCode })] }), undefined);
  });

  it("has none in calls that AWS did not take it in, of other records, or of other Regions", () => {
    const error = { errorCode: "ThrottlingException" };
    const events = [
      called("unprocessed"),
      called("CustomerNotSubscribed", { eventId: "e-2" }),
      called("none", { eventId: "e-3", ...error }),
      call([record({ dimension: "GbHours" })], { eventId: "e-4" }),
      called("Success", { eventId: "e-5", region: "us-west-2" }),
    ];
    assert.equal(destination({}, { events }), "line");
  });

  it("may be in evidence that cannot be seen: a payload left out, a file that cannot be read, a log file or digest that fails", () => {
    const leftOut = call([], { unseen: "left-out" });
    assert.equal(destination({}, { events: [leftOut] }), undefined);
    assert.equal(destination({}, { proof: { young: [leftOut] } }), undefined);
    assert.equal(destination({}, { proof: { failed: [leftOut] } }), undefined);
    const file = { key: "log-2", region: "us-east-1", deliveredAt: at("23T11:25"), reason: "it is empty" };
    assert.equal(destination({}, { unreadable: [file] }), undefined);
    const blind = (region: string, until: number) => ({ proof: { blind: [{ region, until, objects: [] }] } });
    assert.equal(destination({}, blind("us-east-1", at("23T11:25"))), undefined);
    assert.equal(destination({}, blind("us-west-2", at("23T11:25"))), "line");
    assert.equal(destination({}, blind("us-east-1", at("23T09:00"))), "line");
  });

  it("does not go back in line when it could be sent no more", () => {
    const covered = [{ region: "us-east-1", from: at("23T00:00"), to: at("24T20:00") }];
    const sentAt = (now: string) => destination({}, { now: at(now), proof: { covered } });
    assert.deepEqual([sentAt("24T10:55"), sentAt("24T10:56"), sentAt("24T20:00")], ["line", undefined, undefined]);
  });

  it("ends, where it is disputed, once digests reach 48 hours past its last attempt", () => {
    const reach = (to: string, state: "accepted" | "disputed" = "disputed") =>
      destination(
        { state },
        { now: at("26T20:00"), proof: { covered: [{ region: "us-east-1", from: at("23T00:00"), to: at(to) }] } },
      );
    assert.deepEqual(
      [reach("25T11:19"), reach("25T11:20"), reach("25T11:20", "accepted")],
      [undefined, "end", undefined],
    );
  });

  it("does not end while it has a trace", () => {
    const covered = [{ region: "us-east-1", from: at("23T00:00"), to: at("26T00:00") }];
    const given = { now: at("26T20:00"), events: [called("DuplicateRecord")], proof: { covered } };
    assert.equal(destination({ state: "disputed" }, given), undefined);
  });
});
