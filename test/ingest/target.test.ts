import assert from "node:assert/strict";
import { chooseTarget, expiredReason } from "../../src/ingest/target.ts";
import type { RecordState } from "../../src/ledger/records.ts";
import type { Agreements } from "../../src/usage/agreements.ts";
import { formatHour } from "../../src/usage/instants.ts";
import { at, hour } from "../support/usage.ts";

const day = (time: string) => at(`2026-11-23T${time}Z`);

/** Where an event goes, as `2026-11-23T10`, `expired` or `later`; `states` by hour of the day. */
function target(
  time: number,
  now: number,
  {
    states = {},
    agreements,
    replacing,
  }: { states?: Record<number, RecordState>; agreements?: Agreements; replacing?: number } = {},
): string {
  const byHour = new Map(Object.entries(states).map(([n, state]) => [hour(Number(n)), state]));
  const chosen = chooseTarget(time, agreements, now, (each) => byHour.get(each), replacing);
  return typeof chosen === "string" ? chosen : formatHour(chosen.hour).slice(11);
}
const closed: RecordState[] = ["sealing", "sealed", "empty", "accepted", "refused", "expired", "disputed"];

describe("the hour that counts a usage event", () => {
  it("is its own, while that is open or not there", () => {
    assert.equal(target(day("10:05:00"), day("10:06:00")), "10");
    assert.equal(target(day("10:05:00"), day("11:06:00"), { states: { 10: "open", 11: "open" } }), "10");
    assert.equal(target(day("10:05:00"), day("23:06:00")), "10");
  });

  it("is the current one where its own is closed, whatever closed it, and while the current is open or not there", () => {
    for (const state of closed) assert.equal(target(day("10:05:00"), day("12:06:00"), { states: { 10: state } }), "12");
    assert.equal(target(day("10:05:00"), day("12:06:00"), { states: { 10: "sealed", 12: "open" } }), "12");
  });

  it("is not known where both are closed: the message waits", () => {
    for (const state of closed)
      assert.equal(target(day("10:05:00"), day("12:06:00"), { states: { 10: "sealed", 12: state } }), "later");
    assert.equal(target(day("10:05:00"), day("10:06:00"), { states: { 10: "sealed" } }), "later");
  });

  it("is its own only while its deadline is over an hour away", () => {
    assert.equal(target(day("10:05:00"), hour(33) + 299_999), "10");
    assert.equal(target(day("10:05:00"), hour(33) + 300_000), "09");
    assert.equal(target(day("10:05:00"), hour(34) + 300_000), "10");
    const monthEnd = at("2026-11-30T23:30:00Z");
    assert.equal(target(monthEnd, at("2026-12-01T04:59:59Z")), "23");
    assert.equal(target(monthEnd, at("2026-12-01T05:00:00Z")), "05");
  });

  it("is none once its own deadline has passed", () => {
    assert.equal(target(day("10:05:00"), hour(34) + 300_001), "expired");
    assert.equal(target(at("2026-11-30T23:30:00Z"), at("2026-12-01T06:00:00.001Z")), "expired");
    assert.equal(target(day("10:05:00"), hour(34) + 300_001, { replacing: hour(10) }), "expired");
  });

  it("is none where no agreement covers its time, or none any instant of the current hour", () => {
    const agreements = [{ from: day("10:00:00"), to: day("12:30:00") }];
    assert.equal(target(day("09:59:59"), day("10:06:00"), { agreements }), "expired");
    assert.equal(target(day("12:30:00"), day("12:31:00"), { agreements }), "expired");
    assert.equal(target(day("12:29:59"), day("12:31:00"), { agreements }), "12");
    assert.equal(target(day("12:29:59"), day("13:00:00"), { agreements }), "expired");
    assert.equal(target(day("10:05:00"), day("10:06:00"), { agreements: [] }), "expired");
  });

  it("moves to the current hour only, and only forward from the one that did not count it", () => {
    const now = day("12:06:00");
    assert.equal(target(day("10:05:00"), now, { replacing: hour(10) }), "12");
    assert.equal(target(day("10:05:00"), now, { replacing: hour(11) }), "12");
    assert.equal(target(day("10:05:00"), now, { replacing: hour(12) }), "later");
    assert.equal(target(day("10:05:00"), now, { replacing: hour(13) }), "later");
    assert.equal(target(day("10:05:00"), now, { states: { 12: "sealing" }, replacing: hour(10) }), "later");
  });
});

describe("the reason why usage has expired", () => {
  it("tells the deadline, the agreement and the current hour apart", () => {
    const agreements = [{ from: day("10:00:00"), to: day("12:30:00") }];
    assert.equal(expiredReason(day("10:05:00"), agreements, day("10:06:00")), undefined);
    assert.equal(expiredReason(day("10:05:00"), agreements, hour(40)), "its deadline had passed when it arrived");
    assert.equal(
      expiredReason(day("09:05:00"), agreements, day("10:06:00")),
      "its time lies outside every agreement of the buyer",
    );
    assert.equal(
      expiredReason(day("12:05:00"), agreements, day("13:06:00")),
      "the buyer's agreement covers no instant of the hour in which it arrived",
    );
  });
});
