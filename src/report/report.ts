import * as v from "valibot";
import { HOUR } from "../usage/instants.ts";
import { BuyerSchema, Count, Decimal, HourText, InstantText, readFormat } from "./formats.ts";

/** Every kind of finding, in the order in which reports list them. */
export const FINDING_KINDS = [
  "integrity",
  "billed-twice",
  "foreign",
  "missing",
  "quantity-mismatch",
  "under-billed-duplicate",
  "refused",
  "expired",
  "disputed",
  "unverifiable",
  "failed-call",
  "not-yet-verified",
  "not-yet-delivered",
  "silent-hour",
] as const;

/** What ledger and evidence disagree on. */
export type FindingKind = (typeof FINDING_KINDS)[number];

const MeterSchema = v.strictObject({
  product: v.nullable(v.string()),
  buyer: BuyerSchema,
  dimension: v.string(),
  opening: v.nullable(Decimal),
  used: v.nullable(Decimal),
  accepted: Decimal,
  refused: Decimal,
  expired: Decimal,
  disputed: Decimal,
  waiting: v.nullable(Decimal),
});

const RejectedSchema = v.strictObject({ reason: v.string(), field: v.string(), count: Count, example: v.string() });

const FindingSchema = v.strictObject({
  kind: v.picklist(FINDING_KINDS),
  product: v.nullable(v.string()),
  buyer: v.nullable(BuyerSchema),
  dimension: v.nullable(v.string()),
  hour: v.nullable(HourText),
  submitted: v.nullable(Decimal),
  evidenced: v.nullable(Decimal),
  money: v.nullable(Decimal),
  deadline: v.nullable(InstantText),
  reason: v.string(),
  objects: v.array(v.string()),
  message: v.string(),
  action: v.string(),
});

const EvidenceSchema = v.strictObject({
  objects: Count,
  bytes: Count,
  events: Count,
  records: Count,
  digests: v.nullable(v.strictObject({ valid: Count, invalid: Count, missing: Count })),
});

const HoursSchema = v.strictObject({
  product: v.nullable(v.string()),
  dimension: v.string(),
  used: v.nullable(v.array(Decimal)),
  submitted: v.nullable(v.array(Decimal)),
  evidenced: v.array(Decimal),
});

const MovedSchema = v.strictObject({
  kind: v.picklist(["late", "carried", "folded"]),
  product: v.string(),
  buyer: BuyerSchema,
  dimension: v.string(),
  hour: HourText,
  quantity: Decimal,
});

const FieldsSchema = v.strictObject({
  version: v.literal(1),
  from: HourText,
  to: HourText,
  meters: v.array(MeterSchema),
  rejected: v.array(RejectedSchema),
  findings: v.array(FindingSchema),
  counts: v.record(v.picklist(["matched", ...FINDING_KINDS]), Count),
  evidence: EvidenceSchema,
  hours: v.exactOptional(v.array(HoursSchema)),
  moved: v.exactOptional(v.array(MovedSchema)),
});

const ReportSchema = v.pipe(
  FieldsSchema,
  v.forward(
    v.check(({ from, to, hours = [] }) => {
      const count = (Date.parse(to) - Date.parse(from)) / HOUR;
      const lists = hours.flatMap(({ used, submitted, evidenced }) => [used, submitted, evidenced]);
      return lists.every((list) => list === null || list.length === count);
    }, "must have one quantity for each hour of the window"),
    ["hours"],
  ),
);

/** What verification found in a window: `report.json`. Its fields are documented in `docs/report.md`. */
export type Report = v.InferOutput<typeof ReportSchema>;
export type ReportMeter = v.InferOutput<typeof MeterSchema>;
export type RejectedUsage = v.InferOutput<typeof RejectedSchema>;
export type Finding = v.InferOutput<typeof FindingSchema>;
export type ReportMoved = v.InferOutput<typeof MovedSchema>;
export type ReportHours = v.InferOutput<typeof HoursSchema>;
export type Counts = v.InferOutput<typeof ReportSchema>["counts"];

/** Reads `report.json`. Throws an error that names the field and the rule where the text breaks the format. */
export const parseReport = (text: string): Report =>
  readFormat(ReportSchema, text, { name: "report", wanted: "a report.json" });

/** A report as the text of `report.json`. */
export const formatReport = (report: Report): string => `${JSON.stringify(report, null, 2)}\n`;
