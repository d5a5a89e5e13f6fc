import assert from "node:assert/strict";
import fc from "fast-check";
import { parseEventTime } from "../../src/evidence/timestamps.ts";

const AFTERNOON = Date.parse("2018-04-19T16:32:50Z");

describe("times in CloudTrail events", () => {
  for (const value of [
    "Apr 19, 2018 4:32:50 PM",
    "Apr 19, 2018, 4:32:50 PM",
    "Apr 19, 2018, 4:32:50\u202fPM",
    "Apr 19, 2018 04:32:50 PM",
    "2018-04-19T16:32:50Z",
    "2018-04-19T16:32:50",
    "2018-04-19T18:32:50+02:00",
    AFTERNOON / 1000,
    AFTERNOON,
  ]) {
    it(`read ${JSON.stringify(value)} as UTC, wherever this runs`, () =>
      assert.equal(parseEventTime(value), AFTERNOON));
  }

  it("know that noon is 12 PM and midnight 12 AM", () => {
    assert.equal(parseEventTime("Jan 1, 2027 12:00:00 PM"), Date.parse("2027-01-01T12:00:00Z"));
    assert.equal(parseEventTime("Jan 1, 2027 12:00:00 AM"), Date.parse("2027-01-01T00:00:00Z"));
  });

  it("read every second that the formatter of the JVM writes, in all of its forms", () => {
    const seconds = fc.integer({ min: 0, max: 4_102_444_799 });
    fc.assert(
      fc.property(seconds, fc.constantFrom(" ", ", "), fc.constantFrom(" ", "\u202f"), (second, comma, space) => {
        const parts = new Intl.DateTimeFormat("en-US", {
          timeZone: "UTC",
          dateStyle: "medium",
          timeStyle: "medium",
        }).formatToParts(second * 1000);
        const part = (type: string) => parts.find((each) => each.type === type)?.value;
        const text = `${part("month")} ${part("day")}, ${part("year")}${comma}${part("hour")}:${part("minute")}:${part("second")}${space}${part("dayPeriod")}`;
        assert.equal(parseEventTime(text), second * 1000);
      }),
    );
  });

  for (const value of [
    "Apr 31, 2018 4:32:50 PM",
    "Apr 19, 2018 13:32:50 PM",
    "Apr 19, 2018 0:32:50 AM",
    "Avr 19, 2018 4:32:50 PM",
    "Apr 19, 2018 4:32:50",
    "yesterday",
    "",
    -1,
    Number.NaN,
    null,
    true,
  ]) {
    it(`do not guess at ${JSON.stringify(value)}`, () => assert.equal(parseEventTime(value), undefined));
  }
});
