import assert from "node:assert/strict";
import { settlements } from "../../src/verify/settle.ts";
import type { Submission } from "../../src/verify/submissions.ts";
import { at, call, record, submission, units, WINDOW } from "./cases.ts";

const settled = (changes: Partial<Submission>, events = [call([record()])]) =>
  settlements([submission(changes)], { evidence: { events, unreadable: [] }, window: WINDOW });

describe("evidence of Success", () => {
  for (const state of ["sealed", "refused", "expired", "disputed"] as const) {
    it(`settles what is ${state}, at the time of the first call that shows it`, () => {
      const later = call([record()], { eventId: "e-2", eventTime: at("23T12:00") });
      const [settlement, ...more] = settled({ state }, [later, call([record()])]);
      assert.deepEqual(more, []);
      assert.equal(settlement?.submission.state, state);
      assert.equal(settlement?.acceptedAt, at("23T11:20"));
    });
  }

  for (const state of ["open", "sealing", "accepted", undefined] as const) {
    it(`leaves alone what is ${state ?? "of no known state"}`, () => assert.deepEqual(settled({ state }), []));
  }

  it("settles nothing with another quantity, also beside one that is the same", () => {
    const other = call([record({ quantity: units(6) })], { eventId: "e-2" });
    assert.deepEqual(settled({ state: "disputed" }, [other]), []);
    assert.deepEqual(settled({ state: "disputed" }, [call([record()]), other]), []);
  });

  it("settles nothing in another Region, buyer, dimension or hour, nor what is never sent", () => {
    const elsewhere = [call([record()], { region: "us-west-2" })];
    assert.deepEqual(settled({ state: "disputed" }, elsewhere), []);
    assert.deepEqual(settled({ state: "disputed", dimension: "GbHours" }), []);
    assert.deepEqual(settled({ state: "disputed", buyer: { customerIdentifier: "c" } }), []);
    assert.deepEqual(settled({ state: "disputed", hour: at("23T09:00") }), []);
    assert.deepEqual(settled({ state: "expired", unsendable: true }), []);
  });

  it("is what settles: no other answer does, and neither does silence", () => {
    for (const status of ["DuplicateRecord", "CustomerNotSubscribed", "unprocessed", "none"] as const)
      assert.deepEqual(settled({ state: "disputed" }, [call([record({ status })])]), []);
    assert.deepEqual(settled({ state: "disputed" }, []), []);
  });
});
