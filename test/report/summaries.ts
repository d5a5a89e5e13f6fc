// Days and months as verification sums them up, to make pages of.
import type { DayMeter, DaySummary } from "../../src/report/day.ts";
import { buildMonth, type MonthSummary } from "../../src/report/month.ts";
import { DAY, formatInstant } from "../../src/usage/instants.ts";
import { BUYER } from "./sample.ts";

/** A day of a meter that used 10.5, of which a record of 10 was accepted; its seal is the meter's first. */
export const dayMeter = (changes: Partial<DayMeter> = {}): DayMeter => ({
  product: "analytics",
  buyer: BUYER,
  dimension: "ApiCalls",
  used: "10.5",
  accepted: "10",
  refused: "0",
  expired: "0",
  disputed: "0",
  unsent: "0",
  opening: [{ version: 1, balance: "0" }],
  closing: [{ version: 1, balance: "0.5" }],
  ...changes,
});

/** A final day with one meter and nothing found: `2026-11-23`, in its text. */
export const daySummary = (day: string, changes: Partial<DaySummary> = {}): DaySummary => ({
  version: 1,
  from: `${day}T00:00:00Z`,
  to: formatInstant(Date.parse(`${day}T00:00:00Z`) + DAY),
  verifiedAt: "2026-11-30T20:17:00Z",
  final: true,
  matched: 24,
  findings: {},
  needing: {},
  files: [],
  rejected: [],
  unbilled: "0",
  tooMuch: "0",
  meters: [dayMeter()],
  ...changes,
});

/** The month that days come to. */
export function monthSummary(days: readonly DaySummary[], now = "2026-11-30T20:17:00Z"): MonthSummary {
  const builder = buildMonth(Date.parse(`${days[0]?.from.slice(0, 7)}-01T00:00:00Z`));
  for (const day of days) builder.add(day);
  return builder.end(Date.parse(now));
}

/** A month of 23 days, of which two are missing, three need someone and four can still change. */
export function eventfulMonth(): MonthSummary {
  const days = Array.from({ length: 23 }, (_, n) => n + 1)
    .filter((n) => n !== 7 && n !== 8)
    .map((n) => {
      const findings = n === 12 ? { missing: 3, foreign: 1 } : n === 13 ? { missing: 1 } : {};
      const meters = Array.from({ length: 6 }, (_, m) =>
        dayMeter({
          dimension: ["ApiCalls", "GbHours"][m % 2] as string,
          buyer: { ...BUYER, licenseArn: `${BUYER.licenseArn}${m}` },
          used: `${1000 * m + n}`,
          accepted: `${1000 * m + n}`,
          ...(n === 12 && m === 2 && { accepted: "1997", refused: "15" }),
          opening: [{ version: n, balance: "0.25" }],
          closing: [{ version: n, balance: "0.25" }],
        }),
      );
      return daySummary(`2026-11-${String(n).padStart(2, "0")}`, {
        final: n < 20,
        ...(n === 23 && { to: "2026-11-23T20:00:00Z" }),
        verifiedAt: "2026-11-23T20:17:00Z",
        findings: { ...findings, ...(n === 23 && { "not-yet-verified": 40 }) },
        needing: findings,
        unbilled: n === 12 ? "12.3456" : "0",
        rejected: n === 18 ? [{ reason: "conflict", field: "id", count: 4 }] : [],
        meters,
      });
    });
  return monthSummary(days, "2026-11-23T20:17:00Z");
}
