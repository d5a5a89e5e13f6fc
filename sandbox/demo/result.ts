import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { readWindow } from "../../src/ledger/statement.ts";
import { dynamoTable } from "../../src/ledger/table.ts";
import { needsSomeone } from "../../src/report/kinds.ts";
import { parseReport, type Report } from "../../src/report/report.ts";
import { submissionLine } from "../../src/report/submissions.ts";
import { type Meter, meterKey } from "../../src/usage/buyers.ts";
import { formatQuantity, parseStoredQuantity, sum, UNIT } from "../../src/usage/quantity.ts";
import type { Billed, World } from "./world.ts";

/** What a demo came to. */
export interface Result {
  readonly report: Report;
  /** The metering service's own books. */
  readonly billed: readonly Billed[];
  /** Why not everything used is billed or waits as less than a unit; empty where it is. */
  readonly problems: readonly string[];
}

const REPORTS = ["report.json", "report.csv", "report.html"] as const;

/** Has the verify function verify a window; answers its report, and the report's files by their names. */
export async function verify(
  { account, outputs }: World,
  window: { from: number; to: number },
): Promise<{ report: Report; files: Map<string, Uint8Array> }> {
  const payload = { from: new Date(window.from).toISOString(), to: new Date(window.to).toISOString() };
  const outcome = await account.invoke(outputs.verifyFunctionName, payload);
  if (outcome.status !== "succeeded") throw new Error(`The verify function failed: ${JSON.stringify(outcome)}.`);
  const { files: keys } = outcome.value as { files: Record<string, string> };
  const files = new Map<string, Uint8Array>();
  for (const name of REPORTS) {
    const Key = keys[name.slice("report.".length)];
    const { Body } = await account.clients.s3.send(new GetObjectCommand({ Bucket: outputs.reportBucketName, Key }));
    files.set(name, (await Body?.transformToByteArray()) ?? new Uint8Array());
  }
  return { report: parseReport(new TextDecoder().decode(files.get("report.json"))), files };
}

/** Has the verify function verify a window, and writes its report, the trail's log files and digests, their keys and the submissions to a folder. */
export async function collect(world: World, window: { from: number; to: number }, folder: string): Promise<Result> {
  const { account, outputs } = world;
  const { report, files } = await verify(world, window);
  for (const [name, body] of files) write(join(folder, name), body);
  rmSync(join(folder, "logs"), { recursive: true, force: true });
  for (const { key, body } of await account.readBucket(outputs.logBucketName)) write(join(folder, "logs", key), body);
  write(join(folder, "public-keys.json"), publicKeysFile(world));
  const { statements } = await readWindow(dynamoTable(account.clients.dynamodb, outputs.ledgerTableName), window);
  const lines = statements.flatMap(({ records }) => records.map(submissionLine)).filter((line) => line !== undefined);
  write(join(folder, "submissions.ndjson"), lines.map((line) => `${line}\n`).join(""));

  return { report, billed: world.billed(), problems: problemsOf(report, world.billed()) };
}

/** What keeps the whole from being in order: each a sentence. */
export function problemsOf({ meters, findings, rejected }: Report, billed: readonly Billed[]): string[] {
  const inBooks = Map.groupBy(billed, (line) => meterKey(line));
  const offMeters = meters.flatMap((meter) => {
    const name = `${meter.product} ${meter.dimension} of ${JSON.stringify(meter.buyer)}`;
    const books = sum(
      (inBooks.get(meterKey(meter as unknown as Meter)) ?? []).map(({ quantity }) => parseStoredQuantity(quantity)),
    );
    const differs = books !== parseStoredQuantity(meter.accepted);
    return [
      ...(differs
        ? [`AWS's books hold ${formatQuantity(books)} and the ledger ${meter.accepted} accepted: ${name}.`]
        : []),
      ...(["refused", "expired", "disputed"] as const).flatMap((state) =>
        meter[state] === "0" ? [] : [`${meter[state]} ${state}: ${name}.`],
      ),
      ...(parseStoredQuantity(meter.waiting ?? "0") < UNIT ? [] : [`${meter.waiting} still waiting: ${name}.`]),
    ];
  });
  return [
    ...offMeters,
    ...rejected.map(
      ({ reason, field, count, example }) => `${count} rejected: ${reason}, field ${field}, such as ${example}.`,
    ),
    ...findings.filter(needsSomeone).map(({ kind, message }) => `${kind}: ${message}`),
  ];
}

/** The keys that the trail's digests are signed with, as `aws cloudtrail list-public-keys` prints them. */
function publicKeysFile({ trail, account }: World): string {
  const PublicKeyList = trail.listPublicKeys(0, account.clock.now()).map((key) => ({
    Value: Buffer.from(key.value).toString("base64"),
    ValidityStartTime: new Date(key.validFrom).toISOString(),
    ValidityEndTime: new Date(key.validTo).toISOString(),
    Fingerprint: key.fingerprint,
  }));
  return `${JSON.stringify({ PublicKeyList }, null, 4)}\n`;
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
