import { once } from "node:events";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { readWindow, type Window } from "../ledger/statement.ts";
import { dynamoTable } from "../ledger/table.ts";
import { submissionLine } from "../report/submissions.ts";
import { DAY } from "../usage/instants.ts";
import { naming } from "./naming.ts";
import type { Surroundings } from "./surroundings.ts";

/** Writes the submissions of a window of the ledger as NDJSON, day by day, so that a long window needs no more memory than a day. */
export async function exportSubmissions(
  tableName: string,
  window: Window,
  { stdout, stderr, signal }: Surroundings,
): Promise<0> {
  const table = dynamoTable(new DynamoDBClient(), tableName);
  let count = 0;
  for (let from = window.from; from < window.to; from += DAY) {
    signal.throwIfAborted();
    const day = { from, to: Math.min(from + DAY, window.to) };
    const { statements } = await naming(`--table ${tableName}`, () => readWindow(table, day));
    const lines = statements.flatMap(({ records }) => records.map(submissionLine)).filter((line) => line !== undefined);
    if (lines.length > 0 && !stdout.write(`${lines.join("\n")}\n`)) await once(stdout, "drain", { signal });
    count += lines.length;
  }
  stderr.write(`Exported ${count} submissions of ${tableName}.\n`);
  return 0;
}
