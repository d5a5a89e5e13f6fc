import { deepEqual, equal, throws } from "node:assert/strict";
import type { Account } from "../../../sandbox/account/account.ts";
import { matchesPattern } from "../../../sandbox/account/bus.ts";
import { inAccount, load, makeFunction, ms } from "./support.ts";

const event = { source: "aws.metering-marketplace", detail: { eventName: "BatchMeterUsage", tags: ["a", "b"] } };
const source = `export const create = ({ console }) => async (event) => console.log("heard " + event.detail.eventName);`;

/** A rule with three targets, each of which lets it in if asked to. */
async function deployRule(account: Account, letIn: boolean): Promise<string> {
  const { queue } = await account.deploy(async () => {
    const { aws, pulumi } = await load();
    const rule = new aws.cloudwatch.EventRule("calls", {
      eventPattern: JSON.stringify({
        source: ["aws.metering-marketplace"],
        detail: { eventName: ["BatchMeterUsage"] },
      }),
    });
    const { lambda } = makeFunction("listener", source, { aws, pulumi, args: { name: "listener" } });
    const queue = new aws.sqs.Queue("heard");
    const group = new aws.cloudwatch.LogGroup("heard", { name: "/aws/events/heard" });
    if (letIn) {
      const service = { Service: "events.amazonaws.com" };
      const ofRule = { ArnEquals: { "aws:SourceArn": rule.arn } };
      const statement = { Effect: "Allow" as const, Principal: service, Condition: ofRule };
      new aws.lambda.Permission("calls", {
        function: lambda.name,
        action: "lambda:InvokeFunction",
        principal: service.Service,
        sourceArn: rule.arn,
      });
      new aws.sqs.QueuePolicy("calls", {
        queueUrl: queue.url,
        policy: {
          Version: "2012-10-17",
          Statement: [{ ...statement, Action: "sqs:SendMessage", Resource: queue.arn }],
        },
      });
      new aws.cloudwatch.LogResourcePolicy("calls", {
        resourceArn: group.arn,
        policyDocument: pulumi.jsonStringify({
          Statement: [{ ...statement, Action: "logs:PutLogEvents", Resource: pulumi.interpolate`${group.arn}:*` }],
        }),
      });
    }
    for (const [index, arn] of [lambda.arn, queue.arn, group.arn].entries()) {
      new aws.cloudwatch.EventTarget(`target-${index}`, { rule: rule.name, arn });
    }
    return { queue: queue.url };
  });
  return String(queue);
}

const deliveries = ({ metrics }: Account, name: string) =>
  metrics.filter((metric) => metric.namespace === "AWS/Events" && metric.name === name).length;

describe("the event bus", () => {
  it("hands an event that a rule matches to each of its targets", () =>
    inAccount(async (account) => {
      const queue = await deployRule(account, true);
      await account.putEvent(event);
      await account.putEvent({ ...event, source: "aws.iam" });
      await account.runUntil(ms("2026-11-23T10:01:00Z"));
      deepEqual(
        account.logs.map(({ group, line }) => [group, line]),
        [
          ["/aws/events/heard", JSON.stringify(event)],
          ["/aws/lambda/listener", "heard BatchMeterUsage"],
        ],
      );
      deepEqual(await account.queueSize(queue), { visible: 1, inFlight: 0 });
      equal(deliveries(account, "Invocations"), 3);
    }));

  it("reaches no target that does not let it in", () =>
    inAccount(async (account) => {
      const queue = await deployRule(account, false);
      await account.putEvent(event);
      await account.runUntil(ms("2026-11-23T10:01:00Z"));
      deepEqual(account.logs, []);
      deepEqual(await account.queueSize(queue), { visible: 0, inFlight: 0 });
      equal(deliveries(account, "FailedInvocations"), 3);
    }));

  it("matches by every field of the pattern, lists by any of their values", () => {
    equal(matchesPattern({ source: ["x", "aws.metering-marketplace"] }, event), true);
    equal(
      matchesPattern({ source: ["aws.metering-marketplace"], detail: { eventName: ["MeterUsage"] } }, event),
      false,
    );
    equal(matchesPattern({ detail: { tags: ["b"] } }, event), true);
    equal(matchesPattern({ nothing: { deeper: ["b"] } }, event), false);
    throws(() => matchesPattern({ source: [{ prefix: "aws." }] }, event), {
      message: 'Event pattern {"source":[{"prefix":"aws."}]} compares by prefix, which is not emulated.',
    });
  });
});
