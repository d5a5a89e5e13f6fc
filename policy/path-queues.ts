import type { PolicyResource, ReportViolation, StackValidationPolicy } from "@pulumi/policy";
import { aws, isGiven, isWithin, ofType, refersTo } from "./reading/graph.ts";
import { message } from "./reading/message.ts";
import { functionMeters, isLedger, tablesOf } from "./reading/metering.ts";
import { allOf, anyOf, judgeEach } from "./reading/unknown.ts";

/**
 * Usage waits in a queue while the ledger or AWS is out of order. The queues on the path are those of our components,
 * those that feed a function which meters or works on the ledger, and the dead-letter queues behind them.
 */
export const pathQueues: StackValidationPolicy = {
  name: "path-queues",
  displayName: "Queues on the path lose no usage",
  description:
    "A queue that usage passes through must have a dead-letter queue, and it and its dead-letter queue must keep messages at least 4 days.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps:
    "Give the queue a redrivePolicy with the ARN of a dead-letter queue, and set messageRetentionSeconds to at least 345600 (4 days; 1209600, 14 days, is the most) on both.",
  url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
  validateStack: ({ resources }, reportViolation) => {
    judgeEach(ofType(resources, aws.queue), (queue) => {
      judgeEach([judgeRetention, judgeDeadLetters], (judge) => judge(queue, resources, reportViolation));
    });
  },
};

const fourDays = 345_600;

function judgeRetention(queue: PolicyResource, resources: PolicyResource[], reportViolation: ReportViolation): void {
  const tooShort = () => {
    // Left out, it is 4 days: the queue's default.
    const seconds = queue.props.messageRetentionSeconds ?? fourDays;
    return seconds < fourDays;
  };
  const usage = () => anyOf([queue, ...sourcesOf(queue, resources)].map((it) => () => isOnPath(it, resources)));
  if (!allOf([tooShort, usage])) return;
  const fault = {
    property: "messageRetentionSeconds",
    value: queue.props.messageRetentionSeconds,
    rule: `usage must outlast a long weekend's outage, so a queue on its path keeps messages at least ${fourDays} s (4 days)`,
    fix: "raise it, to 1209600 (14 days) at best",
  };
  reportViolation(message(queue, fault), queue.urn);
}

function judgeDeadLetters(queue: PolicyResource, resources: PolicyResource[], reportViolation: ReportViolation): void {
  if (deadLetterHolders(queue, resources).some((holder) => isGiven(holder, "redrivePolicy"))) return;
  if (isDeadLetterQueue(queue, resources) || !isOnPath(queue, resources)) return;
  const fault = {
    property: "redrivePolicy",
    value: undefined,
    rule: "usage that cannot be processed is lost when its message expires, so a queue on its path needs a dead-letter queue",
    fix: "set it to the ARN of a dead-letter queue and a maxReceiveCount",
  };
  reportViolation(message(queue, fault), queue.urn);
}

function isOnPath(queue: PolicyResource, resources: PolicyResource[]): boolean {
  if (isWithin(queue.urn)) return true;
  const consumers = ofType(resources, aws.eventSourceMapping)
    .filter((mapping) => refersTo(mapping, "eventSourceArn", queue))
    .flatMap((mapping) => functionsOf(mapping, resources));
  return anyOf(
    consumers.flatMap((consumer) => [
      () => functionMeters(consumer, resources),
      ...tablesOf(consumer, resources).map((table) => () => isLedger(table, resources)),
    ]),
  );
}

function functionsOf(mapping: PolicyResource, resources: PolicyResource[]): PolicyResource[] {
  const aliases = ofType(resources, aws.lambdaAlias).filter((alias) => refersTo(mapping, "functionName", alias));
  return ofType(resources, aws.lambdaFunction).filter((candidate) =>
    [mapping, ...aliases].some((holder) => refersTo(holder, "functionName", candidate)),
  );
}

/** The resources that may say where a queue's dead letters go: the queue, or a redrive policy of its own. */
function deadLetterHolders(queue: PolicyResource, resources: PolicyResource[]): PolicyResource[] {
  return [queue, ...ofType(resources, aws.redrivePolicy).filter((policy) => refersTo(policy, "queueUrl", queue))];
}

/** The queues whose dead letters come to this one. */
function sourcesOf(queue: PolicyResource, resources: PolicyResource[]): PolicyResource[] {
  return ofType(resources, aws.queue).filter((source) =>
    deadLetterHolders(source, resources).some((holder) => sendsDeadLetters(holder, queue)),
  );
}

function sendsDeadLetters(holder: PolicyResource, queue: PolicyResource): boolean {
  return refersTo(holder, "redrivePolicy", queue);
}

function isDeadLetterQueue(queue: PolicyResource, resources: PolicyResource[]): boolean {
  return (
    sourcesOf(queue, resources).length > 0 ||
    isGiven(queue, "redriveAllowPolicy") ||
    resources.some((resource) => refersTo(resource, "deadLetterConfig", queue))
  );
}
