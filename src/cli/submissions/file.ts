import type { Window } from "../../ledger/statement.ts";
import { formatInstant } from "../../usage/instants.ts";
import { type Links, linkBook } from "../../verify/links.ts";
import { UNBROKEN } from "../../verify/silent.ts";
import { InputError } from "../input-error.ts";
import { readRows } from "./rows.ts";
import type { SubmissionStore } from "./store.ts";

/** What a submissions file says of a window besides its submissions. */
export interface FileSubmissions {
  readonly links: Links;
  /** How many rows the file has altogether, and how many of them lie in the window. */
  readonly rows: number;
  readonly rowsInWindow: number;
}

/** A window and the week before it, in which silent hours need to know what was used. */
export const withWeekBefore = ({ from, to }: Window): Window => ({ from: from - UNBROKEN, to });

/** How a submissions file is read: where its rows of the window and of the week before it go, and who watches. */
interface Reading {
  readonly store: Pick<SubmissionStore, "add">;
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/** How many wrong lines are named; the rest are counted. */
const MOST_NAMED = 1000;

/** Reads what a submissions file says of a window. Throws an InputError that names each wrong line of the file with its field, inside the window or not. */
export async function readSubmissionsFile(
  path: string,
  window: Window,
  { store, onBytes, signal }: Reading,
): Promise<FileSubmissions> {
  const span = withWeekBefore(window);
  const links = linkBook();
  const wrong: string[] = [];
  let wrongRows = 0;
  let rows = 0;
  let rowsInWindow = 0;
  for await (const row of readRows(path, onBytes)) {
    signal.throwIfAborted();
    rows += 1;
    if ("wrong" in row) {
      wrongRows += 1;
      if (wrongRows <= MOST_NAMED) wrong.push(`${path}:${row.line}: ${row.wrong}.`);
      continue;
    }
    const { submission } = row;
    if (submission.hour >= span.to || submission.hour < span.from) continue;
    store.add(submission);
    if (submission.hour < window.from) continue;
    rowsInWindow += 1;
    links.addSubmission(submission);
  }
  if (wrongRows > MOST_NAMED) wrong.push(`… and ${wrongRows - MOST_NAMED} more wrong lines.`);
  if (wrong.length > 0) throw new InputError(wrong.join("\n"));
  return { links, rows, rowsInWindow };
}

/** What to say where a file has nothing of the window, although it has rows; undefined where there is nothing to say. */
export const outsideWindow = ({ rows, rowsInWindow }: FileSubmissions, { from, to }: Window): string | undefined =>
  rows > 0 && rowsInWindow === 0
    ? `None of the file's ${rows} submissions lies from ${formatInstant(from)} up to ${formatInstant(to)}.`
    : undefined;
