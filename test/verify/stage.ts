// The verify function over the real SDK: a table, a trail's bucket, a report bucket, and a clock that moves as it is told.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { accept, writeAttempt } from "../../src/ledger/attempts.ts";
import type { RecordRef } from "../../src/ledger/keys.ts";
import { openRecord, putEvent, readRecord } from "../../src/ledger/records.ts";
import { dynamoTable, type Table } from "../../src/ledger/table.ts";
import { parseReport, type Report } from "../../src/report/report.ts";
import { sealRecord } from "../../src/submit/seal.ts";
import { HOUR, type Instant, MINUTE } from "../../src/usage/instants.ts";
import { parseProducts } from "../../src/usage/products.ts";
import type { Summary } from "../../src/verify/answer.ts";
import type { DaysSummary } from "../../src/verify/days.ts";
import { create } from "../../src/verify/index.ts";
import { startS3, type TestS3 } from "../evidence/bucket.ts";
import { meteringEvent } from "../evidence/events.ts";
import { startDynamo, type TestDynamo } from "../support/table.ts";
import { LICENSED, NOW } from "./cases.ts";

/** What is sold. */
export const PRODUCTS = {
  analytics: { integration: "license", dimensions: { ApiCalls: { price: "0.0002" } } },
  archive: { integration: "productCode", productCode: "4w1v", dimensions: { Gb: {} } },
};

/** What was asked of the trail's bucket. */
interface Asked {
  readonly command: string;
  /** The key, or the prefix of a listing. */
  readonly what: string;
}

/** One verification, deployed. */
export interface Stage {
  readonly table: Table;
  readonly logBucket: string;
  readonly reportBucket: string;
  readonly clock: { now: Instant };
  readonly environment: Record<string, string | undefined>;
  /** What was asked of the trail's bucket since this was emptied last. */
  readonly asked: Asked[];
  /** What happens before each object of the trail's bucket is read. */
  onRead: (key: string) => void;
  /** What happens before each object of the report bucket is written. */
  onWrite: (key: string) => void;
  /** Makes the function, and has it verify a window. */
  verify(window: { readonly from: string; readonly to: string }): Promise<Summary>;
  /** A scheduled run. */
  run(): Promise<DaysSummary>;
  deliver(key: string, file: Uint8Array): Promise<void>;
  /** The report of a day, or of any window by its folder. */
  reportOf(folder: string): Promise<Report>;
  file(key: string): Promise<string>;
  keys(prefix: string): Promise<string[]>;
  /** Removes or replaces an object of the report bucket. */
  remove(key: string): Promise<void>;
  replace(key: string, text: string): Promise<void>;
  /** The metrics of the last run, by name. */
  metrics(): Record<string, number>;
}

export interface Theatre {
  stage(): Promise<Stage>;
  close(): Promise<void>;
}

