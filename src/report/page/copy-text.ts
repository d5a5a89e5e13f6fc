import type { Row } from "../packed.ts";
import { FINDING_COLUMNS } from "../rows.ts";

/**
 * A finding as lines of text, each with its label first: whatever a field holds, no line begins as a formula does when it is pasted into a
 * spreadsheet.
 */
export function copyText(row: Row, objects: readonly string[]): string {
  const fields: [string, string | null | undefined][] = [
    ...FINDING_COLUMNS.map(({ name, label }): [string, string | null | undefined] => [label, row[name]]),
    ["What it is", row.message],
    ["Reason", row.reason],
    ["What to do", row.action],
    ...objects.map((key): [string, string] => ["Log file", key]),
  ];
  return fields
    .filter(([, text]) => text !== null && text !== undefined)
    .map(([label, text]) => `${label}: ${text?.replace(/[\s\p{Cc}]+/gu, " ")}\n`)
    .join("");
}
