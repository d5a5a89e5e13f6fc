import assert from "node:assert/strict";
import fc from "fast-check";
import { formatHour, formatInstant, HOUR, hourOf, parseHour, parseTime } from "../../src/usage/instants.ts";

const instants = fc.date({
  min: new Date("1990-01-01T00:00:00Z"),
  max: new Date("2100-01-01T00:00:00Z"),
  noInvalidDate: true,
});

describe("instants", () => {
  it("mean the same in every zone and spelling", () => {
    const same = [
      "2026-11-23T10:05:00Z",
      "2026-11-23T12:05:00+02:00",
      "2026-11-23T05:35-0430",
      "2026-11-23T10:05:00.000Z",
      "2026-11-23T11:05+01",
      "2026-11-23T10:05:00,0Z",
    ];
    assert.deepEqual(
      same.map((text) => parseTime(text)),
      same.map(() => ({ instant: Date.UTC(2026, 10, 23, 10, 5), text: "2026-11-23T10:05:00Z" })),
    );
  });

  it("keep every digit of a fraction in their text and whole milliseconds in their instant", () => {
    assert.deepEqual(parseTime("2026-11-23T10:05:00.123456700Z"), {
      instant: Date.UTC(2026, 10, 23, 10, 5, 0, 123),
      text: "2026-11-23T10:05:00.1234567Z",
    });
  });

  it("without a zone, of days that do not exist or in other forms are refused", () => {
    const wrong = [
      "2026-11-23T10:05:00",
      "2026-11-23",
      "2026-02-30T00:00:00Z",
      "2026-02-29T00:00:00Z",
      "2026-13-01T00:00:00Z",
      "2026-11-23T24:00:00Z",
      "2026-11-23T10:60:00Z",
      "2026-11-23T10:05:60Z",
      "2026-11-23 10:05:00Z",
      "1764000000",
      "2026-11-23T10:05:00.1234567890Z",
      "2026-11-23T10:05:00+24:00",
      "yesterday",
      "",
    ];
    assert.deepEqual(
      wrong.map((text) => parseTime(text)),
      wrong.map(() => undefined),
    );
  });

  it("agree with the platform's own reading of ISO 8601", () => {
    fc.assert(fc.property(instants, (date) => parseTime(date.toISOString())?.instant === date.getTime()));
  });

  it("lie in the UTC hour whose key names it, whatever the machine's zone", () => {
    assert.equal(formatHour(hourOf(Date.parse("2026-11-23T10:59:59.999Z"))), "2026-11-23T10");
    fc.assert(
      fc.property(instants, (date) => {
        const hour = hourOf(date.getTime());
        return hour <= date.getTime() && date.getTime() < hour + HOUR && parseHour(formatHour(hour)) === hour;
      }),
    );
  });

  it("are written in whole seconds where they have no fraction", () => {
    assert.deepEqual([formatInstant(0), formatInstant(1)], ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.001Z"]);
  });

  it("that are damaged in a key stop the reader", () => {
    assert.throws(() => parseHour("2026-11-23"), /not of the form 2026-11-23T10/);
    assert.throws(() => parseHour("2026-11-23T99"), /not of the form 2026-11-23T10/);
  });
});
