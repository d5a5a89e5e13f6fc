import assert from "node:assert/strict";
import fc from "fast-check";
import { hourSet } from "../../src/usage/hour-set.ts";
import { HOUR } from "../../src/usage/instants.ts";

describe("a set of hours", () => {
  const from = Date.parse("2026-11-23T00:00:00Z");

  it("has the hours of its span that were added, in order, and no others", () => {
    fc.assert(
      fc.property(fc.nat({ max: 40 }), fc.array(fc.integer({ min: -5, max: 45 })), (count, places) => {
        const set = hourSet({ from, to: from + count * HOUR });
        for (const place of places) set.add(from + place * HOUR);
        const expected = [...new Set(places)].filter((place) => place >= 0 && place < count).sort((a, b) => a - b);
        assert.deepEqual(
          [...set],
          expected.map((place) => from + place * HOUR),
        );
        for (let place = -6; place < 46; place++)
          assert.equal(set.has(from + place * HOUR), expected.includes(place), `${place}`);
      }),
    );
  });
});
