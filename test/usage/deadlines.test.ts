import assert from "node:assert/strict";
import fc from "fast-check";
import { type Agreements, covers, coversHour, firstCovered } from "../../src/usage/agreements.ts";
import { deadline, lastSend, recordTimestamp, sealTime } from "../../src/usage/deadlines.ts";
import { formatInstant, HOUR, hourOf, MINUTE } from "../../src/usage/instants.ts";

const at = (text: string) => Date.parse(text);
const show = (instant: number | undefined) => (instant === undefined ? undefined : formatInstant(instant));
const ending = (to: string): Agreements => [{ from: at("2026-01-01T00:00:00Z"), to: at(to) }];

describe("the deadline of a record", () => {
  it("is 24 hours after its timestamp, not 6 and not 25", () => {
    assert.equal(show(deadline(at("2026-11-23T10:05:00Z"), undefined)), "2026-11-24T10:05:00Z");
  });

  it("is 06:00 UTC on the 1st for the last hours of a month, over a year's end and a leap day too", () => {
    const ends = [
      "2026-11-30T23:59:59Z",
      "2026-12-31T12:00:00Z",
      "2028-02-29T07:00:00Z",
      "2026-11-30T05:00:00Z",
      "2026-11-30T06:00:01Z",
    ];
    assert.deepEqual(
      ends.map((text) => show(deadline(at(text), undefined))),
      [
        "2026-12-01T06:00:00Z",
        "2027-01-01T06:00:00Z",
        "2028-03-01T06:00:00Z",
        "2026-12-01T05:00:00Z",
        "2026-12-01T06:00:00Z",
      ],
    );
  });

  it("is UTC's, wherever the machine's clock is set to", () => {
    const zone = process.env.TZ;
    try {
      for (const each of ["Pacific/Kiritimati", "America/Los_Angeles"]) {
        process.env.TZ = each;
        assert.notEqual(new Date(0).getHours(), 0);
        assert.equal(show(deadline(at("2026-11-30T20:00:00Z"), undefined)), "2026-12-01T06:00:00Z");
        assert.equal(show(deadline(at("2026-12-01T01:00:00Z"), undefined)), "2026-12-02T01:00:00Z");
      }
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  it("is an hour after the end of the buyer's agreement where that is earlier", () => {
    assert.equal(show(deadline(at("2026-11-23T10:05:00Z"), ending("2026-11-23T10:30:00Z"))), "2026-11-23T11:30:00Z");
    assert.equal(show(deadline(at("2026-11-23T10:05:00Z"), ending("2026-11-25T10:30:00Z"))), "2026-11-24T10:05:00Z");
    assert.equal(show(deadline(at("2026-11-23T10:05:00Z"), [{ from: 0, to: null }])), "2026-11-24T10:05:00Z");
  });

  it("never lies before its timestamp nor more than 24 hours after it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4e12 }),
        (ts) => deadline(ts, undefined) > ts && deadline(ts, undefined) <= ts + 24 * HOUR,
      ),
    );
  });

  it("leaves 3 minutes for clocks that differ", () => {
    assert.equal(show(lastSend(at("2026-11-23T10:05:00Z"), undefined)), "2026-11-24T10:02:00Z");
  });
});

describe("the timestamp of a record", () => {
  const hour = at("2026-11-23T10:00:00Z");
  it("is the last instant of its own usage, in whole seconds; usage of other hours does not move it", () => {
    const times = [
      "2026-11-23T10:05:00.900Z",
      "2026-11-23T10:03:00Z",
      "2026-11-23T09:59:59Z",
      "2026-11-23T11:00:00Z",
    ].map(at);
    assert.equal(show(recordTimestamp(hour, times, hour)), "2026-11-23T10:05:00Z");
  });
  it("is the hour's first second where the hour has no usage of its own", () => {
    assert.equal(show(recordTimestamp(hour, [at("2026-11-23T09:30:00Z")], hour)), "2026-11-23T10:00:00Z");
  });
});

describe("the time to seal an hour", () => {
  const hour = at("2026-11-23T10:00:00Z");
  it("is grace after its end", () => {
    assert.equal(show(sealTime(hour, 15 * MINUTE, undefined)), "2026-11-23T11:15:00Z");
  });
  it("is grace after the end of the agreement where that is earlier, so that the record is sent before AWS's last hour is over", () => {
    assert.equal(show(sealTime(hour, 15 * MINUTE, ending("2026-11-23T10:30:00Z"))), "2026-11-23T10:45:00Z");
    assert.ok(
      sealTime(hour, 15 * MINUTE, ending("2026-11-23T10:30:00Z")) <
        lastSend(at("2026-11-23T10:29:59Z"), ending("2026-11-23T10:30:00Z")),
    );
  });
  it("is half an hour before the earliest deadline where grace is longer than that leaves", () => {
    assert.equal(show(sealTime(at("2026-11-30T23:00:00Z"), 12 * HOUR, undefined)), "2026-12-01T05:30:00Z");
  });
  it("is now where the agreements leave nothing of the hour", () => {
    assert.equal(show(sealTime(hour, 15 * MINUTE, ending("2026-11-23T09:00:00Z"))), "2026-11-23T10:00:00Z");
  });
});

describe("agreements", () => {
  const two: Agreements = [
    { from: at("2026-11-20T10:10:00.500Z"), to: at("2026-11-20T10:30:00Z") },
    { from: at("2026-11-27T00:00:00Z"), to: null },
  ];
  it("cover their first instant and not their last", () => {
    const instants = [
      "2026-11-20T10:10:00.499Z",
      "2026-11-20T10:10:00.500Z",
      "2026-11-20T10:29:59.999Z",
      "2026-11-20T10:30:00Z",
      "2026-11-27T00:00:00Z",
    ].map(at);
    assert.deepEqual(
      instants.map((instant) => covers(two, instant)),
      [false, true, true, false, true],
    );
  });
  it("that are not known do not limit", () => {
    assert.deepEqual(
      [covers(undefined, 0), coversHour(undefined, 0), firstCovered(undefined, HOUR)],
      [true, true, HOUR],
    );
  });
  it("begin an hour's billable time at their first whole second, since AWS refuses usage from before them", () => {
    assert.equal(show(firstCovered(two, at("2026-11-20T10:00:00Z"))), "2026-11-20T10:10:01Z");
    assert.equal(show(firstCovered(two, at("2026-11-28T10:00:00Z"))), "2026-11-28T10:00:00Z");
  });
  it("leave nothing of an hour between them", () => {
    assert.deepEqual(
      [coversHour(two, at("2026-11-20T11:00:00Z")), coversHour(two, hourOf(at("2026-11-20T10:20:00Z")))],
      [false, true],
    );
  });
});
