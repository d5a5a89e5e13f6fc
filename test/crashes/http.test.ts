import assert from "node:assert/strict";
import type { Context, SQSEvent } from "aws-lambda";
import { randomOf } from "../../sandbox/account/random.ts";
import { create as createIngest } from "../../src/ingest/index.ts";
import { dynamoTable } from "../../src/ledger/table.ts";
import { create as createSubmit } from "../../src/submit/index.ts";
import { MINUTE } from "../../src/usage/instants.ts";
import { verifyEvidence } from "../../src/verify/run.ts";
import { client, closeAll, metering, sellerRole } from "../sandbox/metering/support.ts";
import { clientThrough } from "../support/broken.ts";
import { keptConsole } from "../support/console.ts";
import { functionEnvironment } from "../support/functions.ts";
import { asLogged } from "../support/metering.ts";
import { callingThrough } from "../support/pipeline.ts";
import { startDynamo, type TestDynamo } from "../support/table.ts";
import { hour, PRODUCTS } from "../support/usage.ts";
import { everyChange, type Mortal } from "./deaths.ts";
import { type Begin, ORDINARY, tell } from "./story.ts";

/**
 * The functions as Lambda calls them, over HTTP, with DynamoDB and the sandbox's metering service. To die at a call that only reads leaves what
 * dying after the change before it leaves: the deaths at every such call are tried in memory.
 */
describe("one death of a process, before or after any call that changes something, over HTTP", () => {
  let dynamo: TestDynamo;
  before(async () => {
    dynamo = await startDynamo();
  });
  after(() => dynamo.close());

  it("loses and doubles nothing", async function () {
    this.timeout(300_000);
    const calls = await tell(ORDINARY, [], begin);
    const deaths = everyChange(calls);
    assert.ok(calls.some(({ changes }) => !changes));
    assert.ok(deaths.length > 60);
    for (const death of deaths)
      await tell(ORDINARY, [death], begin).catch((error) => {
        throw new Error(`with a death ${JSON.stringify(death)}: ${error.message}`, { cause: error });
      });
  });

  const begin: Begin = async (now, listing) => {
    const random = randomOf("crashes");
    const events: ReturnType<typeof asLogged>[] = [];
    const clock = { now, sleep: async () => {} };
    const { service } = await metering({
      listing,
      clock,
      identicalResend: "DuplicateRecord",
      onCall: (call) => events.push(asLogged(call, random)),
    });
    service.inject({ name: "answer-lost" });
    const tableName = await dynamo.makeTable();
    const { environment, remove } = functionEnvironment(tableName);
    const common = { environment, clock, random, console: keptConsole().console };
    const calling = client(service);
    const through = (process: Mortal) =>
      clientThrough(dynamo.client, (call, command) => process.around(CHANGES.has(command), call));
    return {
      ledger: dynamoTable(dynamo.client, tableName),
      billed: service.billed,
      async ingest(process, messages) {
        const Records = messages.map(({ body, messageId, delivery, deliveries }) => ({
          body,
          messageId,
          receiptHandle: delivery,
          attributes: { ApproximateReceiveCount: `${deliveries}` },
        }));
        const ingest = createIngest({ ...common, dynamodb: through(process) });
        const { batchItemFailures } = await ingest({ Records } as SQSEvent);
        return new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      },
      submit(process) {
        const around = <T>(call: () => Promise<T>) => process.around(true, call);
        const submit = createSubmit({
          ...common,
          dynamodb: through(process),
          metering: callingThrough(calling, around),
        });
        return submit({}, { getRemainingTimeInMillis: () => 15 * MINUTE } as Context);
      },
      verify: (process) =>
        verifyEvidence(
          {
            table: dynamoTable(through(process), tableName),
            products: PRODUCTS,
            logs: { account: "999988887777", region: "us-east-1" },
            submitter: sellerRole,
          },
          { events, unreadable: [], objects: 1, bytes: 1 },
          { from: hour(-48), to: hour(24) },
          now(),
        ),
      async close() {
        remove();
        await closeAll();
      },
    };
  };
});

const CHANGES: ReadonlySet<string> = new Set(["PutItemCommand", "UpdateItemCommand"]);
