import { deepEqual, equal, rejects } from "node:assert/strict";
import { ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import type { Account } from "../../../sandbox/account/account.ts";
import { inAccount, iso, load, makeFunction, ms } from "./support.ts";

/** Logs each batch; says of bodies that begin with "bad" that they failed, of "throw" nothing any more, of "odd" what is no answer. */
const source = `export const create = ({ console, clock }) => async ({ Records }) => {
  console.log(JSON.stringify(Records.map(({ body }) => body)));
  const bodies = Records.map(({ body }) => body);
  if (bodies.includes("show")) console.log(JSON.stringify(Records[0]));
  if (bodies.includes("throw")) throw new Error("broken");
  if (bodies.includes("slow")) await clock.sleep(20_000);
  if (bodies.includes("odd")) return { batchItemFailures: [{ itemIdentifier: "unknown" }] };
  return { batchItemFailures: Records.filter(({ body }) => body.startsWith("bad")).map(({ messageId }) => ({ itemIdentifier: messageId })) };
};`;

async function deployQueue(
  account: Account,
  { mapping = {}, maxReceiveCount = 3, visibilityTimeoutSeconds = 180, actions = ["sqs:*"] } = {},
) {
  const outputs = await account.deploy(async () => {
    const { aws, pulumi } = await load();
    const deadLetters = new aws.sqs.Queue("dead");
    const queue = new aws.sqs.Queue("usage", {
      visibilityTimeoutSeconds,
      redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount }),
    });
    const statements = [{ Effect: "Allow" as const, Action: actions, Resource: queue.arn }];
    const { lambda } = makeFunction("reader", source, { aws, pulumi, statements });
    new aws.lambda.EventSourceMapping("reader", {
      eventSourceArn: queue.arn,
      functionName: lambda.arn,
      batchSize: 12,
      maximumBatchingWindowInSeconds: 5,
      functionResponseTypes: ["ReportBatchItemFailures"],
      ...mapping,
    });
    return { queue: queue.url, deadLetters: deadLetters.url };
  });
  return outputs as { queue: string; deadLetters: string };
}

/** Each batch with the time it came at. */
const batches = ({ logs }: Account) =>
  logs
    .filter(({ line }) => line.startsWith("["))
    .map(({ time, line }) => [iso(time).slice(11, 19), ...(JSON.parse(line) as string[])]);

