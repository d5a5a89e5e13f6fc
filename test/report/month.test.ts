import assert from "node:assert/strict";
import fc from "fast-check";
import type { DayMeter, DaySummary } from "../../src/report/day.ts";
import { buildMonth, formatMonth, type MonthMeter, parseMonth } from "../../src/report/month.ts";
import { DAY, formatInstant } from "../../src/usage/instants.ts";
import { formatQuantity, parseStoredQuantity, sum } from "../../src/usage/quantity.ts";
import { BUYER } from "./sample.ts";

const START = Date.parse("2026-11-01T00:00:00Z");
const NOW = Date.parse("2026-11-30T20:17:00Z");

const dayOf = (n: number, changes: Partial<DaySummary> = {}): DaySummary => ({
  version: 1,
  from: formatInstant(START + (n - 1) * DAY),
  to: formatInstant(START + n * DAY),
  verifiedAt: "2026-11-30T20:17:00Z",
  final: true,
  matched: 1,
  findings: {},
  needing: {},
  files: [],
  rejected: [],
  unbilled: "0",
  tooMuch: "0",
  meters: [],
  ...changes,
});

const meterOf = (changes: Partial<DayMeter> = {}): DayMeter => ({
  product: "analytics",
  buyer: BUYER,
  dimension: "ApiCalls",
  used: "0",
  accepted: "0",
  refused: "0",
  expired: "0",
  disputed: "0",
  unsent: "0",
  opening: [],
  closing: [],
  ...changes,
});

const monthOf = (days: readonly DaySummary[], now = NOW) => {
  const builder = buildMonth(START);
  for (const day of days) builder.add(day);
  return builder.end(now);
};

describe("the summary of a month", () => {
  it("opens as its first day, closes as its last, and adds up what lies between", () => {
    const end = (version: number, balance: string) => [{ version, balance }];
    const { meters } = monthOf([
      dayOf(1, {
        meters: [meterOf({ used: "10.25", accepted: "10", opening: end(7, "0.5"), closing: end(7, "0.75") })],
      }),
      dayOf(2, {
        meters: [meterOf({ used: "5", accepted: "4", refused: "1", opening: end(8, "0.75"), closing: end(9, "0.75") })],
      }),
      dayOf(3, { meters: [meterOf({ used: "3.25", unsent: "3", opening: end(10, "0.75"), closing: end(10, "1") })] }),
    ]);
    assert.deepEqual(meters, [
      {
        product: "analytics",
        buyer: BUYER,
        dimension: "ApiCalls",
        opening: "0.5",
        used: "18.5",
        accepted: "14",
        refused: "1",
        expired: "0",
        disputed: "0",
        waiting: "4",
      },
    ]);
  });

  it("keeps the sum of every meter to the last decimal, whatever seal is of whatever day, and in whatever order days come", () => {
    const quantity = fc.bigInt({ min: 0n, max: 5_000_000_000n });
    const seal = fc.record({
      meter: fc.nat(2),
      day: fc.integer({ min: 1, max: 6 }),
      usage: quantity,
      state: fc.constantFrom("accepted", "refused", "expired", "disputed", "unsent"),
    });
    fc.assert(
      fc.property(fc.array(seal, { maxLength: 40 }), fc.nat(), (seals, turn) => {
        const days = daysOf(seals);
        const turned = days.map((_, n) => days[(n + turn) % days.length] as DaySummary);
        const month = monthOf(turned);
        for (const meter of month.meters) assert.equal(left(meter), right(meter));
        // Nothing opens a month that has the chain from its first seal on.
        assert.deepEqual(
          month.meters.filter(({ opening }) => opening !== "0"),
          [],
        );
        const used = (meters: readonly MonthMeter[]) => sum(meters.map((each) => parseStoredQuantity(each.used)));
        assert.equal(used(month.meters), sum(seals.map(({ usage }) => usage)));
        assert.deepEqual(parseMonth(formatMonth(month)), month);
      }),
    );
  });

  it("counts findings by kind, and what fails of the evidence once, however many days have it", () => {
    const month = monthOf([
      dayOf(2, { findings: { missing: 2, integrity: 2 }, needing: { missing: 2, integrity: 2 }, files: ["a", "b"] }),
      dayOf(3, { findings: { "silent-hour": 1, integrity: 1 }, needing: { integrity: 1 }, files: ["b"] }),
    ]);
    assert.deepEqual(month.findings, { integrity: 2, missing: 2, "silent-hour": 1 });
    assert.deepEqual(Object.keys(month.findings), ["integrity", "missing", "silent-hour"]);
    assert.deepEqual(month.needing, { integrity: 2, missing: 2 });
    assert.deepEqual(
      month.days.map(({ findings }) => findings.integrity),
      [2, 1],
    );
  });

  it("adds money and rejected events up", () => {
    const rejected = (count: number, field = "id") => ({ reason: "conflict", field, count });
    const month = monthOf([
      dayOf(1, { unbilled: "0.1", tooMuch: "3", rejected: [rejected(2), rejected(1, "buyer")] }),
      dayOf(2, { unbilled: "0.02", rejected: [rejected(5)] }),
    ]);
    assert.deepEqual([month.unbilled, month.tooMuch], ["0.12", "3"]);
    assert.deepEqual(month.rejected, [rejected(1, "buyer"), rejected(7)]);
    assert.deepEqual(
      month.days.map((day) => day.rejected),
      [3, 5],
    );
  });

  it("names the days that have begun and have no report", () => {
    const days = [dayOf(2), dayOf(1)];
    const missing = (now: string) => monthOf(days, Date.parse(now)).missing.map((day) => day.slice(8, 10));
    assert.deepEqual(missing("2026-11-04T00:59:00Z"), ["03"]);
    assert.deepEqual(missing("2026-11-04T01:00:00Z"), ["03", "04"]);
    assert.equal(missing("2026-12-24T00:00:00Z").length, 28);
    assert.deepEqual(
      monthOf(days).days.map(({ from }) => from.slice(8, 10)),
      ["01", "02"],
    );
  });

  it("is refused by name where it breaks the format", () => {
    const month = monthOf([dayOf(1)]);
    const text = (changes: object) => JSON.stringify({ ...month, ...changes });
    assert.throws(
      () => parseMonth(text({ month: "2026-13" })),
      /^Error: The month's summary's month breaks the format/,
    );
    assert.throws(() => parseMonth(text({ extra: 1 })), /extra breaks the format/);
    assert.throws(() => parseMonth("{"), /is not JSON/);
  });
});

