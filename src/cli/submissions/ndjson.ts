import { parseRow } from "./row.ts";
import type { Row } from "./rows.ts";

/** Far longer than any submission: what has no line end for so long is no NDJSON, and holding on to it would only fill the memory. */
const LONGEST_LINE = 1_000_000;

/** Reads the rows of an NDJSON text: one JSON object a line. Empty lines are passed over. */
export async function* ndjsonRows(text: AsyncIterable<string>): AsyncIterable<Row> {
  let line = 0;
  let rest = "";
  for await (const piece of text) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() as string;
    for (const body of lines) {
      line += 1;
      if (body.trim() !== "") yield { line, ...parseLine(body) };
    }
    if (rest.length > LONGEST_LINE)
      return yield {
        line: line + 1,
        wrong: "the line has more than 1,000,000 characters; give one JSON object a line",
      };
  }
  if (rest.trim() !== "") yield { line: line + 1, ...parseLine(rest) };
}

function parseLine(body: string) {
  let row: unknown;
  try {
    row = JSON.parse(body);
  } catch {
    return { wrong: "the line is not JSON; give one JSON object a line" };
  }
  return parseRow(row);
}
