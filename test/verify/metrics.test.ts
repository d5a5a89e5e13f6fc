import assert from "node:assert/strict";
import { findingCounter } from "../../src/verify/metrics.ts";
import { finding } from "../report/sample.ts";

describe("the metrics of findings", () => {
  it("count each kind, and none of the failed calls whose records AWS took later", () => {
    const counter = findingCounter();
    counter.add([
      finding({ kind: "billed-twice" }),
      finding({ kind: "missing" }),
      finding({ kind: "missing" }),
      finding({ kind: "not-yet-verified" }),
      finding({ kind: "failed-call", evidenced: null }),
      finding({ kind: "failed-call", evidenced: "5" }),
    ]);
    const counts = counter.byMetric();
    assert.equal(counter.forSomeone(), 4);
    assert.deepEqual(
      [...counts].filter(([, count]) => count > 0),
      [
        ["FindingsBilledTwice", 1],
        ["FindingsMissing", 2],
        ["FindingsFailedCall", 1],
        ["FindingsNotYetVerified", 1],
      ],
    );
    assert.equal(counts.size, 14);
  });

  it("count what fails once, however many reports have it, and every other finding of each report", () => {
    const counter = findingCounter();
    const log = (key: string) => finding({ kind: "integrity", reason: "it is empty", objects: [key] });
    counter.add([log("log-1"), finding()]);
    counter.add([log("log-1"), log("log-2"), finding()]);
    const counts = counter.byMetric();
    assert.deepEqual([counts.get("FindingsIntegrity"), counts.get("FindingsMissing")], [2, 2]);
    assert.equal(counter.forSomeone(), 4);
  });
});
