// What goes wrong between a function and its ledger or its queue, or ends it.
import { DeleteMessageCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import type { World } from "../../demo/world.ts";
import type { Fault } from "../../faults/fault.ts";
import { after, type Family, use } from "../scenario.ts";
import { BILLED, during, hour, start, struck } from "./six-hours.ts";

const death = (what: string, more: Partial<Extract<Fault, { name: "process-death" }>>) =>
  struck(`every function may die ${what} any call`, [{ name: "process-death", probability: 0.02, ...during, ...more }]);

/** What an operator does about dead letters: SQS's own message move task. */
async function moveBack({ account, outputs }: World): Promise<void> {
  const { Messages = [] } = await account.clients.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: outputs.deadLetterQueueUrl, MaxNumberOfMessages: 10 }),
  );
  for (const { ReceiptHandle } of Messages)
    await account.clients.sqs.send(new DeleteMessageCommand({ QueueUrl: outputs.deadLetterQueueUrl, ReceiptHandle }));
  await account.send(
    outputs.usageQueueUrl,
    Messages.map(({ Body = "" }) => Body),
  );
}

export const ledgerFaults: Family = {
  title: "The ledger, the queue or a function fails",
  scenarios: [
    struck("six hours in which nothing goes wrong", [], { expect: { ...BILLED, isQuiet: true } }),
    struck("DynamoDB throttles one call in five", [
      { name: "throttled", service: "dynamodb", probability: 0.2, ...during },
    ]),
    struck("DynamoDB answers one call in five with HTTP 500", [
      { name: "error-500", service: "dynamodb", probability: 0.2, ...during },
    ]),
    struck("DynamoDB acts, and answers one call in five with HTTP 500", [
      { name: "error-500", when: "after", service: "dynamodb", probability: 0.2, ...during },
    ]),
    struck("DynamoDB acts, and one answer in five is lost", [
      { name: "answer-lost", service: "dynamodb", probability: 0.2, ...during },
    ]),
    struck("DynamoDB times out before it acts", [
      { name: "timeout", service: "dynamodb", probability: 0.2, ...during },
    ]),
    struck("DynamoDB times out after it acted", [
      { name: "timeout", when: "after", service: "dynamodb", probability: 0.2, ...during },
    ]),
    struck("writes are made twice by the SDK, and their condition is lost", [
      { name: "condition-lost", service: "dynamodb", probability: 0.5, ...during },
    ]),
    struck("the indexes miss what changed in the last 20 minutes", [
      { name: "index-missing", minutes: 20, from: during.from, to: during.to },
    ]),
    struck("the indexes still list what was gone for 20 minutes", [
      { name: "index-stale", minutes: 20, from: during.from, to: during.to },
    ]),
    struck("indexes of three items a page", [{ name: "short-pages", items: 3 }]),
    death("before", {}),
    death("after", { when: "after" }),
    struck("the submitter is killed at its time limit, after the send", [
      { name: "slow", milliseconds: 960_000, service: "metering", when: "after", count: 3 },
    ]),
    struck("the submitter is killed at its time limit, before an outcome is written", [
      { name: "slow", milliseconds: 960_000, service: "dynamodb", function: "submit", holds: '"accepted"', count: 3 },
    ]),
    struck("ingest is killed at its time limit, in the middle of its writes", [
      {
        name: "slow",
        milliseconds: 45_000,
        service: "dynamodb",
        function: "ingest",
        command: "PutItem",
        nth: 5,
        count: 5,
      },
    ]),
    struck("every message is delivered twice", [{ name: "delivered-twice", ...during }]),
    struck("messages come out of order, half of them minutes later", [{ name: "out-of-order", ...during }]),
    struck("the answers of ingest are lost", [{ name: "queue-answer-lost", probability: 0.5, ...during }]),
    struck("half of the messages cannot be deleted", [{ name: "partial-failure", ...during }]),
    {
      name: "ingest may not write for three days; its dead letters are moved back",
      start,
      usage: () => [use("evt", after(hour, 5), 7)],
      faults: [
        { name: "access-denied", service: "dynamodb", function: "ingest", count: "always", to: after(hour, 72 * 60) },
      ],
      happenings: [{ at: Date.parse(after(hour, 73 * 60)), act: moveBack }],
      expect: { billed: "0", expired: "7", alarms: ["dead-letters", "usage-queue-age", "events-expired"] },
    },
  ],
};
