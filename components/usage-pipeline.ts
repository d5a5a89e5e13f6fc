import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { accountOf } from "./account.ts";
import { type AlarmArgs, alarmProblems, alarmTopic, makeAlarms } from "./alarms.ts";
import {
  booleanProblems,
  nameProblems,
  numberProblems,
  type Problem,
  refuse,
  tagProblems,
  unknownProperties,
} from "./checks.ts";
import { policy, trust } from "./documents.ts";
import { bundlePath, logRetentionProblems, makeFunction } from "./functions.ts";
import { makeLedger, queryIndexes, writeLedger } from "./ledger.ts";
import { MeteringRole } from "./metering-role.ts";
import { tagsOf, uniqueName } from "./names.ts";
import { pipelineAlarms } from "./pipeline-alarms.ts";
import { type ProductArgs, productProblems, productsFile } from "./products.ts";
import { makeQueues } from "./queues.ts";
import { checkedRegion, configuredRegion, regionProblems } from "./regions.ts";
import { runEvery } from "./schedule.ts";

/** Arguments of UsagePipeline. */
export interface UsagePipelineArgs {
  /** The listings whose usage is metered, by a short key that usage events name. At least one. */
  products: pulumi.Input<Record<string, pulumi.Input<ProductArgs>>>;
  /** Who hears of usage that may go unbilled. Defaults to a topic without subscriptions. */
  alarms?: AlarmArgs | undefined;
  /** How long after the end of an hour its late usage still joins it, in minutes from 3 to 180. Defaults to 15. */
  graceMinutes?: pulumi.Input<number> | undefined;
  /** How fast usage is submitted, in requests per second from 0.1 to 9.9; AWS takes 10 per account and Region. Defaults to 9.9. */
  requestsPerSecond?: pulumi.Input<number> | undefined;
  /** Whether to reserve concurrency for one submitter, so that two never share the account's quota. Turn it off where the account has none to reserve. Defaults to true. */
  reserveConcurrency?: pulumi.Input<boolean> | undefined;
  /** How long the functions' logs are kept, in days; one of the periods CloudWatch offers. Defaults to 90. */
  logRetentionDays?: pulumi.Input<number> | undefined;
  /** Tags, merged over the component's own. Defaults to none. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
}

/** The way of a unit of usage from your application to AWS Marketplace: a queue, a ledger, the functions that count and submit, and alarms for everything that could go unbilled. */
export class UsagePipeline extends pulumi.ComponentResource {
  /** The URL of the queue that takes usage events. */
  readonly usageQueueUrl: pulumi.Output<string>;
  /** The ARN of the queue that takes usage events. */
  readonly usageQueueArn: pulumi.Output<string>;
  /** The URL of the queue that holds what could not be processed for days. */
  readonly deadLetterQueueUrl: pulumi.Output<string>;
  /** The ARN of a policy that lets an application send usage events, and nothing else. */
  readonly emitterPolicyArn: pulumi.Output<string>;
  /** The name of the ledger's table. */
  readonly ledgerTableName: pulumi.Output<string>;
  /** The ARN of the ledger's table. */
  readonly ledgerTableArn: pulumi.Output<string>;
  /** The ARN of the key that encrypts the ledger. */
  readonly ledgerKeyArn: pulumi.Output<string>;
  /** The ARN of the role that submits usage: submissions by any other are not this pipeline's. */
  readonly submitterRoleArn: pulumi.Output<string>;
  /** The name of the function that counts usage events. */
  readonly ingestFunctionName: pulumi.Output<string>;
  /** The name of the function that submits usage. */
  readonly submitFunctionName: pulumi.Output<string>;
  /** The ARN of the topic that alarms go to. */
  readonly alarmTopicArn: pulumi.Output<string>;

