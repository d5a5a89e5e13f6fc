import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "./account.ts";
import { isDeferred, listProblems, type Problem, show, textProblems, unknownProperties } from "./checks.ts";
import { denyInsecureTransport, policy } from "./documents.ts";
import type { Tags } from "./names.ts";

/** Who hears of usage that may go unbilled. */
export interface AlarmArgs {
  /** E-mail addresses that are subscribed to the alarm topic; each has to confirm once. Defaults to none. */
  emails?: string[] | undefined;
  /** The ARN of an SNS topic of your own for the alarms to go to; its policy must let cloudwatch.amazonaws.com publish. Defaults to a topic that the component makes. */
  topicArn?: pulumi.Input<string> | undefined;
}

/** One alarm: what it watches, when it fires, and what whoever gets it should do. */
export interface AlarmDefinition {
  suffix: string;
  namespace: string;
  metric: string;
  dimensions: Record<string, pulumi.Input<string>>;
  statistic: "Sum" | "Maximum";
  /** Fires at or above this value, or below it where `below` is set. */
  threshold: pulumi.Input<number>;
  below?: boolean;
  minutes: number;
  periods?: number;
  /** Whether no data at all is as bad as a bad value. */
  missingIsBad?: boolean;
  description: string;
}

/** What is wrong with the alarm arguments. */
export function alarmProblems(args: AlarmArgs | undefined): Problem[] {
  if (args === undefined) return [];
  const misspelt = unknownProperties("alarms", args, ["emails", "topicArn"]);
  if (misspelt.length > 0) return misspelt;
  if (isDeferred(args.emails)) {
    return [{ path: "alarms.emails", reason: "must be known at once, since it decides which subscriptions exist" }];
  }
  return [
    ...listProblems<string>("alarms.emails", args.emails, (path, email) =>
      typeof email === "string" && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)
        ? []
        : [{ path, reason: `is ${show(email)}: it must be an e-mail address` }],
    ),
    ...repeated(args.emails),
    ...textProblems("alarms.topicArn", args.topicArn, /^arn:[^:]+:sns:[^:]+:\d{12}:[^:]+$/, "the ARN of an SNS topic"),
  ];
}

/** The topic that alarms go to, with its subscriptions; the caller's own topic where one is given. */
export function alarmTopic(
  name: string,
  args: { alarms: AlarmArgs | undefined; account: Account; tags: Tags },
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const topicArn = args.alarms?.topicArn
    ? pulumi.output(args.alarms.topicArn)
    : ownTopic(`${name}-alarms`, args.account, args.tags, parent);
  for (const email of args.alarms?.emails ?? []) {
    new aws.sns.TopicSubscription(
      `${name}-alarms-${email}`,
      { topic: topicArn, protocol: "email", endpoint: email },
      { parent },
    );
  }
  return topicArn;
}

/** Registers alarms that publish to a topic. */
export function makeAlarms(
  name: string,
  args: { definitions: AlarmDefinition[]; topicArn: pulumi.Output<string>; tags: Tags },
  parent: pulumi.Resource,
): void {
  for (const alarm of args.definitions) {
    new aws.cloudwatch.MetricAlarm(
      `${name}-${alarm.suffix}`,
      {
        alarmDescription: alarm.description,
        namespace: alarm.namespace,
        metricName: alarm.metric,
        dimensions: alarm.dimensions,
        statistic: alarm.statistic,
        period: alarm.minutes * 60,
        evaluationPeriods: alarm.periods ?? 1,
        threshold: alarm.threshold,
        comparisonOperator: alarm.below ? "LessThanThreshold" : "GreaterThanOrEqualToThreshold",
        treatMissingData: alarm.missingIsBad ? "breaching" : "notBreaching",
        alarmActions: [args.topicArn],
        tags: args.tags,
      },
      { parent },
    );
  }
}

/** A topic that CloudWatch may publish to. Not encrypted with a key of ours: messages hold alarm names and counts, no buyer. */
function ownTopic(name: string, account: Account, tags: Tags, parent: pulumi.Resource): pulumi.Output<string> {
  const topic = new aws.sns.Topic(name, { tags }, { parent });
  new aws.sns.TopicPolicy(
    `${name}-policy`,
    {
      arn: topic.arn,
      policy: policy(
        {
          Sid: "PublishAlarms",
          Effect: "Allow",
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Action: "sns:Publish",
          Resource: topic.arn,
          Condition: { StringEquals: { "aws:SourceAccount": account.accountId } },
        },
        denyInsecureTransport("sns:Publish", topic.arn),
      ),
    },
    { parent },
  );
  return topic.arn;
}

/** An address given twice would be registered twice under one name. */
function repeated(emails: string[] | undefined): Problem[] {
  if (!Array.isArray(emails)) return [];
  return emails.flatMap((email, index) =>
    emails.indexOf(email) < index ? [{ path: `alarms.emails[${index}]`, reason: `is ${show(email)} again` }] : [],
  );
}
