import { deepEqual, equal } from "node:assert/strict";
import type { Account, AccountOptions } from "../../../sandbox/account/account.ts";
import { inAccount, iso, load, makeFunction, ms, trust } from "./support.ts";

/** Logs the time and each body of a batch. */
const source = `export const create = ({ console, clock }) => async (event) => {
  console.log(JSON.stringify([clock.now(), ...(event.Records ?? []).map(({ body }) => body)]));
  return { batchItemFailures: [] };
};`;

async function deploy(account: Account) {
  const outputs = await account.deploy(async () => {
    const { aws, pulumi } = await load();
    const queue = new aws.sqs.Queue("usage", { visibilityTimeoutSeconds: 60 });
    const statements = [{ Effect: "Allow" as const, Action: "sqs:*", Resource: queue.arn }];
    const { lambda } = makeFunction("worker", source, { aws, pulumi, statements });
    new aws.lambda.EventSourceMapping("worker", {
      eventSourceArn: queue.arn,
      functionName: lambda.arn,
      functionResponseTypes: ["ReportBatchItemFailures"],
    });
    const role = new aws.iam.Role("timer", { assumeRolePolicy: trust("scheduler.amazonaws.com") });
    const policy = { Effect: "Allow" as const, Action: "lambda:InvokeFunction", Resource: lambda.arn };
    new aws.iam.RolePolicy("timer", { role: role.name, policy: { Version: "2012-10-17", Statement: [policy] } });
    new aws.scheduler.Schedule("timer", {
      scheduleExpression: "rate(1 hour)",
      startDate: "2026-11-23T10:30:00Z",
      flexibleTimeWindow: { mode: "OFF" },
      target: { arn: lambda.arn, roleArn: role.arn },
    });
    return { queue: queue.url };
  });
  return outputs.queue as string;
}

/** Runs until 10:20 with three messages, or as long as asked, and answers what the function was told. */
async function told(options: Partial<AccountOptions>, until = "2026-11-23T10:20:00Z") {
  const lines: unknown[][] = [];
  await inAccount(async (account) => {
    const queue = await deploy(account);
    await account.send(queue, ["a", "b", "c"]);
    await account.runUntil(ms(until));
    for (const { line } of account.logs) lines.push(JSON.parse(line));
    await account.measureQueues();
    const sizes = account.metrics
      .filter(({ namespace }) => namespace === "AWS/SQS")
      .map(({ name, value }) => [name, value]);
    deepEqual(sizes, [
      ["ApproximateNumberOfMessagesVisible", 0],
      ["ApproximateAgeOfOldestMessage", 0],
    ]);
  }, options);
  return lines.map(([time, ...bodies]) => [iso(time as number).slice(11, 19), ...bodies]);
}

describe("what gets in between the parts of an account", () => {
  it("is nothing by default", async () => {
    deepEqual(await told({}), [["10:00:00", "a", "b", "c"]]);
  });

  it("can hand over messages in another order, and some of them only after the visibility timeout", async () => {
    let batches = 0;
    const deliver: AccountOptions["deliver"] = (_, messages) => {
      batches += 1;
      return { handed: batches === 1 ? messages.slice(1).reverse() : [...messages], kept: new Set() };
    };
    deepEqual(await told({ deliver }), [
      ["10:00:00", "c", "b"],
      ["10:01:00", "a"],
    ]);
  });

  it("can keep messages in the queue that the function has processed", async () => {
    let batches = 0;
    const deliver: AccountOptions["deliver"] = (_, messages) => {
      batches += 1;
      return { handed: [...messages], kept: new Set(batches === 1 ? [messages[1]?.MessageId ?? ""] : []) };
    };
    deepEqual(await told({ deliver }), [
      ["10:00:00", "a", "b", "c"],
      ["10:01:00", "b"],
    ]);
  });

  it("can put a host's clock ahead or behind", async () => {
    deepEqual(await told({ clockAhead: (name, host) => (name.startsWith("worker") && host === 0 ? -90_000 : 0) }), [
      ["09:58:30", "a", "b", "c"],
    ]);
  });

  it("can have a schedule invoke its function twice, or not at all", async () => {
    const seen: string[] = [];
    const times = [2, 0, 1];
    const invocations = (name: string) => {
      seen.push(name.slice(0, 6));
      return times.shift() ?? 1;
    };
    const lines = await told({ invocations }, "2026-11-23T12:40:00Z");
    deepEqual(lines.slice(1), [["10:30:00"], ["10:30:00"], ["12:30:00"]]);
    deepEqual(seen, ["worker", "worker", "worker"]);
  });

  it("shows in the age of a message that stays in the queue", () =>
    inAccount(
      async (account) => {
        const queue = await deploy(account);
        await account.send(queue, ["a"]);
        await account.runUntil(ms("2026-11-23T10:07:30Z"));
        await account.measureQueues();
        equal(account.metrics.find(({ name }) => name === "ApproximateAgeOfOldestMessage")?.value, 450);
      },
      { deliver: () => ({ handed: [], kept: new Set() }) },
    ));
});
