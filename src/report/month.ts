import * as v from "valibot";
import { DAY, formatInstant, type Instant } from "../usage/instants.ts";
import { formatQuantity, parseStoredQuantity, type Quantity, sum } from "../usage/quantity.ts";
import { type DayMeter, type DaySummary, KindCounts, RejectedCount } from "./day.ts";
import { BuyerSchema, Count, Decimal, HourText, InstantText, readFormat } from "./formats.ts";
import { formatMoney, parseMoney } from "./money.ts";
import { FINDING_KINDS, type FindingKind } from "./report.ts";

const MonthMeterSchema = v.strictObject({
  product: v.string(),
  buyer: BuyerSchema,
  dimension: v.string(),
  opening: Decimal,
  used: Decimal,
  accepted: Decimal,
  refused: Decimal,
  expired: Decimal,
  disputed: Decimal,
  waiting: Decimal,
});

const MonthDaySchema = v.strictObject({
  from: HourText,
  to: HourText,
  verifiedAt: InstantText,
  final: v.boolean(),
  matched: Count,
  findings: KindCounts,
  needing: KindCounts,
  rejected: Count,
});

const MonthSchema = v.strictObject({
  version: v.literal(1),
  month: v.pipe(v.string(), v.regex(/^\d{4}-(0[1-9]|1[0-2])$/, "must be a month, such as 2026-11")),
  days: v.array(MonthDaySchema),
  missing: v.array(HourText),
  matched: Count,
  findings: KindCounts,
  needing: KindCounts,
  rejected: v.array(RejectedCount),
  unbilled: Decimal,
  tooMuch: Decimal,
  meters: v.array(MonthMeterSchema),
});

/** What the days of a month come to: the month's `summary.json`. Its fields are documented in `docs/report.md`. */
export type MonthSummary = v.InferOutput<typeof MonthSchema>;
export type MonthDay = v.InferOutput<typeof MonthDaySchema>;
export type MonthMeter = v.InferOutput<typeof MonthMeterSchema>;

/** Reads a month's `summary.json`. Throws an error that names the field and the rule where the text breaks the format. */
export const parseMonth = (text: string): MonthSummary =>
  readFormat(MonthSchema, text, { name: "month's summary", wanted: "a summary.json of a month" });

/** A month's summary as the text of its `summary.json`. */
export const formatMonth = (month: MonthSummary): string => `${JSON.stringify(month)}\n`;

/** Takes the days of a month one at a time, so that never more than one of them is held. */
export interface MonthBuilder {
  add(day: DaySummary): void;
  /** What they come to. Days up to `now` that were not added are missing. */
  end(now: Instant): MonthSummary;
}

const STATES = ["used", "accepted", "refused", "expired", "disputed", "unsent"] as const;

/** A meter's sums so far, and the ends of its chain of seals to which no day so far has the next or previous seal, by version. */
interface Open {
  readonly meter: Pick<DayMeter, "product" | "buyer" | "dimension">;
  readonly sums: Record<(typeof STATES)[number], Quantity>;
  readonly openings: Map<number, Quantity>;
  readonly closings: Map<number, Quantity>;
}

