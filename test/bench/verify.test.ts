import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { busyAccount, meteredHours } from "../../bench/logs/plans.ts";
import type { Put } from "../../bench/logs/trail.ts";
import { shuffledRecords } from "../../bench/logs/usage.ts";
import { bar, isGood, percent, showChecks } from "../../bench/verify/checks.ts";
import { makeInput } from "../../bench/verify/input.ts";
import { extract, readAndReconcile } from "../../bench/verify/speed.ts";
import { createSigningKey } from "../../sandbox/cloudtrail/signing.ts";

describe("the figures of reading and reconciling", () => {
  it("are good on their own side of what is demanded, and on the line", () => {
    const check = (value: number, bound: { least: number } | { most: number }) =>
      isGood({ name: "a", value, bound, unit: percent });
    assert.deepEqual([check(0.59, { least: 0.6 }), check(0.6, { least: 0.6 })], [false, true]);
    assert.deepEqual([check(250, { most: 250 }), check(251, { most: 250 })], [true, false]);
  });

  it("are shown with a line where the demand is", () => {
    assert.equal(bar(0.5, 1), "████████████···········│");
    assert.equal(bar(2, 1), "████████████│███████████");
    const table = showChecks([{ name: "of the floor", value: 0.5, bound: { least: 0.6 }, unit: percent }]);
    assert.match(table, /of the floor.* 50 % .*at least 60 % .*NOT GOOD/);
  });
});

describe("the log files of the benchmark", () => {
  const KEY = createSigningKey();
  const made = (make: (put: Put) => unknown) => {
    const logs: string[] = [];
    make((_, bytes, signature) => signature === undefined && logs.push(gunzipSync(bytes).toString()));
    return logs;
  };
  const callsIn = (logs: readonly string[]) =>
    logs
      .flatMap((text) => JSON.parse(text).Records)
      .filter(({ eventName }) => eventName === "BatchMeterUsage")
      .map(({ requestParameters }) => requestParameters.usageRecords.length as number);

  it("are the same at every run", () => {
    const make = () => made((put) => busyAccount(1, 200_000, 0.05, KEY, put));
    assert.deepEqual(make(), make());
  });

  it("have the share of metering calls that is asked for, of 1 to 25 records and 5 on average", () => {
    const calls = callsIn(made((put) => busyAccount(1, 40_000_000, 0.05, KEY, put)));
    const records = calls.reduce((sum, count) => sum + count, 0);
    assert.ok(Math.abs(records / calls.length - 5) < 0.4, `${records} records in ${calls.length} calls`);
    assert.deepEqual([Math.min(...calls), Math.max(...calls)], [1, 25]);
  }).timeout(60_000);

  it("have a record of each meter in each hour, in full calls", () => {
    const calls = callsIn(made((put) => meteredHours(3, 110, KEY, put)));
    assert.deepEqual(calls, [25, 25, 25, 25, 10, 25, 25, 25, 25, 10, 25, 25, 25, 25, 10]);
  });

  it("name each record once, in an order that is not that of time", () => {
    const all = Array.from(shuffledRecords([3, 0, 5, 1]), ({ meter, hour }) => `${hour} ${meter}`);
    assert.equal(new Set(all).size, 9);
    assert.notDeepEqual(all, all.toSorted());
  });

  it("match what was submitted to the last record, with their digests and without", async () => {
    const input = makeInput(2_000_000, 0.05);
    await readAndReconcile(input, true);
    await readAndReconcile(input, false);
    const { calls, records } = await extract(input.logs.map((bytes) => () => bytes));
    assert.deepEqual({ calls, records }, { calls: input.made.calls, records: input.records });
  }).timeout(60_000);
});
