import { type CsvError, parse } from "csv-parse";
import { FIELDS, parseRow, REQUIRED_FIELDS } from "./row.ts";
import type { Row } from "./rows.ts";

/** A CSV row with what csv-parse knows of it. */
interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Reads the rows of a CSV text (RFC 4180) under a header that names fields of a submission, in any order. Rows of nothing but commas are none. */
export async function* csvRows(text: AsyncIterable<string>): AsyncIterable<Row> {
  const parser = parse({
    info: true,
    record_delimiter: "\n",
    relax_column_count: true,
    // A stray quote is then part of its field, which is wrong and named as such, and not the end of everything behind it.
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    skip_records_with_error: true,
  });
  let broken: string | undefined;
  parser.on("skip", ({ code, message }: CsvError) => {
    broken =
      code === "CSV_QUOTE_NOT_CLOSED" ? "a quote that begins here is not closed" : `the row is not CSV (${message})`;
  });
  const fed = feed(text, parser);
  let header: readonly string[] | undefined;
  let last = 0;
  for await (const { record, info } of parser as AsyncIterable<Parsed>) {
    const line = info.lines - record.join("").split("\n").length + 1;
    last = info.lines;
    if (header === undefined) {
      header = record.map((name) => name.trim());
      const wrong = wrongHeader(header);
      if (wrong !== undefined) return yield { line, wrong };
    } else yield { line, ...readRecord(header, record, info.lines > line) };
  }
  if (broken !== undefined) yield { line: last + 1, wrong: broken };
  await fed;
}

function readRecord(
  header: readonly string[],
  record: readonly string[],
  isBroken: boolean,
): ReturnType<typeof parseRow> {
  if (isBroken) return { wrong: "a quoted field has a line end in it, which no field of a submission has" };
  if (record.length !== header.length)
    return { wrong: `the row has ${record.length} fields, where the header has ${header.length}` };
  return parseRow(Object.fromEntries(record.map((value, index) => [header[index], value])));
}

function wrongHeader(header: readonly string[]): string | undefined {
  const fields: readonly string[] = FIELDS;
  const unknown = header.find((name) => !fields.includes(name));
  if (unknown !== undefined)
    return `the header names ${JSON.stringify(unknown)}, which is not a field of a submission; the fields are ${FIELDS.join(", ")}`;
  const twice = header.find((name, index) => header.indexOf(name) !== index);
  if (twice !== undefined) return `the header names "${twice}" twice`;
  const missing = REQUIRED_FIELDS.find((name) => !header.includes(name));
  return missing === undefined ? undefined : `the header does not name "${missing}", which every submission has`;
}

/** Gives the parser its text, no faster than it takes it, with line ends that it counts as one each. */
async function feed(text: AsyncIterable<string>, parser: ReturnType<typeof parse>): Promise<void> {
  try {
    let held = "";
    for await (const piece of text) {
      const all = held + piece;
      held = all.endsWith("\r") ? "\r" : "";
      const lines = all.slice(0, all.length - held.length).replace(/\r\n?/g, "\n");
      if (!parser.write(lines)) await new Promise((drained) => parser.once("drain", drained));
    }
    parser.end();
  } catch (error) {
    parser.destroy(error as Error);
  }
}
