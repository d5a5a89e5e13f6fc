import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import type { SQSEvent, SQSRecord } from "aws-lambda";
import { create } from "../../src/ingest/index.ts";
import { openRecord, readEvents } from "../../src/ledger/records.ts";
import { readWindow } from "../../src/ledger/statement.ts";
import { dynamoTable, type Table } from "../../src/ledger/table.ts";
import { MINUTE } from "../../src/usage/instants.ts";
import { clientThrough, dyingClient } from "../support/broken.ts";
import { keptConsole, metricsIn } from "../support/console.ts";
import { functionEnvironment } from "../support/functions.ts";
import { refOf, sealHour } from "../support/ledger.ts";
import { startDynamo, type TestDynamo } from "../support/table.ts";
import { customer, eventBody, hour, units } from "../support/usage.ts";

/** A message of the queue: `n` names it, `received` counts its deliveries. */
const message = (n: number, body: string, received = 1): SQSRecord =>
  ({
    messageId: `message-${n}`,
    receiptHandle: `receipt-${n}-${received}`,
    body,
    attributes: { ApproximateReceiveCount: `${received}` },
  }) as SQSRecord;
const none = { EventsCounted: 0, EventsExpired: 0, EventsRejected: 0, EventsQueued: 0 };

describe("the ingest function", () => {
  let dynamo: TestDynamo;
  let tableName: string;
  let table: Table;
  let now: number;
  let cleanUp: () => void;
  let environment: Parameters<typeof create>[0]["environment"];
  before(async () => {
    dynamo = await startDynamo();
  });
  after(() => dynamo.close());
  const emptyLedger = async () => {
    tableName = await dynamo.makeTable();
    table = dynamoTable(dynamo.client, tableName);
    environment = { ...environment, LEDGER_TABLE_NAME: tableName };
  };
  beforeEach(async () => {
    const made = functionEnvironment("");
    ({ environment } = made);
    cleanUp = made.remove;
    await emptyLedger();
    now = hour(10) + 6 * MINUTE;
  });
  afterEach(() => cleanUp());

  /** Delivers a batch; answers the numbers of the messages that stay queued, the metrics and the lines written. */
  async function deliver(records: SQSRecord[], client = dynamo.client) {
    const { console, lines } = keptConsole();
    const clock = { now: () => now, sleep: async () => {} };
    const answer = await create({ environment, clock, console, dynamodb: client })({ Records: records } as SQSEvent);
    const queued = answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier.slice("message-".length));
    return { queued, metrics: metricsIn(lines), lines };
  }
  const window = () => readWindow(table, { from: hour(0), to: hour(48) });
  const used = async () => (await window()).statements.map(({ sums }) => sums.used);
  const rejected = async () =>
    (await window()).rejected.map(({ reason, field, count, example }) => [reason, field, count, example]);
  const throttled = () =>
    Object.assign(new Error("throttled"), { name: "ProvisionedThroughputExceededException", $fault: "client" });

  it("counts usage events and says so in metrics that CloudWatch reads", async () => {
    const { queued, metrics, lines } = await deliver([message(1, eventBody()), message(2, eventBody({ id: "evt-2" }))]);
    assert.deepEqual([queued, metrics], [[], { ...none, EventsCounted: 2 }]);
    const entry = JSON.parse(lines.find((line) => line.includes("_aws")) as string);
    assert.equal(entry._aws.CloudWatchMetrics[0].Namespace, "AWSMarketplaceMetering");
    assert.deepEqual(entry._aws.CloudWatchMetrics[0].Dimensions, [["service"]]);
    assert.equal(entry.service, "pipeline");
    assert.deepEqual(await used(), [units("10")]);
  });

  it("keeps each message that cannot be metered as one rejection that names the field, however often it is delivered", async () => {
    const wrong: [string, string, string][] = [
      [eventBody({ id: "a", product: "nothing" }), "unknown-product", "product"],
      [eventBody({ id: "b", dimension: "nothing" }), "unknown-dimension", "dimension"],
      [eventBody({ id: "c", buyer: customer() }), "wrong-integration", "buyer"],
      [eventBody({ id: "d", quantity: -1 }), "invalid", "quantity"],
      [eventBody({ id: "e", time: "2026-11-23T10:05:00" }), "invalid", "time"],
      [eventBody({ id: "f", time: "2026-11-23T10:11:01Z" }), "in-the-future", "time"],
      [eventBody({ id: "g", tags: { Team: "ü" } }), "invalid", "tags.Team"],
      [eventBody({ id: "h", colour: "red" }), "unknown-field", "colour"],
      ["not JSON", "not-json", "body"],
      [eventBody({ id: "i", [`${"x".repeat(600_000)}`]: 1 }), "unknown-field", `${"x".repeat(197)}...`],
    ];
    const batch = (received: number) => wrong.map(([body], n) => message(n, body, received));
    assert.deepEqual((await deliver(batch(1))).metrics, { ...none, EventsRejected: wrong.length });
    for (const received of [2, 3]) {
      const again = await deliver(batch(received));
      assert.deepEqual([again.queued, again.metrics], [[], none]);
    }
    // The same bodies as messages of their own, twice in one batch.
    const anew = [...wrong, ...wrong].map(([body], n) => message(100 + n, body));
    assert.deepEqual((await deliver(anew)).metrics, none);
    assert.deepEqual(
      (await rejected()).map(([reason, field, count]) => [reason, field, count]).sort(),
      wrong.map(([, reason, field]) => [reason, field, 1]).sort(),
    );
    assert.deepEqual((await window()).statements, []);
  });

  it("counts a rejection once where its content comes twice in one batch", async () => {
    const { metrics } = await deliver([1, 2, 3].map((n) => message(n, "not JSON")));
    assert.deepEqual(metrics, { ...none, EventsRejected: 1 });
  });

  it("rejects the same id with other content, once, and lets the first stand", async () => {
    const conflict = eventBody({ quantity: 6 });
    const first = await deliver([message(1, eventBody()), message(2, conflict)]);
    assert.deepEqual(first.metrics, { ...none, EventsCounted: 1, EventsRejected: 1 });
    const again = await deliver([message(2, conflict, 2), message(3, conflict), message(1, eventBody(), 2)]);
    assert.deepEqual([again.queued, again.metrics], [[], { ...none, EventsCounted: 1 }]);
    assert.deepEqual(await rejected(), [["conflict", "id", 1, "evt-1"]]);
    assert.deepEqual(await used(), [units("5")]);
  });

  it("gives a licence to the first product that names it and rejects it for another", async () => {
    const product = { integration: "license", dimensions: { ApiCalls: {} } };
    writeFileSync(`${environment.LAMBDA_TASK_ROOT}/products.json`, JSON.stringify({ a: product, b: product }));
    await deliver([message(1, eventBody({ product: "a" }))]);
    const { metrics } = await deliver([
      message(2, eventBody({ product: "b" })),
      message(3, eventBody({ product: "a", id: "x" })),
    ]);
    assert.deepEqual(metrics, { ...none, EventsCounted: 1, EventsRejected: 1 });
    assert.deepEqual(await rejected(), [["license-of-another-product", "buyer.licenseArn", 1, "evt-1"]]);
    assert.deepEqual(await used(), [units("10")]);
  });

  it("does not judge a rejected message anew when it is delivered again, and does so for one that is sent anew", async () => {
    const early = eventBody({ time: "2026-11-23T10:20:00Z" });
    assert.deepEqual((await deliver([message(1, early)])).metrics, { ...none, EventsRejected: 1 });
    now = hour(10) + 30 * MINUTE;
    assert.deepEqual((await deliver([message(1, early, 2)])).metrics, none);
    assert.deepEqual(await used(), []);
    assert.deepEqual((await deliver([message(2, early)])).metrics, { ...none, EventsCounted: 1 });
    assert.deepEqual(await used(), [units("5")]);
  });

  it("does not take a message for rejected because another with its content was", async () => {
    const early = eventBody({ time: "2026-11-23T10:20:00Z" });
    await deliver([message(1, early)]);
    now = hour(10) + 30 * MINUTE;
    const broken = clientThrough(dynamo.client, async (call, command, input) => {
      if (command === "PutItemCommand" && `${(input.Item as { sk: { S: string } }).sk.S}`.startsWith("event#"))
        throw throttled();
      return call();
    });
    assert.deepEqual((await deliver([message(2, early)], broken)).queued, ["2"]);
    assert.deepEqual((await deliver([message(2, early, 2)])).metrics, { ...none, EventsCounted: 1 });
    assert.deepEqual(await used(), [units("5")]);
  });

  it("counts expired events once, and keeps their quantity", async () => {
    now = hour(40);
    const late = [message(1, eventBody()), message(2, eventBody())];
    assert.deepEqual((await deliver(late)).metrics, { ...none, EventsExpired: 1 });
    assert.deepEqual((await deliver([message(1, eventBody(), 2)])).metrics, none);
    assert.deepEqual(
      (await window()).statements.map(({ sums }) => sums.expired),
      [units("5")],
    );
  });

  it("tells of an expired event and of a rejection also where the first answer to writing them was lost", async () => {
    now = hour(40);
    const lossy = clientThrough(dynamo.client, async (call, command) => {
      if (command === "PutItemCommand") await call();
      return call();
    });
    const { metrics } = await deliver([message(1, eventBody()), message(2, "not JSON")], lossy);
    assert.deepEqual(metrics, { ...none, EventsExpired: 1, EventsRejected: 1 });
  });

  it("leaves queued what cannot be written or judged, and nothing else, and never rejects it", async () => {
    const broken = clientThrough(dynamo.client, async (call, _command, input) => {
      if (JSON.stringify(input).includes("evt-2")) throw throttled();
      return call();
    });
    const batch = [1, 2, 3].map((n) => message(n, eventBody({ id: `evt-${n}` })));
    const { queued, metrics, lines } = await deliver(batch, broken);
    assert.deepEqual([queued, metrics], [["2"], { ...none, EventsCounted: 2, EventsQueued: 1 }]);
    assert.ok(lines.some((line) => line.includes("throttled")));
    assert.deepEqual(await rejected(), []);
    assert.deepEqual((await deliver([message(2, eventBody({ id: "evt-2" }), 2)])).queued, []);
    assert.deepEqual(await used(), [units("15")]);
  });

  it("leaves a whole batch queued where the table does not answer at all, rejections and conflicts too", async () => {
    await deliver([message(1, eventBody())]);
    const batch = [message(2, "not JSON"), message(3, eventBody({ quantity: 6 })), message(4, eventBody({ id: "x" }))];
    const dead = clientThrough(dynamo.client, async () => {
      throw throttled();
    });
    assert.deepEqual((await deliver(batch, dead)).queued, ["2", "3", "4"]);
    const noRejections = clientThrough(dynamo.client, async (call, _command, input) => {
      if (JSON.stringify(input).includes('"R#')) throw throttled();
      return call();
    });
    const { queued, metrics } = await deliver(batch, noRejections);
    assert.deepEqual([queued, metrics], [["2", "3"], { ...none, EventsCounted: 1, EventsQueued: 2 }]);
    assert.deepEqual(await rejected(), []);
    assert.deepEqual((await deliver(batch)).metrics, { ...none, EventsCounted: 1, EventsRejected: 2 });
  });

  it("leaves an event queued while its hour is being sealed", async () => {
    await openRecord(table, refOf(10), hour(11));
    await deliver([message(1, eventBody())]);
    await sealHour(table, refOf(10), { ids: (await readEvents(table, refOf(10))).map(({ id }) => id) });
    now = hour(11) + 20 * MINUTE;
    const { queued, metrics } = await deliver([message(1, eventBody(), 2), message(2, eventBody({ id: "late" }))]);
    assert.deepEqual([queued, metrics], [[], { ...none, EventsCounted: 2 }]);
  });

  it("counts every event once where the process dies after any write and the messages come again", async () => {
    for (let nth = 1; ; nth++) {
      await emptyLedger();
      const batch = (received: number) => [
        message(1, eventBody(), received),
        message(2, eventBody({ id: "evt-2", quantity: "0.5" }), received),
        message(3, eventBody({ quantity: 6 }), received),
        message(4, "not JSON", received),
        message(5, eventBody({ id: "evt-5", time: "2026-11-22T09:00:00Z" }), received),
      ];
      const { client, process } = dyingClient(dynamo.client, nth, "after", ["PutItemCommand", "UpdateItemCommand"]);
      await deliver(batch(1), client);
      await deliver(batch(2));
      const { statements } = await window();
      assert.deepEqual(
        statements.map(({ sums }) => sums.used),
        [units("5.5")],
        `died after write ${nth}`,
      );
      assert.equal((await rejected()).length, 2);
      if (process.calls < nth) break;
    }
  }).timeout(60_000);

  it("does not start with settings that are missing or wrong", async () => {
    const start = (more: Record<string, string>) => () =>
      create({
        environment: { ...environment, ...more },
        clock: { now: () => now, sleep: async () => {} },
        console,
        dynamodb: dynamo.client,
      });
    assert.throws(start({ LEDGER_TABLE_NAME: "" }), /LEDGER_TABLE_NAME is not set/);
    assert.throws(
      start({ PRODUCTS_FILE: "nowhere.json" }),
      /PRODUCTS_FILE names .*nowhere\.json, which cannot be read/,
    );
    assert.throws(start({ GRACE_MINUTES: "2" }), /GRACE_MINUTES is "2"; it must be a number from 3 to 180/);
    assert.throws(start({ POWERTOOLS_SERVICE_NAME: "" }), /POWERTOOLS_SERVICE_NAME is not set/);
  });
});
