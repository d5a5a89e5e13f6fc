import { deepEqual, throws } from "node:assert/strict";
import { firedAlarms } from "../../../sandbox/account/alarms.ts";
import { ms } from "./support.ts";

const MINUTE = 60_000;
const from = ms("2026-11-23T10:00:00Z");
const dimensions = { service: "pipeline" };

/** Metric values by the minute they came in, counted from 10:00. */
const values = (...points: [number, number][]) =>
  points.map(([minute, value]) => ({
    namespace: "ours",
    name: "Lost",
    unit: "Count",
    value,
    time: from + minute * MINUTE,
    dimensions,
  }));

const settings = {
  namespace: "ours",
  metricName: "Lost",
  dimensions,
  statistic: "Sum",
  period: 300,
  evaluationPeriods: 1,
  threshold: 2,
  comparisonOperator: "GreaterThanOrEqualToThreshold",
  treatMissingData: "notBreaching",
};

/** The alarms that fired until 11:00, as minutes after 10:00. */
function fired(changed: object, points: [number, number][], idled: [number, number][] = []) {
  const alarm = { name: "lost", arn: "arn", settings: { ...settings, ...changed } };
  const stretches = idled.map(([first, last]) => ({ from: from + first * MINUTE, to: from + last * MINUTE }));
  const observed = { metrics: values(...points), from, to: from + 60 * MINUTE, idled: stretches };
  return firedAlarms([alarm], observed).map(({ at, until }) => [
    (at - from) / MINUTE,
    until && (until - from) / MINUTE,
  ]);
}

describe("a metric alarm", () => {
  it("fires when a period reaches its threshold, and stands until one does not", () => {
    deepEqual(
      fired({}, [
        [1, 1],
        [4, 1],
        [6, 2],
        [11, 1],
      ]),
      [[5, 15]],
    );
  });

  it("adds up a sum, and takes the largest for a maximum", () => {
    deepEqual(
      fired({ statistic: "Maximum" }, [
        [1, 1],
        [4, 1],
      ]),
      [],
    );
    deepEqual(
      fired({ statistic: "Maximum" }, [
        [1, 1],
        [4, 2],
      ]),
      [[5, 10]],
    );
  });

  it("waits for as many periods in a row as it is told", () => {
    deepEqual(
      fired({ evaluationPeriods: 2 }, [
        [1, 5],
        [11, 5],
        [16, 5],
      ]),
      [[20, 25]],
    );
  });

  it("takes enough breaching ones of its last periods", () => {
    deepEqual(
      fired({ evaluationPeriods: 3, datapointsToAlarm: 2 }, [
        [1, 5],
        [11, 5],
      ]),
      [[15, 20]],
    );
  });

  const below = {
    comparisonOperator: "LessThanThreshold",
    threshold: 1,
    treatMissingData: "breaching",
    evaluationPeriods: 2,
  };

  it("takes missing data for a breach where it is told to, from its first period on", () => {
    deepEqual(
      fired(below, [
        [21, 1],
        [26, 1],
      ]),
      [
        [10, 25],
        [40, undefined],
      ],
    );
  });

  it("takes nothing from data that is missing in a stretch that was skipped", () => {
    deepEqual(
      fired(
        below,
        [
          [1, 1],
          [58, 1],
        ],
        [[6, 57]],
      ),
      [],
    );
  });

  it("hears of no other service, metric or namespace", () => {
    deepEqual(fired({ dimensions: { service: "other" } }, [[1, 9]]), []);
    deepEqual(fired({ metricName: "Found" }, [[1, 9]]), []);
    deepEqual(fired({ namespace: "theirs" }, [[1, 9]]), []);
  });

  it("refuses what it cannot evaluate, rather than stay silent", () => {
    throws(() => fired({ statistic: "p99" }, []), {
      message: "Alarm lost is of the statistic p99, which is not emulated.",
    });
    throws(() => fired({ comparisonOperator: "Odd" }, []), {
      message: "Alarm lost compares by Odd, which is not emulated.",
    });
    throws(() => fired({ treatMissingData: undefined }, []), {
      message: "Alarm lost treats missing data as missing, which is not emulated.",
    });
  });
});
