import assert from "node:assert/strict";
import type { Proof } from "../../src/evidence/proof.ts";
import { reconcile } from "../../src/verify/reconcile.ts";
import type { Submission } from "../../src/verify/submissions.ts";
import { at, call, input, record, submission, units } from "./cases.ts";

/** What is found of a record with this proof and these verified calls, at 15:00; digests reach as far as they say. */
function kinds(changes: Partial<Submission>, proof: Partial<Proof>, events = [] as ReturnType<typeof call>[]) {
  const given = input({ submissions: [submission(changes)], events, now: at("23T15:00") });
  const whole: Proof = {
    digests: { valid: 1, invalid: 0, missing: 0 },
    faults: [],
    blind: [],
    young: [],
    failed: [],
    covered: [],
    ...proof,
  };
  const { findings, counts } = reconcile({ ...given, evidence: { ...given.evidence, proof: whole } });
  return [counts.matched, ...findings.map(({ kind }) => kind)];
}
const reaching = (to: string) => ({ covered: [{ region: "us-east-1", from: at("23T00:00"), to: at(to) }] });

describe("a record with evidence that proves nothing yet, or never", () => {
  it("matches on verified calls alone", () => {
    assert.deepEqual(kinds({}, reaching("23T14:00"), [call([record()])]), [1]);
    assert.deepEqual(kinds({}, { ...reaching("23T14:00"), young: [call([record()])] }), [0, "not-yet-verified"]);
    assert.deepEqual(kinds({}, { ...reaching("23T14:00"), failed: [call([record()])] }), [0, "unverifiable"]);
  });

  it("is missing only once digests reach two hours past its last attempt, or should have", () => {
    assert.deepEqual(kinds({}, reaching("23T13:20")), [0, "missing"]);
    assert.deepEqual(kinds({}, reaching("23T13:19")), [0, "not-yet-verified"]);
    assert.deepEqual(kinds({ lastAttemptAt: at("23T09:59") }, {}), [0, "missing"]);
    assert.deepEqual(kinds({ lastAttemptAt: at("23T10:01") }, {}), [0, "not-yet-verified"]);
    assert.deepEqual(kinds({}, { covered: [{ region: "us-west-2", from: 0, to: at("23T15:00") }] }), [
      0,
      "not-yet-verified",
    ]);
  });

  it("is no under-billed duplicate before that either, since the record that stands may still come", () => {
    const duplicate = call([record({ status: "DuplicateRecord" })]);
    assert.deepEqual(kinds({ state: "disputed" }, reaching("23T13:19"), [duplicate]), [0, "disputed"]);
    assert.deepEqual(kinds({ state: "disputed" }, reaching("23T13:20"), [duplicate]), [0, "under-billed-duplicate"]);
  });

  it("is what the ledger says where the ledger does not hold it for taken", () => {
    for (const state of ["refused", "expired", "disputed"] as const)
      assert.deepEqual(kinds({ state }, { ...reaching("23T14:00"), young: [call([record()])] }), [0, state]);
    assert.deepEqual(kinds({ state: "sealed" }, { ...reaching("23T14:00"), young: [call([record()])] }), [0]);
  });

  it("says nothing of calls that are not verified: not foreign, not billed twice, not failed", () => {
    const stranger = call([record({ dimension: "GbHours", quantity: units(9) })], {
      eventId: "e-9",
      principal: "someone",
    });
    const failed = call([record()], { eventId: "e-8", errorCode: "ThrottlingException" });
    const other = { ...reaching("23T14:00"), failed: [stranger, failed], young: [stranger, failed] };
    assert.deepEqual(kinds({}, other, [call([record()])]), [1]);
  });
});
