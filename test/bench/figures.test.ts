import assert from "node:assert/strict";
import { type Call, figuresOf, median, rateOf, ratesOf } from "../../bench/pacing/figures.ts";

const call = (at: number, error?: string): Call => ({ at, records: 25, error });
const throttledAt = (at: number) => call(at, "ThrottlingException");

describe("the figures of a benchmark", () => {
  it("hold the billed records against what the quota allows from the first call to the last, in whatever order they were logged", () => {
    const calls = [call(3_000), call(1_000), call(2_000), call(4_000)];
    assert.deepEqual(figuresOf(calls, 100, 2), {
      calls: 4,
      throttled: 0,
      seconds: 3,
      recordsPerSecond: 100 / 3,
      quotaUsed: 4 / 6,
    });
  });

  it("give no credit for calls that were throttled, or that carried less than a full request", () => {
    const { throttled, quotaUsed } = figuresOf([call(0), throttledAt(500), call(1_000)], 26, 2);
    assert.deepEqual([throttled, quotaUsed], [1, 0.52]);
  });

  it("tell the rates of taken and throttled calls apart, each call in one stretch", () => {
    const calls = [call(10_000), throttledAt(12_000), call(14_999), throttledAt(15_000), call(20_000)];
    assert.deepEqual(ratesOf(calls, 5_000), [
      { taken: 0.4, throttled: 0.2 },
      { taken: 0, throttled: 0.2 },
      { taken: 0.2, throttled: 0 },
    ]);
    assert.deepEqual(rateOf(calls, 12_000, 15_000), { taken: 1 / 3, throttled: 1 / 3 });
  });

  it("take the middle one of three runs", () => {
    assert.equal(median([0.99, 0.5, 0.98]), 0.98);
  });
});
