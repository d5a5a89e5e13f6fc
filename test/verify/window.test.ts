import assert from "node:assert/strict";
import { readVerifyWindow } from "../../src/verify/window.ts";

const NOW = Date.parse("2026-11-23T20:17:00Z");
const window = (event: unknown) => {
  const { from, to } = readVerifyWindow(event, NOW);
  return [new Date(from).toISOString(), new Date(to).toISOString()];
};

describe("the window of a run", () => {
  it("is the last 80 whole hours unless the event names one, as a schedule's own event does not", () => {
    const last = ["2026-11-20T12:00:00.000Z", "2026-11-23T20:00:00.000Z"];
    for (const event of [undefined, null, {}, { source: "aws.scheduler", time: "2026-11-23T20:17:00Z" }])
      assert.deepEqual(window(event), last);
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
