import { type Hour, hourOf, parseTime } from "../usage/instants.ts";
import { InputError } from "./input-error.ts";

/** Where evidence comes from. */
export type LogsArgument =
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "bucket"; readonly bucket: string; readonly prefix: string }
  | { readonly kind: "lookup"; readonly region: string };

/** Where submissions come from. */
export type SubmissionsArgument =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "table"; readonly name: string };

/** Whether evidence counts only where digests verify it; the keys are those of a file, or what CloudTrail lists. */
export type IntegrityArgument =
  | { readonly mode: "off" }
  | { readonly mode: "required"; readonly publicKeys: string | undefined };

const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;

/** Reads `--logs`. The prefix of a bucket is empty or ends with a slash. Throws an InputError. */
export function parseLogs(text: string): LogsArgument {
  const bucket = /^s3:\/\/([^/]*)\/?(.*)$/.exec(text);
  if (bucket) {
    const [, name = "", prefix = ""] = bucket;
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name))
      throw new InputError(
        `--logs is ${text}: ${JSON.stringify(name)} is no name of a bucket; give s3://bucket/prefix.`,
      );
    const folder = prefix.replace(/\/+$/, "");
    return { kind: "bucket", bucket: name, prefix: folder === "" ? "" : `${folder}/` };
  }
  const lookup = /^lookup-events:(.*)$/.exec(text);
  if (!lookup) return { kind: "folder", path: given("--logs", text) };
  return { kind: "lookup", region: parseRegion(`--logs is ${text}`, lookup[1] as string) };
}

/** Reads `--submissions`. Throws an InputError. */
export function parseSubmissions(text: string): SubmissionsArgument {
  const table = /^table:(.*)$/.exec(text);
  return table
    ? { kind: "table", name: parseTable("--submissions", table[1] as string) }
    : { kind: "file", path: given("--submissions", text) };
}

/** Reads the name of a DynamoDB table. Throws an InputError. */
export function parseTable(option: string, name: string): string {
  if (/^[a-zA-Z0-9_.-]{3,255}$/.test(name) || /^arn:[^:]+:dynamodb:[^:]+:\d{12}:table\/[a-zA-Z0-9_.-]+$/.test(name))
    return name;
  throw new InputError(`${option} names the table ${JSON.stringify(name)}, which is no name of a DynamoDB table.`);
}

/** Reads a Region of `option`. Throws an InputError. */
export function parseRegion(option: string, text: string): string {
  if (REGION.test(text)) return text;
  throw new InputError(`${option}: ${JSON.stringify(text)} is no Region; give one such as us-east-1.`);
}

/** Reads `--account`. Throws an InputError. */
export function parseAccount(text: string): string {
  if (/^\d{12}$/.test(text)) return text;
  throw new InputError(`--account is ${JSON.stringify(text)}; it must be an AWS account id of 12 digits.`);
}

/** Reads `--from` and `--to`: hours in ISO 8601 with a zone, or dates, which are their first hour in UTC. Throws an InputError. */
export function parseWindow(from: string, to: string): { readonly from: Hour; readonly to: Hour } {
  const window = { from: parseHour("--from", from), to: parseHour("--to", to) };
  if (window.from < window.to) return window;
  throw new InputError(`--from ${from} is not before --to ${to}; the window goes from the first up to the second.`);
}

function parseHour(option: string, text: string): Hour {
  const instant = parseTime(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)?.instant;
  if (instant !== undefined && instant === hourOf(instant)) return instant;
  const rule = "a whole hour in ISO 8601 with a zone, such as 2026-11-01T00:00:00Z, or a date";
  throw new InputError(`${option} is ${JSON.stringify(text)}; it must be ${rule}.`);
}

function given(option: string, text: string): string {
  if (text !== "") return text;
  throw new InputError(`${option} is empty; give a path.`);
}