describe("an event source mapping", () => {
  it("waits out its batching window, and takes everything sent meanwhile as one batch", () =>
    inAccount(async (account) => {
      const { queue } = await deployQueue(account);
      await account.send(queue, ["a"]);
      await account.runUntil(ms("2026-11-23T10:00:03Z"));
      await account.send(queue, ["b", "c"]);
      await account.runUntil(ms("2026-11-23T11:00:00Z"));
      deepEqual(batches(account), [["10:00:05", "a", "b", "c"]]);
      deepEqual(await account.queueSize(queue), { visible: 0, inFlight: 0 });
    }));

  it("does not wait with a full batch, and goes on with what is left", () =>
    inAccount(async (account) => {
      const { queue } = await deployQueue(account);
      const bodies = Array.from({ length: 30 }, (_, index) => `m${index}`);
      await account.send(queue, bodies);
      await account.runUntil(ms("2026-11-23T11:00:00Z"));
      deepEqual(batches(account), [
        ["10:00:00", ...bodies.slice(0, 12)],
        ["10:00:00", ...bodies.slice(12, 24)],
        ["10:00:00", ...bodies.slice(24)],
      ]);
    }));

  it("notices messages of any client, and hands over what a record holds, its times in virtual time", () =>
    inAccount(async (account) => {
      const { queue } = await deployQueue(account);
      await account.runUntil(ms("2026-11-23T10:30:00Z"));
      const MessageAttributes = { kind: { DataType: "String", StringValue: "usage" } };
      const { MessageId } = await account.clients.sqs.send(
        new SendMessageCommand({ QueueUrl: queue, MessageBody: "show", MessageAttributes }),
      );
      await account.runUntil(ms("2026-11-23T11:00:00Z"));
      deepEqual(batches(account), [["10:30:05", "show"]]);
      const { receiptHandle, md5OfBody, attributes, ...record } = JSON.parse(account.logs.at(-1)?.line ?? "");
      deepEqual(record, {
        messageId: MessageId,
        body: "show",
        messageAttributes: { kind: { dataType: "String", stringValue: "usage" } },
        eventSource: "aws:sqs",
        eventSourceARN: account.state.mappings[0]?.queueArn,
        awsRegion: "us-east-1",
      });
      equal(attributes.SentTimestamp, String(ms("2026-11-23T10:30:00Z")));
      equal(attributes.ApproximateReceiveCount, "1");
      deepEqual([typeof receiptHandle, md5OfBody], ["string", "a7dd12b1dab17d25467b0b0a4c8d4a92"]);
    }));

  it("brings back only what failed, when its visibility timeout has passed in virtual time, until it is dead", () =>
    inAccount(async (account) => {
      const { queue, deadLetters } = await deployQueue(account);
      await account.send(queue, ["good", "bad"]);
      await account.runUntil(ms("2026-11-23T10:01:00Z"));
      deepEqual(await account.queueSize(queue), { visible: 0, inFlight: 1 });
      await account.runUntil(ms("2026-11-23T12:00:00Z"));
      deepEqual(batches(account), [
        ["10:00:05", "good", "bad"],
        ["10:03:10", "bad"],
        ["10:06:15", "bad"],
      ]);
      deepEqual(await account.queueSize(queue), { visible: 0, inFlight: 0 });
      const { Messages = [] } = await account.clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: deadLetters }));
      deepEqual(
        Messages.map(({ Body }) => Body),
        ["bad"],
      );
    }));

  for (const body of ["throw", "odd"]) {
    it(`brings back the whole batch when the function ${body === "throw" ? "fails" : "names a message that is not in it"}`, () =>
      inAccount(async (account) => {
        const { queue } = await deployQueue(account, { maxReceiveCount: 2 });
        await account.send(queue, ["good", body]);
        await account.runUntil(ms("2026-11-23T10:04:00Z"));
        deepEqual(batches(account), [
          ["10:00:05", "good", body],
          ["10:03:10", "good", body],
        ]);
      }));
  }

  it("takes no answer for failure where the function is not asked for one", () =>
    inAccount(async (account) => {
      const { queue } = await deployQueue(account, { mapping: { functionResponseTypes: [] } });
      await account.send(queue, ["bad"]);
      await account.runUntil(ms("2026-11-23T11:00:00Z"));
      deepEqual(batches(account), [["10:00:05", "bad"]]);
    }));

  it("has one batch under way at a time, and takes what came meanwhile afterwards", () =>
    inAccount(async (account) => {
      const { queue } = await deployQueue(account);
      await account.send(queue, ["slow"]);
      await account.runUntil(ms("2026-11-23T10:00:10Z"));
      await account.send(queue, ["next"]);
      await account.runUntil(ms("2026-11-23T11:00:00Z"));
      deepEqual(batches(account), [
        ["10:00:05", "slow"],
        ["10:00:30", "next"],
      ]);
    }));

  it("is refused when the function's role may not read the queue", () =>
    inAccount(async (account) => {
      await rejects(deployQueue(account, { actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage"] }), {
        name: "AccessDenied",
        message:
          /is not authorized to perform: sqs:GetQueueAttributes on resource: arn:aws:sqs:us-east-1:123456789012:usage-[0-9a-f]{7} because/,
      });
    }));

  it("is refused when messages would come back before the function's time limit", () =>
    inAccount(async (account) => {
      await rejects(deployQueue(account, { visibilityTimeoutSeconds: 29 }), {
        message:
          "Event source mapping \"reader\" is refused by Lambda: the queue's visibility timeout of 29 s is less than the function's timeout of 30 s.",
      });
    }));

  it("is refused with a setting that is not emulated", () =>
    inAccount(async (account) => {
      await rejects(deployQueue(account, { mapping: { scalingConfig: { maximumConcurrency: 2 } } }), {
        message: `Event source mapping "reader" has scalingConfig, which is not emulated.`,
      });
    }));
});
