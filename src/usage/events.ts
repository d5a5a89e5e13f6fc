import { createHash } from "node:crypto";
import * as v from "valibot";
import { type Buyer, buyerKey } from "./buyers.ts";
import { dictionary } from "./dictionary.ts";
import { parseTime, type Time } from "./instants.ts";
import { limits, TAG_TEXT } from "./limits.ts";
import { formatQuantity, JsonNumber, parseQuantity, type Quantity } from "./quantity.ts";

export type Tags = Readonly<Record<string, string>>;

/** One thing that the seller's application reports: immutable, known by product and id. */
export interface UsageEvent {
  readonly id: string;
  readonly product: string;
  readonly buyer: Buyer;
  readonly dimension: string;
  readonly quantity: Quantity;
  readonly time: Time;
  readonly tags: Tags;
}

/** Why something cannot be metered: a reason from a short list, the field it is about, and a sentence for people. */
export interface Refusal {
  readonly reason: Reason;
  readonly field: string;
  readonly message: string;
}

export type Reason =
  | "not-json"
  | "unknown-field"
  | "invalid"
  | "unknown-product"
  | "unknown-dimension"
  | "wrong-integration"
  | "in-the-future"
  | "before-meter-from"
  | "license-of-another-product"
  | "conflict";

/** Reads a usage event from the body of a message or the line of a file. Never throws: a body that breaks the format is refused. */
export function parseEvent(body: string): { event: UsageEvent } | { refusal: Refusal } {
  let json: unknown;
  try {
    json = JSON.parse(body, keepNumbers as (key: string, value: unknown) => unknown);
  } catch {
    return refuse("not-json", "body", "is not JSON; send one JSON object a message");
  }
  const result = v.safeParse(EventSchema, json, { abortEarly: true });
  if (result.success) return { event: result.output };
  const issue = result.issues[0];
  const field = v.getDotPath(issue) ?? "body";
  const unknown = issue.kind === "schema" && issue.type === "strict_object" && issue.expected === "never";
  if (unknown) return refuse("unknown-field", field, "is not a field of a usage event; remove it");
  const missing = issue.received === "undefined";
  return refuse("invalid", field, missing ? "is missing" : `is ${show(issue.input)}: it ${issue.message}`);
}

/** What two events of the same id must share to be the same event, as one text: `5` and `"5.0"`, `10:00Z` and `11:00+01:00` are the same. */
export function canonicalContent(event: UsageEvent): string {
  const tags = Object.entries(event.tags).sort(([a], [b]) => (a < b ? -1 : 1));
  const buyer = buyerKey(event.product, event.buyer);
  return JSON.stringify([event.id, buyer, event.dimension, formatQuantity(event.quantity), event.time.text, tags]);
}

/** The SHA-256 of a text, as base64url: what claims and rejections are compared by. */
export const contentHash = (text: string): string => createHash("sha256").update(text).digest("base64url");

/** A refusal of one field, its message a whole sentence. A field's name can be as long as the message that brought it: it is cut. */
export function refuse(reason: Reason, field: string, rule: string): { refusal: Refusal } {
  const shown = cut(field, 200);
  return { refusal: { reason, field: shown, message: `"${shown}" ${rule}.` } };
}

/** A value as a message shows it: as JSON, and not longer than a line. */
export function show(value: unknown): string {
  try {
    const text = value instanceof JsonNumber ? value.source : JSON.stringify(value, plain);
    return cut(text ?? "undefined", 80);
  } catch {
    return "nested too deeply to show";
  }
}

const plain = (_key: string, value: unknown): unknown =>
  value instanceof JsonNumber ? Number(value.source) : value instanceof Map ? Object.fromEntries(value) : value;

/** A text of at most so many characters, with none of them cut in half. */
const cut = (text: string, most: number): string =>
  (text.length > most ? `${text.slice(0, most - 3)}...` : text).toWellFormed();

const keepNumbers = (_key: string, value: unknown, context: { source: string }): unknown =>
  typeof value === "number" ? new JsonNumber(context.source) : value;

const text = (most: number, pattern: RegExp, rule: string) =>
  v.pipe(
    v.string("must be a string"),
    v.check((value) => value.length >= 1 && value.length <= most, `must have 1 to ${most} characters`),
    v.regex(pattern, rule),
  );

/** Printable ASCII: what AWS itself hands out, and short enough in UTF-8 for a key of the ledger. */
const PRINTABLE = /^[\x20-\x7e]*$/;
const printable = (most: number) => text(most, PRINTABLE, "must be printable ASCII");

const LicenseBuyer = v.strictObject(
  {
    accountId: text(12, /^\d{12}$/, "must be an AWS account id of 12 digits"),
    // Only characters that ARNs have: no others would fit the ledger's keys at this length, once written there as codes.
    licenseArn: text(512, /^arn:[\w+=,.@:/-]+$/, "must be a licence ARN, starting with arn:"),
  },
  "must be { accountId, licenseArn }",
);

const CustomerBuyer = v.strictObject({ customerIdentifier: printable(255) }, "must be { customerIdentifier }");

const BuyerSchema = v.lazy((input) =>
  typeof input === "object" && input !== null && "customerIdentifier" in input ? CustomerBuyer : LicenseBuyer,
) as v.GenericSchema<unknown, Buyer>;

const QuantitySchema = v.pipe(
  v.union([v.string(), v.instance(JsonNumber)], "must be a decimal string or a number"),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const read = parseQuantity(dataset.value);
    if ("quantity" in read) return read.quantity;
    addIssue({ message: read.wrong });
    return NEVER;
  }),
);

const TimeSchema = v.pipe(
  v.string("must be a string"),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const time = parseTime(dataset.value);
    if (time) return time;
    addIssue({ message: "must be ISO 8601 with a zone, such as 2026-11-23T10:05:00Z" });
    return NEVER;
  }),
);

const TAG_RULE = "must have only the characters AWS takes in tags: letters, digits, spaces and + - = . _ : / @";

const TagsSchema = v.pipe(
  dictionary(
    text(limits.tagKey, TAG_TEXT, TAG_RULE),
    text(limits.tagValue, TAG_TEXT, TAG_RULE),
    "must be an object of strings",
  ),
  v.check((tags) => tags.size <= limits.tagKeys, `must have at most ${limits.tagKeys} tags`),
  v.transform((tags): Tags => Object.fromEntries(tags)),
);

const EventSchema = v.strictObject(
  {
    id: v.pipe(
      text(128, /^[\s\S]*$/, ""),
      v.check((id) => id.isWellFormed(), "must be well-formed Unicode"),
    ),
    product: printable(64),
    buyer: BuyerSchema,
    dimension: printable(limits.dimension),
    quantity: QuantitySchema,
    time: TimeSchema,
    tags: v.optional(TagsSchema, {}),
  },
  "must be a JSON object",
);