export async function openTheatre(): Promise<Theatre> {
  const dynamo: TestDynamo = await startDynamo();
  const s3: TestS3 = await startS3();
  const folder = mkdtempSync(join(tmpdir(), "verify-"));
  writeFileSync(join(folder, "products.json"), JSON.stringify(PRODUCTS));
  /** Nobody answers it: without digests nobody asks. */
  const cloudtrail = new CloudTrailClient({ region: "us-east-1", endpoint: "http://127.0.0.1:1" });
  let current: Stage | undefined;
  s3.client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const input = args.input as { Bucket?: string; Key?: string; Prefix?: string };
        if (current && input.Bucket === current.logBucket && commandName !== "PutObjectCommand") {
          current.asked.push({ command: commandName, what: input.Key ?? input.Prefix ?? "" });
          if (input.Key !== undefined) current.onRead(input.Key);
        }
        if (current && input.Bucket === current.reportBucket && commandName === "PutObjectCommand")
          current.onWrite(input.Key ?? "");
        return next(args);
      },
    { step: "initialize" },
  );

  return {
    async stage() {
      const tableName = await dynamo.makeTable();
      const [logBucket, reportBucket] = [await s3.makeBucket(), await s3.makeBucket()];
      const environment: Stage["environment"] = {
        LEDGER_TABLE_NAME: tableName,
        PRODUCTS_FILE: "products.json",
        LAMBDA_TASK_ROOT: folder,
        POWERTOOLS_SERVICE_NAME: "usage",
        POWERTOOLS_METRICS_NAMESPACE: "AWSMarketplaceMetering",
        LOG_BUCKET_NAME: logBucket,
        // Log files made by hand have no digests.
        INTEGRITY: "off",
        ACCOUNT_ID: "999988887777",
        METERING_REGION: "us-east-1",
        REPORT_BUCKET_NAME: reportBucket,
        SUBMITTER_ROLE_ARN: "arn:aws:iam::999988887777:role/metering/submitter",
      };
      let printed: string[] = [];
      const print = (text: string) => printed.push(text);
      const console = { log: print, info: print, warn: print, error: print } as unknown as Console;
      const clock = { now: NOW };
      const read = async (Key: string) => {
        const { Body } = await s3.client.send(new GetObjectCommand({ Bucket: reportBucket, Key }));
        return (await Body?.transformToString()) ?? "";
      };
      async function call(event: unknown): Promise<Summary | DaysSummary> {
        printed = [];
        const verify = create({
          environment,
          console,
          clock: { now: () => clock.now, sleep: () => Promise.resolve() },
          dynamodb: dynamo.client,
          s3: s3.client,
          cloudtrail,
        });
        const ends = clock.now + 15 * MINUTE;
        return verify(event, { getRemainingTimeInMillis: () => ends - clock.now });
      }
      const stage: Stage = {
        table: dynamoTable(dynamo.client, tableName),
        logBucket,
        reportBucket,
        clock,
        environment,
        asked: [],
        onRead: () => {},
        onWrite: () => {},
        async verify(window) {
          const answer = await call(window);
          assert.ok(!("days" in answer));
          return answer;
        },
        async run() {
          const answer = await call({ source: "aws.scheduler" });
          assert.ok("days" in answer);
          return answer;
        },
        deliver: (key, file) => s3.put(logBucket, key, file),
        reportOf: async (day) => parseReport(await read(`reports/${day}/report.json`)),
        file: read,
        async keys(Prefix) {
          const page = await s3.client.send(new ListObjectsV2Command({ Bucket: reportBucket, Prefix }));
          return (page.Contents ?? []).map(({ Key }) => Key as string);
        },
        async remove(Key) {
          await s3.client.send(new DeleteObjectCommand({ Bucket: reportBucket, Key }));
        },
        replace: (key, text) => s3.put(reportBucket, key, new TextEncoder().encode(text)),
        metrics: () => printed.map((text) => JSON.parse(text)).find((line) => "_aws" in line),
      };
      current = stage;
      return stage;
    },
    async close() {
      rmSync(folder, { recursive: true });
      await s3.close();
      await dynamo.close();
    },
  };
}

const METER = { product: "analytics", buyer: LICENSED, dimension: "ApiCalls" };

/** Usage in an hour's last minute, in a record that takes more. */
export async function use({ table }: Stage, hour: Instant, quantity: bigint): Promise<RecordRef> {
  const ref: RecordRef = { meter: METER, hour };
  const time = hour + 59 * MINUTE;
  await openRecord(table, ref, hour + HOUR);
  const event = { ...METER, id: `u-${hour}`, quantity, tags: {} };
  await putEvent(table, ref, { ...event, time: { instant: time, text: new Date(time).toISOString() } }, hour);
  return ref;
}

/** Usage of an hour whose record is sealed: 5 ApiCalls by default. */
export async function seal(stage: Stage, hour: Instant, quantity = 5_000_000_000n): Promise<RecordRef> {
  const ref = await use(stage, hour, quantity);
  const { table } = stage;
  const clock = { now: () => hour + 75 * MINUTE, sleep: () => Promise.resolve() };
  const products = parseProducts(JSON.stringify(PRODUCTS));
  await sealRecord({ table, clock, random: () => (hour % 997) / 997, products, region: "us-east-1" }, ref, undefined);
  return ref;
}

/** Usage of an hour that the ledger holds for accepted: 5 ApiCalls by default, sent 20 minutes after its end. */
export async function bill(stage: Stage, hour: Instant, quantity?: bigint): Promise<void> {
  const { table } = stage;
  const ref = await seal(stage, hour, quantity);
  const record = await readRecord(table, ref);
  assert.ok(record && (await writeAttempt(table, record, "attempt-1", hour + 80 * MINUTE)));
  await accept(table, ref, { token: "attempt-1" }, hour + 80 * MINUTE);
}

/** The event of the call that `bill` sent. */
export function callFor(hour: Instant, quantity = 5): Record<string, unknown> {
  const usageRecord = {
    timestamp: new Date(hour + 59 * MINUTE).toISOString(),
    customerAWSAccountId: LICENSED.accountId,
    licenseArn: LICENSED.licenseArn,
    dimension: "ApiCalls",
    quantity,
  };
  return meteringEvent({
    eventID: `e-${hour}-${quantity}`,
    eventTime: new Date(hour + 80 * MINUTE).toISOString(),
    requestParameters: { usageRecords: [usageRecord] },
    responseElements: { results: [{ usageRecord, meteringRecordId: "m-1", status: "Success" }] },
  });
}
