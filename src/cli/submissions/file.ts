import type { Window } from "../../ledger/statement.ts";
import { formatInstant } from "../../usage/instants.ts";
import type { UsedMeter } from "../../verify/context.ts";
import { UNBROKEN } from "../../verify/silent.ts";
import type { Submission } from "../../verify/submissions.ts";
import { InputError } from "../input-error.ts";
import { readRows } from "./rows.ts";

/** What a submissions file says of a window. */
export interface FileSubmissions {
  /** Those of the window. */
  readonly submissions: readonly Submission[];
  /** In which hours of the window, and of the week before it, each meter has a record. */
  readonly used: readonly UsedMeter[];
  /** How many rows the file has altogether. */
  readonly rows: number;
}

/** How many wrong lines are named; the rest are counted. */
const MOST_NAMED = 1000;

/** Reads what a submissions file says of a window. Throws an InputError that names each wrong line of the file with its field, inside the window or not. */
export async function readSubmissionsFile(
  path: string,
  window: Window,
  { onBytes, signal }: { readonly onBytes: (bytes: number) => void; readonly signal: AbortSignal },
): Promise<FileSubmissions> {
  const submissions: Submission[] = [];
  const used = new Map<string, UsedMeter & { hours: Set<number> }>();
  const wrong: string[] = [];
  let wrongRows = 0;
  let rows = 0;
  for await (const row of readRows(path, onBytes)) {
    signal.throwIfAborted();
    rows += 1;
    if ("wrong" in row) {
      wrongRows += 1;
      if (wrongRows <= MOST_NAMED) wrong.push(`${path}:${row.line}: ${row.wrong}.`);
      continue;
    }
    const { submission } = row;
    if (submission.hour >= window.to || submission.hour < window.from - UNBROKEN) continue;
    addUse(used, submission);
    if (submission.hour >= window.from) submissions.push(submission);
  }
  if (wrongRows > MOST_NAMED) wrong.push(`… and ${wrongRows - MOST_NAMED} more wrong lines.`);
  if (wrong.length > 0) throw new InputError(wrong.join("\n"));
  return { submissions, used: [...used.values()], rows };
}

function addUse(
  used: Map<string, UsedMeter & { hours: Set<number> }>,
  { region: _, productCode, buyer, dimension, hour }: Submission,
): void {
  const { licenseArn, accountId, customerIdentifier } = buyer;
  const key = JSON.stringify([productCode, licenseArn, accountId, customerIdentifier, dimension]);
  const meter = used.get(key);
  if (meter) meter.hours.add(hour);
  else used.set(key, { product: null, buyer, dimension, hours: new Set([hour]) });
}

/** What to say where a file has nothing of the window, although it has rows; undefined where there is nothing to say. */
export const outsideWindow = ({ submissions, rows }: FileSubmissions, { from, to }: Window): string | undefined =>
  rows > 0 && submissions.length === 0
    ? `None of the file's ${rows} submissions lies from ${formatInstant(from)} up to ${formatInstant(to)}.`
    : undefined;
