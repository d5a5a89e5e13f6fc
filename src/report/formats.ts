// What the public formats that verification writes have in common.
import * as v from "valibot";
import { HOUR, parseTime } from "../usage/instants.ts";

/** A decimal number, exact to the last digit. */
export const Decimal = v.pipe(v.string(), v.regex(/^-?\d+(\.\d+)?$/, "must be a decimal string"));
/** A whole number, zero or more. */
export const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** An instant as `formatInstant` writes it. */
export const InstantText = v.pipe(
  v.string(),
  v.check((text) => parseTime(text)?.text === text, "must be ISO 8601 in UTC, such as 2026-11-23T10:00:00Z"),
);
/** The instant at which an hour begins. */
export const HourText = v.pipe(
  InstantText,
  v.check((text) => (parseTime(text)?.instant ?? 0) % HOUR === 0, "must be on the hour"),
);

/** A buyer, as far as it is named. */
export const BuyerSchema = v.strictObject({
  accountId: v.exactOptional(v.string()),
  licenseArn: v.exactOptional(v.string()),
  customerIdentifier: v.exactOptional(v.string()),
});

/** Reads the text of a format of version 1. Throws an error that names the field and the rule where it breaks the format. */
export function readFormat<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
  { name, wanted }: { readonly name: string; readonly wanted: string },
): v.InferOutput<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`The ${name} is not JSON (${(error as Error).message}); give ${wanted} as it was written.`);
  }
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue) ?? "text";
  throw new Error(`The ${name}'s ${field} breaks the format (${issue.message}); give ${wanted} of version 1.`);
}
