import { createReadStream } from "node:fs";
import type { Submission } from "../../verify/submissions.ts";
import { InputError } from "../input-error.ts";
import { csvRows } from "./csv.ts";
import { ndjsonRows } from "./ndjson.ts";
import type { WrongRow } from "./row.ts";

/** One submission of a file, or what is wrong with it, and the line it begins on. */
export type Row = { readonly line: number } & ({ readonly submission: Submission } | WrongRow);

/**
 * Reads a submissions file row by row, whatever its size: NDJSON where its first character is a brace, else CSV. `onBytes` is told how many
 * bytes were read each time. Throws an InputError where the file cannot be read or is not UTF-8.
 */
export async function* readRows(path: string, onBytes: (bytes: number) => void): AsyncIterable<Row> {
  const text = decode(path, onBytes);
  const first: string[] = [];
  for (;;) {
    const { value, done } = await text.next();
    if (done) break;
    first.push(value);
    if (value.trim() !== "") break;
  }
  const whole = chain(first, text);
  const begin = first.join("").trimStart();
  if (begin === "")
    throw new InputError(`${path}: has no submission; give CSV with a header, or one JSON object a line.`);
  yield* begin.startsWith("{") ? ndjsonRows(whole) : csvRows(whole);
}

/** Large pieces: each costs a turn of the event loop. */
const PIECE = 256 * 1024;

/** The text of a file, without a byte order mark. */
async function* decode(path: string, onBytes: (bytes: number) => void): AsyncGenerator<string, void> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decodePiece = (piece?: Uint8Array) => {
    try {
      return decoder.decode(piece, { stream: piece !== undefined });
    } catch {
      throw new InputError(`${path}: is not UTF-8 text; save it as UTF-8.`);
    }
  };
  for await (const piece of createReadStream(path, { highWaterMark: PIECE }) as AsyncIterable<Buffer>) {
    onBytes(piece.length);
    yield decodePiece(piece);
  }
  yield decodePiece();
}

async function* chain(first: readonly string[], rest: AsyncIterable<string>): AsyncIterable<string> {
  yield* first;
  yield* rest;
}
