import assert from "node:assert/strict";
import { DAY } from "../../src/usage/instants.ts";
import { daysToVerify, isSettled, readVerifyWindow } from "../../src/verify/window.ts";

const NOW = Date.parse("2026-11-23T20:17:00Z");
const at = (text: string) => Date.parse(`2026-${text}:00Z`);
const texts = ({ from, to }: { from: number; to: number }) => [from, to].map((each) => new Date(each).toISOString());
const window = (event: unknown) => {
  const read = readVerifyWindow(event);
  return read && texts(read);
};

describe("the window of a run", () => {
  it("is none unless the event names one, as a schedule's own event does not", () => {
    for (const event of [undefined, null, {}, { source: "aws.scheduler", time: "2026-11-23T20:17:00Z" }])
      assert.equal(window(event), undefined);
  });

  it("is what the event names, in any zone", () => {
    assert.deepEqual(window({ from: "2026-11-01T00:00:00Z", to: "2026-11-02T01:00+01:00" }), [
      "2026-11-01T00:00:00.000Z",
      "2026-11-02T00:00:00.000Z",
    ]);
  });

  for (const [event, message] of [
    [
      { from: "2026-11-01T00:30:00Z", to: "2026-11-02T00:00:00Z" },
      /^The event's from is "2026-11-01T00:30:00Z": it must be an hour/,
    ],
    [{ from: "2026-11-01", to: "2026-11-02" }, /^The event's from is "2026-11-01": it must be an hour/],
    [{ from: 1, to: 2 }, /^The event's from is 1: it must be a string/],
    [{ from: "2026-11-01T00:00:00Z" }, /^The event has from but no to; give both/],
    [{ to: "2026-11-01T00:00:00Z" }, /^The event has to but no from; give both/],
    [{ from: "2026-11-02T00:00:00Z", to: "2026-11-02T00:00:00Z" }, /from must be before to/],
    [{ from: "2026-01-01T00:00:00Z", to: "2026-11-02T00:00:00Z" }, /at most 92 days/],
    ["yesterday", /^The event's body is "yesterday"/],
  ] as const) {
    it(`is refused as ${JSON.stringify(event)}`, () => assert.throws(() => window(event), { message }));
  }
});

describe("the days that a run verifies", () => {
  const days = (known: Parameters<typeof daysToVerify>[0], now = NOW) =>
    daysToVerify(known, now).map(
      ({ from, to }) =>
        new Date(from).toISOString().slice(5, 10) +
        (to - from === DAY ? "" : ` to ${new Date(to).toISOString().slice(11, 16)}`),
    );
  const verified = (verifiedAt: string, isFinal = false) => ({ verifiedAt: at(verifiedAt), isFinal });

  it("are at first those of the last 80 hours, the latest first, today up to its last whole hour", () => {
    assert.deepEqual(days(new Map()), ["11-23 to 20:00", "11-22", "11-21", "11-20"]);
    assert.deepEqual(days(new Map(), at("11-23T00:59")), ["11-22", "11-21", "11-20", "11-19"]);
    assert.deepEqual(days(new Map(), at("11-23T01:00")), ["11-23 to 01:00", "11-22", "11-21", "11-20", "11-19"]);
  });

  it("are from then on all that are not final, also those that no run came to, and none of those that are", () => {
    const known = new Map([
      [at("11-16T00:00"), verified("11-20T09:00", true)],
      [at("11-17T00:00"), verified("11-20T09:00")],
      [at("11-22T00:00"), verified("11-23T19:17")],
      [at("11-23T00:00"), verified("11-23T19:17")],
    ]);
    assert.deepEqual(days(known), ["11-21", "11-20", "11-19", "11-18", "11-17", "11-23 to 20:00", "11-22"]);
  });

  it("do not reach back further than 30 days", () => {
    const known = new Map([[at("01-01T00:00"), verified("01-05T00:00")]]);
    assert.equal(days(known).length, 31);
    assert.equal(days(known).at(-1), "10-24");
  });

  it("are final 80 hours after their end", () => {
    const day = { from: at("11-20T00:00"), to: at("11-21T00:00") };
    assert.equal(isSettled(day, at("11-24T07:59")), false);
    assert.equal(isSettled(day, at("11-24T08:00")), true);
  });
});
