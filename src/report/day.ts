import * as v from "valibot";
import { BuyerSchema, Count, Decimal, HourText, InstantText, readFormat } from "./formats.ts";
import { FINDING_KINDS } from "./report.ts";

/** An end of a day's part of a meter's chain of seals: the version of the seal, and the balance there. */
const ChainEndSchema = v.strictObject({ version: Count, balance: Decimal });

const DayMeterSchema = v.strictObject({
  product: v.string(),
  buyer: BuyerSchema,
  dimension: v.string(),
  used: Decimal,
  accepted: Decimal,
  refused: Decimal,
  expired: Decimal,
  disputed: Decimal,
  unsent: Decimal,
  opening: v.array(ChainEndSchema),
  closing: v.array(ChainEndSchema),
});

export const KindCounts = v.record(v.picklist(FINDING_KINDS), Count);
export const RejectedCount = v.strictObject({ reason: v.string(), field: v.string(), count: Count });

const DaySchema = v.strictObject({
  version: v.literal(1),
  from: HourText,
  to: HourText,
  verifiedAt: InstantText,
  final: v.boolean(),
  matched: Count,
  findings: KindCounts,
  needing: KindCounts,
  files: v.array(v.string()),
  rejected: v.array(RejectedCount),
  unbilled: Decimal,
  tooMuch: Decimal,
  meters: v.array(DayMeterSchema),
});

/** What a day's report comes to, as far as a month needs it: the day's `summary.json`. Its fields are documented in `docs/report.md`. */
export type DaySummary = v.InferOutput<typeof DaySchema>;
export type DayMeter = v.InferOutput<typeof DayMeterSchema>;

/** Reads a day's `summary.json`. Throws an error that names the field and the rule where the text breaks the format. */
export const parseDay = (text: string): DaySummary =>
  readFormat(DaySchema, text, { name: "day's summary", wanted: "a summary.json of a day" });

/** A day's summary as the text of its `summary.json`. */
export const formatDay = (day: DaySummary): string => `${JSON.stringify(day)}\n`;
