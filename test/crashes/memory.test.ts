import assert from "node:assert/strict";
import { randomOf } from "../../sandbox/account/random.ts";
import { ingestBatch } from "../../src/ingest/batch.ts";
import { submitRun } from "../../src/submit/run.ts";
import { MINUTE } from "../../src/usage/instants.ts";
import { verifyEvidence } from "../../src/verify/run.ts";
import { memoryStore, memoryTable, type TableCall } from "../support/memory-table.ts";
import { meteringService, SUBMITTER } from "../support/metering.ts";
import { hour, PRODUCTS } from "../support/usage.ts";
import { type Death, everyChange, everyDeath, type Mortal } from "./deaths.ts";
import { type Begin, ENDING, ORDINARY, type Story, tell } from "./story.ts";

const onError = (error: unknown) => {
  // The answers that the story loses; any other error is a defect.
  if (!(error as Error).message.startsWith("BatchMeterUsage failed for ")) throw error;
};

/** The real functions on a ledger in memory. The first answer of the metering service is lost, and a resend meets `DuplicateRecord`. */
const begin: Begin = async (now, listing) => {
  const random = randomOf("crashes");
  const store = memoryStore();
  const ledger = memoryTable(store);
  const metering = meteringService({ listing, now, random, identicalResend: "DuplicateRecord" });
  metering.inject({ name: "answer-lost" });
  const clock = { now, sleep: async () => {} };
  const tableOf = (process: Mortal) =>
    memoryTable(store, { around: ({ operation }: TableCall, act) => process.around(CHANGES.has(operation), act) });
  return {
    ledger,
    billed: metering.billed,
    close: async () => {},
    async ingest(process, messages) {
      const ingester = { table: tableOf(process), products: PRODUCTS, grace: 15 * MINUTE, onError };
      const fates = await ingestBatch({ ...ingester, onRejected: () => {} }, messages, now());
      return new Set(messages.filter((_, index) => fates[index] === "queued").map(({ messageId }) => messageId));
    },
    submit: (process) =>
      submitRun(
        {
          table: tableOf(process),
          metering: metering.client((act) => process.around(true, act)),
          clock,
          random,
          products: PRODUCTS,
          region: "us-east-1",
          grace: 15 * MINUTE,
          requestsPerSecond: 9.9,
          onError,
        },
        now() + 14 * MINUTE,
      ),
    verify: (process) =>
      verifyEvidence(
        {
          table: tableOf(process),
          products: PRODUCTS,
          logs: { account: "999988887777", region: "us-east-1" },
          submitter: SUBMITTER,
        },
        { events: metering.events(), unreadable: [], objects: 1, bytes: 1 },
        { from: hour(-48), to: hour(24) },
        now(),
      ),
  };
};

const CHANGES: ReadonlySet<string> = new Set(["put", "update"]);

const stories: [string, Story][] = [
  ["ordinary usage", ORDINARY],
  ["an agreement that ends", ENDING],
];

describe("one death of a process, before or after any call, on a ledger in memory", () => {
  for (const [name, story] of stories)
    it(`loses and doubles nothing of ${name}`, async () => {
      const deaths = everyDeath(await tell(story, [], begin));
      assert.ok(deaths.length > 300);
      for (const death of deaths) await told(story, [death]);
    });
});

describe("two deaths, each wherever it can make a difference, on a ledger in memory", () => {
  for (const [name, story] of stories)
    it(`lose and double nothing of ${name}`, async function () {
      this.timeout(120_000);
      let pairs = 0;
      for (const first of everyChange(await tell(story, [], begin))) {
        const seconds = everyChange(await told(story, [first])).filter(({ call }) => call > first.call);
        for (const second of seconds) await told(story, [first, second]);
        pairs += seconds.length;
      }
      assert.ok(pairs > 1_000);
    });
});

/** Tells a story; a failure names the deaths that made it. */
async function told(story: Story, deaths: readonly Death[]) {
  try {
    return await tell(story, deaths, begin);
  } catch (error) {
    throw new Error(`with the deaths ${JSON.stringify(deaths)}: ${(error as Error).message}`, { cause: error });
  }
}
