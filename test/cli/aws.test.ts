import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { accept, writeAttempt } from "../../src/ledger/attempts.ts";
import { openRecord, putEvent, readRecord } from "../../src/ledger/records.ts";
import { dynamoTable } from "../../src/ledger/table.ts";
import { sealRecord } from "../../src/submit/seal.ts";
import { parseProducts } from "../../src/usage/products.ts";
import { UNIT } from "../../src/usage/quantity.ts";
import { startS3, type TestS3 } from "../evidence/bucket.ts";
import { logFile } from "../evidence/events.ts";
import { startDynamo, type TestDynamo } from "../support/table.ts";
import {
  call,
  cli,
  KEY,
  kindsOf,
  logs,
  makeFolders,
  ndjson,
  reportOf,
  row,
  usageRecord,
  WINDOW,
  writeFiles,
} from "./support.ts";

const CREDENTIALS = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
const endpointOf = async ({ client }: { client: { config: { endpoint?: unknown } } }): Promise<string> => {
  const { protocol, hostname, port } = await (client.config.endpoint as () => Promise<URL>)();
  return `${protocol}//${hostname}:${port}`;
};

describe("verify and export against AWS", function () {
  this.timeout(60_000);
  const folders = makeFolders();
  const folder = folders.make();
  let s3: TestS3;
  let dynamo: TestDynamo;
  let environment: Record<string, string>;
  before(async () => {
    s3 = await startS3();
    dynamo = await startDynamo();
    environment = {
      ...CREDENTIALS,
      AWS_ENDPOINT_URL_S3: (await endpointOf(s3)).replace("localhost", "127.0.0.1"),
      AWS_ENDPOINT_URL_DYNAMODB: await endpointOf(dynamo),
    };
    writeFiles(folder, { "s.ndjson": ndjson(row()) });
    writeFiles(join(folder, "logs"), logs());
  });
  after(async () => {
    folders.remove();
    await s3.close();
    await dynamo.close();
  });

  const verify = (logsFrom: string, submissions = join(folder, "s.ndjson")) =>
    cli(
      ["verify", "--logs", logsFrom, "--submissions", submissions, ...WINDOW, "--integrity", "off", "--format", "json"],
      { environment },
    );

  it("reads a bucket with and without its prefix, which it finds by itself", async () => {
    const bucket = await s3.makeBucket();
    await s3.put(bucket, `audit/trail/${KEY}`, logFile(call([usageRecord()])));
    await s3.put(bucket, "audit/trail/AWSLogs/999988887777/CloudTrail-Digest/x", Buffer.from("x"));
    for (const prefix of ["", "/audit/trail/", "/audit", `/audit/trail/${KEY.slice(0, 20)}`]) {
      const ran = await verify(`s3://${bucket}${prefix}`);
      assert.deepEqual(kindsOf(ran), [1], `${prefix} ${ran.stderr}`);
      assert.deepEqual(reportOf(ran).evidence.objects, 1);
    }
    const empty = await verify(`s3://${bucket}/other`);
    assert.equal(empty.status, 2);
    assert.match(
      empty.stderr,
      /--logs s3:\/\/bucket-0\/other\/: has no log files .* give the trail's bucket and prefix/,
    );
  });

  it("names what AWS refuses, and ends with 2", async () => {
    const bucket = await verify("s3://no-such-bucket");
    assert.equal(bucket.status, 2);
    assert.match(bucket.stderr, /--logs s3:\/\/no-such-bucket\/: AWS did not answer it \(NoSuchBucket: /);
    const table = await verify(join(folder, "logs"), "table:no-such-table");
    assert.equal(table.status, 2);
    assert.match(
      table.stderr,
      /--submissions table:no-such-table: AWS did not answer it \(ResourceNotFoundException: /,
    );
    assert.equal(table.stdout, "");
  });

  it("says that no Region is set, where none is", async () => {
    const bare = { AWS_CONFIG_FILE: "/none", AWS_SHARED_CREDENTIALS_FILE: "/none", AWS_REGION: undefined };
    const ran = await cli(["export", "--table", "ledger", ...WINDOW], { environment: bare });
    assert.equal(ran.status, 2);
    assert.match(ran.stderr, /^--table ledger: no AWS Region is set; set AWS_REGION\.$/m);
  });

  it("verifies a ledger without changing it, and exports it in the format that verify reads", async () => {
    const tableName = await dynamo.makeTable();
    const table = dynamoTable(dynamo.client, tableName);
    const products = { archive: { integration: "productCode", productCode: "4w1v", dimensions: { Gb: {} } } };
    const buyer = { customerIdentifier: "c-1" };
    const meter = { product: "archive", buyer, dimension: "Gb" };
    const refs = ["10", "11", "12"].map((hour) => ({ meter, hour: Date.parse(`2025-03-10T${hour}:00:00Z`) }));
    for (const [index, ref] of refs.entries()) {
      const time = { instant: ref.hour + 60_000, text: "" };
      const clock = { now: () => ref.hour + 4_500_000, sleep: () => Promise.resolve() };
      await openRecord(table, ref, ref.hour + 3_600_000);
      await putEvent(table, ref, { ...meter, id: `u-${index}`, quantity: 5n * UNIT, time, tags: {} }, ref.hour);
      const submitter = {
        table,
        clock,
        processors: 1,
        random: () => 0.5,
        products: parseProducts(JSON.stringify(products)),
        region: "us-east-1",
      };
      await sealRecord(submitter, ref, undefined);
    }
    const [first, second, third] = refs as [(typeof refs)[0], (typeof refs)[0], (typeof refs)[0]];
    for (const ref of [first, second]) {
      const record = await readRecord(table, ref);
      assert.ok(record && (await writeAttempt(table, record, "attempt", ref.hour + 4_600_000)));
    }
    await accept(table, first, { token: "attempt" }, first.hour + 4_600_000);
    const seen = ["Mar 10, 2025 10:01:00 AM", "Mar 10, 2025 12:01:00 PM"].map((timestamp) => ({
      timestamp,
      ...buyer,
      dimension: "Gb",
      quantity: 5,
    }));
    const event = call(seen, { requestParameters: { productCode: "4w1v", usageRecords: seen } });
    writeFiles(join(folder, "ledger-logs"), { [KEY]: logFile(event) });
    const ran = await verify(join(folder, "ledger-logs"), `table:${tableName}`);
    // CloudTrail shows the third as taken, which the ledger holds for waiting; the second still waits past its deadline.
    assert.deepEqual(kindsOf(ran), [2, "missing"], ran.stderr);
    assert.equal((await readRecord(table, third))?.state, "sealed");
    const [reported] = reportOf(ran).meters;
    assert.deepEqual(reported, {
      ...meter,
      opening: "0",
      used: "15",
      accepted: "5",
      refused: "0",
      expired: "0",
      disputed: "0",
      waiting: "10",
    });

    const exported = await cli(["export", "--table", tableName, "--from", "2025-03-01", "--to", "2025-03-20"], {
      environment,
    });
    assert.equal(exported.status, 0, exported.stderr);
    assert.match(exported.stderr, /Exported 3 submissions of ledger-/);
    const line = { region: "us-east-1", productCode: "4w1v", ...buyer, dimension: "Gb" };
    assert.deepEqual(
      exported.stdout
        .trim()
        .split("\n")
        .map((each) => JSON.parse(each)),
      ["10", "11", "12"].map((hour, index) => ({
        ...line,
        timestamp: `2025-03-10T${hour}:01:00Z`,
        quantity: "5",
        status: index === 0 ? "accepted" : "sealed",
      })),
    );
    writeFiles(folder, { "exported.ndjson": exported.stdout });
    assert.deepEqual(kindsOf(await verify(join(folder, "ledger-logs"), join(folder, "exported.ndjson"))), [
      2,
      "missing",
    ]);
  });

  it("looks events up, page by page, in the Region that is named", async () => {
    const now = Math.floor(Date.now() / 3_600_000) * 3_600_000;
    const iso = (instant: number) => new Date(instant).toISOString();
    const hour = now - 48 * 3_600_000;
    const event = (id: string, dimension: string) => ({
      EventId: id,
      EventTime: (hour + 3_600_000) / 1000,
      CloudTrailEvent: JSON.stringify(
        call([usageRecord({ timestamp: iso(hour), dimension })], { eventID: id, eventTime: iso(hour + 3_600_000) }),
      ),
    });
    const api = await startLookup([
      [event("e-1", "A")],
      [],
      [event("e-2", "B"), { EventId: "e-3", CloudTrailEvent: "{" }],
    ]);
    try {
      const rows = ["A", "B"].map((dimension) => row({ timestamp: iso(hour), dimension }));
      writeFiles(folder, { "recent.ndjson": ndjson(...rows, row({ timestamp: iso(hour), region: "us-west-2" })) });
      const from = ["--from", iso(hour), "--to", iso(hour + 3_600_000)];
      const ran = await cli(
        ["verify", "--logs", "lookup-events:us-east-1", "--submissions", join(folder, "recent.ndjson"), ...from].concat(
          ["--integrity", "off", "--format", "json"],
        ),
        { environment: { ...CREDENTIALS, AWS_ENDPOINT_URL_CLOUDTRAIL: api.endpoint } },
      );
      assert.deepEqual(kindsOf(ran), [2, "integrity", "unverifiable"], ran.stderr);
      assert.deepEqual(reportOf(ran).findings[0]?.objects, ["lookup-events:us-east-1/e-3"]);
      assert.equal(reportOf(ran).findings[1]?.reason, "no log file of us-west-2 was read");
      assert.match(
        ran.stderr,
        /LookupEvents reaches back 90 days, in one Region, and shows some calls only minutes after/,
      );
      assert.deepEqual(
        api.asked.map(({ NextToken, MaxResults }) => [NextToken, MaxResults]),
        [
          [undefined, 50],
          ["1", 50],
          ["2", 50],
        ],
      );
      assert.deepEqual(api.asked[0]?.LookupAttributes, [
        { AttributeKey: "EventName", AttributeValue: "BatchMeterUsage" },
      ]);
    } finally {
      await api.close();
    }
  });
});

interface Asked {
  readonly NextToken?: string;
  readonly MaxResults?: number;
  readonly LookupAttributes?: unknown;
}

/** CloudTrail's API, as far as LookupEvents goes: answers these pages of events. */
async function startLookup(pages: readonly (readonly object[])[]) {
  const asked: Asked[] = [];
  const server: Server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await Array.fromAsync(request)).toString()) as Asked;
    asked.push(body);
    const page = Number(body.NextToken ?? 0);
    response.setHeader("content-type", "application/x-amz-json-1.1");
    response.end(
      JSON.stringify({ Events: pages[page], ...(page + 1 < pages.length ? { NextToken: `${page + 1}` } : {}) }),
    );
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    asked,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((closed) => server.close(closed).closeAllConnections()),
  };
}
