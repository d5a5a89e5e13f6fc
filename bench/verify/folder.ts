// A made-up bucket as a copy of it in a folder, with the submissions and keys that the command line reads beside it.
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { createSigningKey, type SigningKey } from "../../sandbox/cloudtrail/signing.ts";
import type { Made } from "../logs/plans.ts";
import type { Put } from "../logs/trail.ts";
import { meterOf, quantityOf, REGION, type RecordCounts, shuffledRecords, timestampOf } from "../logs/usage.ts";
import { publicKeysFile } from "./input.ts";

/** What was made, and the options of `verify` that name it. */
export interface MadeFolder {
  readonly made: Made;
  readonly logs: string;
  readonly options: readonly string[];
}

/** Writes what `make` makes to a folder. */
export function makeFolder(root: string, make: (signingKey: SigningKey, put: Put) => Made): MadeFolder {
  const signingKey = createSigningKey();
  const logs = join(root, "logs");
  const made = make(signingKey, (key, bytes) => {
    const path = join(logs, key);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  });
  const keys = join(root, "public-keys.json");
  const submissions = join(root, "submissions.csv");
  writeFileSync(keys, publicKeysFile(signingKey.publicKey));
  writeSubmissions(submissions, made.records);
  const [from, to] = [made.window.from, made.window.to].map((instant) => new Date(instant).toISOString());
  const given = { logs, submissions, "public-keys": keys, from, to };
  return { made, logs, options: Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)]) };
}

/** Rows written at a time. */
const ROWS = 10_000;

function writeSubmissions(path: string, counts: RecordCounts): void {
  const file = openSync(path, "w");
  let rows = ["region,licenseArn,accountId,dimension,timestamp,quantity"];
  const flush = () => {
    writeSync(file, `${rows.join("\n")}\n`);
    rows = [];
  };
  for (const { meter, hour } of shuffledRecords(counts)) {
    const { licenseArn, accountId, dimension } = meterOf(meter);
    const time = new Date(timestampOf(meter, hour)).toISOString();
    rows.push(`${REGION},${licenseArn},${accountId},${dimension},${time},${quantityOf(meter, hour)}`);
    if (rows.length >= ROWS) flush();
  }
  if (rows.length > 0) flush();
  closeSync(file);
}