  constructor(name: string, args: UsagePipelineArgs, opts?: pulumi.ComponentResourceOptions) {
    refuse("UsagePipeline", name, [...nameProblems(name, LONGEST_NAME), ...pipelineProblems(args, opts)]);
    const bundles = { ingest: bundlePath("ingest"), submit: bundlePath("submit") };
    super("aws-marketplace-metering:index:UsagePipeline", name, args, opts);
    const tags = tagsOf(name, args.tags);
    const account = accountOf(this);
    const products = productsFile(args.products);
    const service = uniqueName(name);

    const queues = makeQueues(name, tags, this);
    const ledger = makeLedger(`${name}-ledger`, tags, this);
    const environment = {
      LEDGER_TABLE_NAME: ledger.table.name,
      POWERTOOLS_SERVICE_NAME: service,
      POWERTOOLS_METRICS_NAMESPACE: "AWSMarketplaceMetering",
      GRACE_MINUTES: pulumi.interpolate`${args.graceMinutes ?? 15}`,
    };
    const common = { products, logRetentionDays: args.logRetentionDays ?? 90, tags };

    const ingestRole = new aws.iam.Role(
      `${name}-ingest-role`,
      { assumeRolePolicy: trust("lambda.amazonaws.com"), tags },
      { parent: this },
    );
    const ingest = makeFunction(
      `${name}-ingest`,
      {
        ...common,
        description: "Counts usage events into the ledger",
        bundle: bundles.ingest,
        role: ingestRole,
        statements: [
          {
            Sid: "ReceiveUsage",
            Effect: "Allow",
            Action: ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            Resource: queues.usage.arn,
          },
          ...writeLedger(ledger),
        ],
        environment,
        timeoutSeconds: 30,
        memoryMegabytes: 256,
      },
      this,
    );
    new aws.lambda.EventSourceMapping(
      `${name}-ingest-source`,
      {
        eventSourceArn: queues.usage.arn,
        functionName: ingest.lambda.name,
        batchSize: 100,
        maximumBatchingWindowInSeconds: 5,
        functionResponseTypes: ["ReportBatchItemFailures"],
        tags,
      },
      { parent: this, dependsOn: [ingest.rights] },
    );

    const submitterRole = new MeteringRole(
      `${name}-submitter`,
      { regions: [account.region.apply(checkedRegion)], tags: args.tags },
      { parent: this },
    );
    const submit = makeFunction(
      `${name}-submit`,
      {
        ...common,
        description: "Seals hours that are due and submits them to AWS Marketplace",
        bundle: bundles.submit,
        role: { name: submitterRole.roleName, arn: submitterRole.roleArn },
        statements: [...writeLedger(ledger), queryIndexes(ledger.table.arn)],
        environment: {
          ...environment,
          REQUESTS_PER_SECOND: pulumi.interpolate`${args.requestsPerSecond ?? 9.9}`,
        },
        timeoutSeconds: 900,
        memoryMegabytes: 1024,
        // -1 reserves nothing.
        reservedConcurrency: pulumi.output(args.reserveConcurrency ?? true).apply((reserve) => (reserve ? 1 : -1)),
      },
      this,
    );
    runEvery(
      `${name}-submit`,
      { rate: "rate(5 minutes)", target: submit, account, description: "Submits due usage every 5 minutes", tags },
      this,
    );

    const emitterPolicy = new aws.iam.Policy(
      `${name}-emitter`,
      {
        description: "May send usage events, and nothing else",
        policy: policy({ Sid: "SendUsage", Effect: "Allow", Action: "sqs:SendMessage", Resource: queues.usage.arn }),
        tags,
      },
      { parent: this },
    );
    const topicArn = alarmTopic(name, { alarms: args.alarms, account, tags }, this);
    const definitions = pipelineAlarms({
      service,
      graceMinutes: args.graceMinutes ?? 15,
      usageQueueName: queues.usage.name,
      deadLetterQueueName: queues.deadLetters.name,
      ingestFunctionName: ingest.lambda.name,
      submitFunctionName: submit.lambda.name,
    });
    makeAlarms(name, { definitions, topicArn, tags }, this);

    this.usageQueueUrl = queues.usage.url;
    this.usageQueueArn = queues.usage.arn;
    this.deadLetterQueueUrl = queues.deadLetters.url;
    this.emitterPolicyArn = emitterPolicy.arn;
    this.ledgerTableName = ledger.table.name;
    this.ledgerTableArn = ledger.table.arn;
    this.ledgerKeyArn = ledger.key.arn;
    this.submitterRoleArn = submitterRole.roleArn;
    this.ingestFunctionName = ingest.lambda.name;
    this.submitFunctionName = submit.lambda.name;
    this.alarmTopicArn = topicArn;
    this.registerOutputs({
      usageQueueUrl: this.usageQueueUrl,
      usageQueueArn: this.usageQueueArn,
      deadLetterQueueUrl: this.deadLetterQueueUrl,
      emitterPolicyArn: this.emitterPolicyArn,
      ledgerTableName: this.ledgerTableName,
      ledgerTableArn: this.ledgerTableArn,
      ledgerKeyArn: this.ledgerKeyArn,
      submitterRoleArn: this.submitterRoleArn,
      ingestFunctionName: this.ingestFunctionName,
      submitFunctionName: this.submitFunctionName,
      alarmTopicArn: this.alarmTopicArn,
    });
  }
}

/** A role's name has at most 64 characters, 8 of them the random suffix. */
const LONGEST_NAME = 64 - "-submit-schedule".length - 8;

/** What is wrong with the arguments of a UsagePipeline. */
export function pipelineProblems(
  args: UsagePipelineArgs,
  opts: pulumi.ComponentResourceOptions | undefined,
): Problem[] {
  const misspelt = unknownProperties("", args, [
    "products",
    "alarms",
    "graceMinutes",
    "requestsPerSecond",
    "reserveConcurrency",
    "logRetentionDays",
    "tags",
  ]);
  if (misspelt.length > 0) return misspelt;
  return [
    ...regionProblems("the Region of the default provider (aws:region)", configuredRegion(opts)),
    ...productProblems(args.products),
    ...alarmProblems(args.alarms),
    ...numberProblems("graceMinutes", args.graceMinutes, { from: 3, to: 180, unit: "of minutes", whole: true }),
    ...numberProblems("requestsPerSecond", args.requestsPerSecond, {
      from: 0.1,
      to: 9.9,
      unit: "of requests per second",
      whole: false,
    }),
    ...booleanProblems("reserveConcurrency", args.reserveConcurrency),
    ...logRetentionProblems("logRetentionDays", args.logRetentionDays),
    ...tagProblems(args.tags),
  ];
}
