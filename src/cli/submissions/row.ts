import * as v from "valibot";
import type { NamedBuyer } from "../../evidence/record.ts";
import { show } from "../../usage/events.ts";
import { parseTime } from "../../usage/instants.ts";
import { limits } from "../../usage/limits.ts";
import { fraction, MOST_UNITS, parseQuantity, type Quantity, UNIT } from "../../usage/quantity.ts";
import { fileSubmission } from "../../verify/packed-submissions.ts";
import type { Submission, SubmissionState } from "../../verify/submissions.ts";

/** The fields of a submission, as the format names them. */
export const FIELDS = [
  "region",
  "productCode",
  "licenseArn",
  "accountId",
  "customerIdentifier",
  "dimension",
  "timestamp",
  "quantity",
  "status",
] as const;

/** The fields that every submission has. */
export const REQUIRED_FIELDS = ["region", "dimension", "timestamp", "quantity"] as const;

/** What is wrong with a row: a sentence that begins with the field. */
export interface WrongRow {
  readonly wrong: string;
}

/**
 * Reads one submission of a file, its fields by name. A status that is one of the ledger's states is taken at its word; any other says
 * nothing that evidence could be compared with, and the record counts as sent.
 */
export function parseRow(row: unknown): { readonly submission: Submission } | WrongRow {
  // An array is an object to the schema.
  if (Array.isArray(row)) return { wrong: `the line is ${show(row)}: it must be a JSON object` };
  const result = v.safeParse(Row, row, { abortEarly: true });
  if (!result.success) return wrong(result.issues[0]);
  const { region, productCode, dimension, timestamp, quantity, status, ...named } = result.output;
  const buyer: NamedBuyer = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
  if (buyer.licenseArn !== undefined) {
    if (buyer.accountId === undefined)
      return missing("accountId", "a record with a licenseArn needs the buyer's account");
  } else {
    if (productCode === undefined) return missing("productCode", "a record without a licenseArn needs it");
    if (buyer.customerIdentifier === undefined && buyer.accountId === undefined)
      return missing("customerIdentifier", "a record needs it, or accountId, or licenseArn and accountId");
  }
  const state = STATES.get(status ?? "");
  const reason = status === undefined ? undefined : `the file has the status ${show(status)}`;
  return { submission: fileSubmission({ region, productCode, buyer, dimension, timestamp, quantity, state, reason }) };
}

/** The states in which records are exported; `sealed` is one that still waits to be sent. */
const STATES: ReadonlyMap<string, SubmissionState> = new Map(
  (["sealed", "accepted", "refused", "expired", "disputed"] as const).map((state) => [state, state]),
);

// Databases export what is not there as null or as an empty text.
const emptyIsNone = (input: unknown) => (input === null || input === "" ? undefined : input);

const text = (pattern: RegExp, rule: string) => v.pipe(v.string("must be a text"), v.regex(pattern, rule));
const required = <S extends v.GenericSchema>(schema: S) => v.pipe(v.unknown(), v.transform(emptyIsNone), schema);
const optional = <S extends v.GenericSchema>(schema: S) =>
  v.optional(v.pipe(v.unknown(), v.transform(emptyIsNone), v.optional(schema)));
const TEXT = /^[\x20-\x7e]{1,1000}$/;

const Timestamp = v.pipe(
  v.string("must be a text"),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const instant = parseTime(dataset.value)?.instant;
    if (instant !== undefined) return instant;
    addIssue({ message: "must be ISO 8601 with a zone, such as 2026-11-23T10:00:00Z" });
    return NEVER;
  }),
);

const WHOLE = `must be a whole number from 0 to ${MOST_UNITS}: AWS takes no other`;
const WholeQuantity = v.pipe(
  v.unknown(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const quantity = wholeQuantity(dataset.value);
    if (quantity !== undefined) return quantity;
    addIssue({ message: WHOLE });
    return NEVER;
  }),
);

function wholeQuantity(given: unknown): Quantity | undefined {
  if (typeof given === "number")
    return Number.isInteger(given) && given >= 0 && given <= Number(MOST_UNITS) ? BigInt(given) * UNIT : undefined;
  if (typeof given !== "string") return undefined;
  const parsed = parseQuantity(given);
  return "quantity" in parsed && fraction(parsed.quantity) === 0n ? parsed.quantity : undefined;
}

const Row = v.strictObject(
  {
    region: required(text(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be a Region such as us-east-1")),
    productCode: optional(text(/^[-a-zA-Z0-9/=:_.@]{1,255}$/, "must be a product code")),
    licenseArn: optional(text(/^arn:[\x21-\x7e]{1,995}$/, "must be the ARN of a licence")),
    accountId: optional(text(/^\d{12}$/, "must be an AWS account id of 12 digits")),
    customerIdentifier: optional(text(TEXT, "must be printable ASCII")),
    dimension: required(
      v.pipe(text(TEXT, "must be printable ASCII"), v.maxLength(limits.dimension, "has more than 255 characters")),
    ),
    timestamp: required(Timestamp),
    quantity: required(WholeQuantity),
    status: optional(v.string("must be a text")),
  },
  "must be an object",
);

function wrong(issue: v.BaseIssue<unknown>): WrongRow {
  const field = v.getDotPath(issue);
  if (field === null) return { wrong: `the line is ${show(issue.input)}: it must be a JSON object` };
  if (issue.kind === "schema" && issue.type === "strict_object" && issue.expected === "never")
    return { wrong: `"${field}" is not a field of a submission; the fields are ${FIELDS.join(", ")}` };
  if (issue.input === undefined) return { wrong: `"${field}" is missing` };
  return { wrong: `"${field}" is ${show(issue.input)}: it ${issue.message}` };
}

const missing = (field: (typeof FIELDS)[number], rule: string): WrongRow => ({
  wrong: `"${field}" is missing: ${rule}`,
});
