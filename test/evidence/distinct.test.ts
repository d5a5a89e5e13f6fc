import assert from "node:assert/strict";
import fc from "fast-check";
import { distinctEvents } from "../../src/evidence/distinct.ts";
import { parseMeteringCall } from "../../src/evidence/event.ts";
import { meteringEvent, unpacked } from "./events.ts";

const parse = (changes: Record<string, unknown>, key: string) =>
  unpacked(parseMeteringCall(meteringEvent(changes), key));
const addendum = (originalEventID: string, reason = "UPDATED_DATA") => ({ reason, originalEventID });

describe("events that CloudTrail wrote more than once", () => {
  it("are one call, with all of its files, whatever order they come in", () => {
    const calls = [parse({}, "b"), parse({}, "a"), parse({ eventID: "e-0" }, "b")];
    fc.assert(
      fc.property(fc.shuffledSubarray(calls, { minLength: 3 }), (shuffled) => {
        assert.deepEqual(
          distinctEvents(shuffled).map(({ eventId, objects }) => [eventId, objects]),
          [
            ["e-0", ["b"]],
            ["e-1", ["a", "b"]],
          ],
        );
      }),
    );
  });

  it("are one call where the second is an addendum that completes the first", () => {
    const original = parse({ requestParameters: null, responseElements: null }, "a");
    assert.equal(original.unseen, "left-out");
    const later = parse({ eventID: "e-2", eventTime: "2026-11-23T11:20:05Z", addendum: addendum("e-1") }, "b");
    for (const calls of [
      [original, later],
      [later, original],
    ]) {
      const [call, ...more] = distinctEvents(calls);
      assert.deepEqual(more, []);
      assert.deepEqual([call?.eventId, call?.eventTime, call?.objects], ["e-1", original.eventTime, ["a", "b"]]);
      assert.equal(call?.unseen, "none");
      assert.deepEqual(call?.records, parse({}, "a").records);
    }
  });

  it("keep what the first says where the addendum leaves it out, in part or altogether", () => {
    for (const left of [{ responseElements: null }, { requestParameters: null, responseElements: null }]) {
      const later = parse({ eventID: "e-2", ...left, addendum: addendum("e-1") }, "b");
      const [call, ...more] = distinctEvents([parse({}, "a"), later]);
      assert.deepEqual(more, []);
      assert.deepEqual(call, { ...parse({}, "a"), objects: ["a", "b"] });
    }
  });

  it("are one failed call where only the addendum says so", () => {
    const failed = { errorCode: "InternalServiceErrorException", responseElements: null };
    const later = parse({ eventID: "e-2", ...failed, addendum: addendum("e-1") }, "b");
    const [call, ...more] = distinctEvents([parse({ responseElements: null }, "a"), later]);
    assert.deepEqual([more.length, call?.errorCode], [0, "InternalServiceErrorException"]);
  });

  it("stay apart where the first is not there, and where an addendum only says why it is late", () => {
    const orphan = parse({ eventID: "e-2", addendum: addendum("e-9") }, "b");
    const late = parse({ eventID: "e-3", addendum: { reason: "DELIVERY_DELAY" } }, "c");
    assert.deepEqual(
      distinctEvents([parse({}, "a"), orphan, late]).map(({ eventId }) => eventId),
      ["e-1", "e-2", "e-3"],
    );
  });
});
