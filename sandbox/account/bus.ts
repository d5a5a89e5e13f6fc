// The default event bus of EventBridge: hands events to the targets of the rules they match.
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Access } from "./iam/access.ts";
import type { InvokeLater } from "./lambda/asynchronous.ts";
import type { Observations } from "./lambda/invoke.ts";
import type { Rule, State } from "./state.ts";

/** Delivers one event to every target that its rule may reach; what it may not is counted as `FailedInvocations` in `AWS/Events`. */
export type PutEvent = (event: object) => Promise<void>;

export function createBus(
  state: State,
  {
    access,
    invokeLater,
    sqs,
    seen,
    now,
  }: { access: Access; invokeLater: InvokeLater; sqs: SQSClient; seen: Observations; now: () => number },
): PutEvent {
  /** Whether the target is one and lets the rule in. */
  async function deliver(event: object, rule: Rule, targetArn: string): Promise<boolean> {
    const may = (action: string, resource: string) =>
      access.ask({ service: "events.amazonaws.com" }, action, resource, { "aws:SourceArn": rule.arn }) === "allowed";
    const target = state.functions.get(targetArn);
    if (target) {
      if (!may("lambda:InvokeFunction", target.arn)) return false;
      invokeLater(target, event);
      return true;
    }
    const queue = [...state.queues.values()].find(({ arn }) => arn === targetArn);
    if (queue) {
      if (!may("sqs:SendMessage", queue.arn)) return false;
      await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: JSON.stringify(event) }));
      return true;
    }
    const group = [...state.logGroups.values()].find(({ arn }) => arn === targetArn.replace(/:\*$/, ""));
    if (group === undefined || !may("logs:PutLogEvents", `${group.arn}:log-stream:${rule.name}`)) return false;
    seen.logs.push({ time: now(), group: group.name, line: JSON.stringify(event), delivered: true });
    return true;
  }

  return async (event) => {
    for (const rule of state.rules.values()) {
      if (!rule.enabled || !matchesPattern(rule.pattern, event)) continue;
      for (const targetArn of rule.targetArns) {
        const delivered = await deliver(event, rule, targetArn);
        const name = delivered ? "Invocations" : "FailedInvocations";
        seen.metrics.push({
          namespace: "AWS/Events",
          name,
          unit: "Count",
          value: 1,
          time: now(),
          dimensions: { RuleName: rule.name },
        });
      }
    }
  };
}

/**
 * Whether an event matches a rule's pattern: each field one of the values listed.
 * @throws {Error} for a comparison (`prefix`, `anything-but`, …) that is not emulated.
 */
export function matchesPattern(pattern: Record<string, unknown>, event: unknown): boolean {
  return Object.entries(pattern).every(([field, expected]) => {
    const actual = (event as Record<string, unknown> | null | undefined)?.[field];
    if (!Array.isArray(expected)) return matchesPattern(expected as Record<string, unknown>, actual);
    const comparison = expected.find((value) => typeof value === "object" && value !== null);
    if (comparison)
      throw new Error(
        `Event pattern ${JSON.stringify({ [field]: expected })} compares by ${Object.keys(comparison)}, which is not emulated.`,
      );
    return (Array.isArray(actual) ? actual : [actual]).some((value) => expected.includes(value));
  });
}