/** Adds up the days of the month that begins at `start`, in any order. */
export function buildMonth(start: Instant): MonthBuilder {
  const days: MonthDay[] = [];
  const meters = new Map<string, Open>();
  const findings = counter();
  const needing = counter();
  const rejected = new Map<string, { reason: string; field: string; count: number }>();
  // A log file that fails is a finding of every day whose records it may hold: the month has it once.
  const files = new Set<string>();
  let matched = 0;
  let [unbilled, tooMuch] = [0n, 0n];

  return {
    add(day) {
      const { from, to, verifiedAt, final } = day;
      const count = sumOf(day.rejected.map((each) => each.count));
      const counts = { matched: day.matched, findings: day.findings, needing: day.needing, rejected: count };
      days.push({ from, to, verifiedAt, final, ...counts });
      matched += day.matched;
      for (const kind of FINDING_KINDS) {
        if (kind === "integrity") continue;
        findings.add(kind, day.findings[kind] ?? 0);
        needing.add(kind, day.needing[kind] ?? 0);
      }
      for (const file of day.files) files.add(file);
      for (const { reason, field, count } of day.rejected) {
        const key = JSON.stringify([reason, field]);
        rejected.set(key, { reason, field, count: (rejected.get(key)?.count ?? 0) + count });
      }
      unbilled += parseMoney(day.unbilled);
      tooMuch += parseMoney(day.tooMuch);
      for (const meter of day.meters) addMeter(meters, meter);
    },

    end(now) {
      findings.add("integrity", files.size);
      needing.add("integrity", files.size);
      const inOrder = days.toSorted((a, b) => (a.from < b.from ? -1 : 1));
      const there = new Set(inOrder.map(({ from }) => from));
      const texts = daysOfMonth(start, now).map(formatInstant);
      return {
        version: 1,
        month: monthText(start),
        days: inOrder,
        missing: texts.filter((day) => !there.has(day)),
        matched,
        findings: findings.counts(),
        needing: needing.counts(),
        rejected: [...rejected].sort(byKey).map(([, each]) => each),
        unbilled: formatMoney(unbilled),
        tooMuch: formatMoney(tooMuch),
        meters: [...meters].sort(byKey).map(([, open]) => closed(open)),
      };
    },
  };
}

function addMeter(meters: Map<string, Open>, day: DayMeter): void {
  const { product, buyer, dimension } = day;
  const key = JSON.stringify([product, dimension, buyer.accountId, buyer.licenseArn, buyer.customerIdentifier]);
  const known = meters.get(key);
  const { sums, openings, closings } = known ?? {
    sums: Object.fromEntries(STATES.map((state) => [state, 0n])) as Open["sums"],
    openings: new Map<number, Quantity>(),
    closings: new Map<number, Quantity>(),
  };
  if (!known) meters.set(key, { meter: { product, buyer, dimension }, sums, openings, closings });
  for (const state of STATES) sums[state] += parseStoredQuantity(day[state]);
  // What one day leaves to another of the month neither opens nor closes the month. Days need not follow each other as seals do.
  for (const { version, balance } of day.opening)
    if (!closings.delete(version - 1)) openings.set(version, parseStoredQuantity(balance));
  for (const { version, balance } of day.closing)
    if (!openings.delete(version + 1)) closings.set(version, parseStoredQuantity(balance));
}

const closed = ({ meter, sums, openings, closings }: Open): MonthMeter => ({
  ...meter,
  opening: formatQuantity(sum(openings.values())),
  used: formatQuantity(sums.used),
  accepted: formatQuantity(sums.accepted),
  refused: formatQuantity(sums.refused),
  expired: formatQuantity(sums.expired),
  disputed: formatQuantity(sums.disputed),
  waiting: formatQuantity(sums.unsent + sum(closings.values())),
});

/** The month that an instant lies in, as its first instant. */
export function monthOf(instant: Instant): Instant {
  const date = new Date(instant);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
}

/** A month as it stands in keys: `2026-11`. */
export const monthText = (month: Instant): string => new Date(month).toISOString().slice(0, 7);

/** The days of a month that have begun an hour ago or more, each as its first instant. */
function daysOfMonth(start: Instant, now: Instant): Instant[] {
  const days: Instant[] = [];
  for (let day = start; monthOf(day) === start && day + DAY / 24 <= now; day += DAY) days.push(day);
  return days;
}

/** Counts by kind, in the order in which reports list kinds. */
function counter() {
  const counts = new Map(FINDING_KINDS.map((kind) => [kind, 0]));
  return {
    add: (kind: FindingKind, count: number) => void counts.set(kind, (counts.get(kind) ?? 0) + count),
    counts: () => Object.fromEntries([...counts].filter(([, count]) => count > 0)) as MonthSummary["findings"],
  };
}

const sumOf = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
