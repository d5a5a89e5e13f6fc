import assert from "node:assert/strict";
import { MarketplaceMeteringClient } from "@aws-sdk/client-marketplace-metering";
import { create } from "../../src/submit/index.ts";
import { MINUTE } from "../../src/usage/instants.ts";
import { closeAll, seeded } from "../sandbox/metering/support.ts";
import { keptConsole, metricsIn } from "../support/console.ts";
import { functionEnvironment } from "../support/functions.ts";
import { startPipeline } from "../support/pipeline.ts";
import { startDynamo, type TestDynamo } from "../support/table.ts";

describe("the submit function", () => {
  let dynamo: TestDynamo;
  let pipeline: Awaited<ReturnType<typeof startPipeline>>;
  let made: ReturnType<typeof functionEnvironment>;
  before(async () => {
    dynamo = await startDynamo();
  });
  after(() => dynamo.close());
  beforeEach(async () => {
    pipeline = await startPipeline(dynamo);
    made = functionEnvironment(pipeline.tableName);
  });
  afterEach(async () => {
    made.remove();
    await closeAll();
  });
  const start = (changes: Partial<Parameters<typeof create>[0]> = {}) => {
    const { console, lines } = keptConsole();
    const { clock, metering } = pipeline;
    const { environment } = made;
    const handler = create({
      environment,
      clock,
      random: seeded(4),
      console,
      dynamodb: dynamo.client,
      metering,
      ...changes,
    });
    return { handler, lines };
  };
  const remaining = (minutes: number) => ({ getRemainingTimeInMillis: () => minutes * MINUTE });

  it("bills what is due and tells CloudWatch every count of its run, zeros too", async () => {
    await pipeline.use(1, "5.5");
    const { handler, lines } = start();
    const counts = await handler({}, remaining(15));
    const expected = {
      RecordsSealed: 1,
      RecordsAccepted: 1,
      RecordsRefused: 0,
      RecordsExpired: 0,
      RecordsDisputed: 0,
      RecordsPoison: 0,
      ProductsStopped: 0,
      ThrottledCalls: 0,
      FailedCalls: 0,
      RecordsWaiting: 0,
      RecordsNearDeadline: 0,
      OldestUnsentSeconds: 0,
    };
    assert.deepEqual(counts, expected);
    assert.deepEqual(metricsIn(lines), { ...expected, SubmitRuns: 1 });
    const { CloudWatchMetrics } = JSON.parse(lines.find((line) => line.includes("_aws")) as string)._aws;
    const units = Object.fromEntries(
      CloudWatchMetrics[0].Metrics.map((metric: Record<string, string>) => [metric.Name, metric.Unit]),
    );
    assert.deepEqual([units.OldestUnsentSeconds, units.RecordsWaiting], ["Seconds", "Count"]);
    assert.deepEqual(pipeline.bill(), ["l-1 ApiCalls 10 5"]);
  });

  it("logs what went wrong and says in its answer what it came to", async () => {
    await pipeline.use(1, 5);
    pipeline.service.inject({ name: "exception", exception: "ThrottlingException" });
    const { handler, lines } = start();
    assert.equal((await handler({}, remaining(15))).ThrottledCalls, 1);
    assert.ok(lines.some((line) => line.includes("BatchMeterUsage failed for 1 records: ThrottlingException")));
  });

  it("stops a minute before its time limit, and does nothing where less than that is left", async () => {
    await pipeline.use(1, 5);
    for (const minutes of [1, 0.5]) {
      const counts = await start().handler({}, remaining(minutes));
      assert.deepEqual([counts.RecordsSealed, counts.RecordsAccepted], [0, 0]);
    }
    assert.equal((await start().handler({}, remaining(1.1))).RecordsAccepted, 1);
  });

  it("keeps the grace and the pace that it is given", async () => {
    await pipeline.use(1, 5);
    const environment = { ...made.environment, GRACE_MINUTES: "30", REQUESTS_PER_SECOND: "1" };
    const { handler } = start({ environment });
    assert.equal((await handler({}, remaining(15))).RecordsSealed, 0);
    await pipeline.later(10);
    assert.equal((await handler({}, remaining(15))).RecordsSealed, 1);
  });

  it("refuses a client that sends a request again by itself: the second answer would hide the first", async () => {
    for (const maxAttempts of [undefined, 2, 3]) {
      const metering = new MarketplaceMeteringClient({
        endpoint: pipeline.service.endpoint,
        region: "us-east-1",
        credentials: { accessKeyId: "a", secretAccessKey: "b" },
        ...(maxAttempts !== undefined && { maxAttempts }),
      });
      await pipeline.use(1, 5);
      await assert.rejects(start({ metering }).handler({}, remaining(15)), {
        message: "The metering client must be made with maxAttempts 1: an attempt is one HTTP try.",
      });
      metering.destroy();
    }
    assert.deepEqual(await pipeline.states(), ["10 open"]);
  });

  it("does not start with settings that are missing or wrong", () => {
    const refused = (more: Record<string, string>) => () => start({ environment: { ...made.environment, ...more } });
    assert.throws(refused({ AWS_REGION: "" }), /AWS_REGION is not set/);
    assert.throws(refused({ LEDGER_TABLE_NAME: "" }), /LEDGER_TABLE_NAME is not set/);
    assert.throws(refused({ GRACE_MINUTES: "181" }), /GRACE_MINUTES is "181"; it must be a number from 3 to 180/);
    assert.throws(
      refused({ REQUESTS_PER_SECOND: "0" }),
      /REQUESTS_PER_SECOND is "0"; it must be a number from 0\.1 to 1000/,
    );
    assert.throws(refused({ REQUESTS_PER_SECOND: "ten" }), /REQUESTS_PER_SECOND is "ten"/);
  });
});