interface DrawnSeal {
  readonly meter: number;
  readonly day: number;
  readonly usage: bigint;
  readonly state: "accepted" | "refused" | "expired" | "disputed" | "unsent";
}

/** The days that such seals come to: those of a meter chain in the order in which they are drawn, on whatever days. */
function daysOf(seals: readonly DrawnSeal[]): DaySummary[] {
  const chained = [0, 1, 2].flatMap((meter) => {
    let [version, balance] = [0, 0n];
    return seals
      .filter((each) => each.meter === meter)
      .map((each) => {
        const opening = balance;
        balance = (opening + each.usage) % 1_000_000_000n;
        version += 1;
        return { ...each, version, opening, closing: balance, quantity: opening + each.usage - balance };
      });
  });
  return [1, 2, 3, 4, 5, 6].map((n) => {
    const meters = [0, 1, 2].flatMap((meter) => {
      const own = chained.filter((each) => each.day === n && each.meter === meter);
      if (own.length === 0) return [];
      const has = (version: number) => own.some((each) => each.version === version);
      const of = (state: DrawnSeal["state"]) =>
        formatQuantity(sum(own.filter((each) => each.state === state).map(({ quantity }) => quantity)));
      const states = ["accepted", "refused", "expired", "disputed", "unsent"] as const;
      return meterOf({
        dimension: `Dimension${meter}`,
        used: formatQuantity(sum(own.map(({ usage }) => usage))),
        ...Object.fromEntries(states.map((state) => [state, of(state)])),
        opening: own
          .filter(({ version }) => !has(version - 1))
          .map(({ version, opening }) => ({ version, balance: formatQuantity(opening) })),
        closing: own
          .filter(({ version }) => !has(version + 1))
          .map(({ version, closing }) => ({ version, balance: formatQuantity(closing) })),
      });
    });
    return dayOf(n, { meters });
  });
}

const left = ({ opening, used }: MonthMeter) => sum([opening, used].map(parseStoredQuantity));
const right = ({ accepted, refused, expired, disputed, waiting }: MonthMeter) =>
  sum([accepted, refused, expired, disputed, waiting].map(parseStoredQuantity));
