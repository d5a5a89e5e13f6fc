import * as pulumi from "@pulumi/pulumi";
import type { AlarmArgs } from "./alarms.ts";
import { nameProblems, numberProblems, type Problem, refuse, unknownProperties } from "./checks.ts";
import { bundlePath } from "./functions.ts";
import { MeteringTrail } from "./metering-trail.ts";
import type { ProductArgs } from "./products.ts";
import { type TrailArgs, trailProblems } from "./trail-args.ts";
import { pipelineProblems, UsagePipeline } from "./usage-pipeline.ts";
import { UsageVerification } from "./usage-verification.ts";

/** Arguments of MarketplaceMetering. */
export interface MarketplaceMeteringArgs {
  /** The listings whose usage is metered, by a short key that usage events name. At least one. */
  products: pulumi.Input<Record<string, pulumi.Input<ProductArgs>>>;
  /** A trail that already records management writes in the Region, so that no second, paid one is made. Defaults to a trail of the component's own. */
  trail?: TrailArgs | undefined;
  /** Who hears of usage that may go unbilled. Defaults to a topic without subscriptions. */
  alarms?: AlarmArgs | undefined;
  /** How long after the end of an hour its late usage still joins it, in minutes from 3 to 180. Defaults to 15. */
  graceMinutes?: pulumi.Input<number> | undefined;
  /** How fast usage is submitted, in requests per second from 0.1 to 9.9; AWS takes 10 per account and Region. Defaults to 9.9. */
  requestsPerSecond?: pulumi.Input<number> | undefined;
  /** Whether to reserve concurrency for one submitter, so that two never share the account's quota. Turn it off where the account has none to reserve. Defaults to true. */
  reserveConcurrency?: pulumi.Input<boolean> | undefined;
  /** How long evidence and reports are kept, in days from 31 to 3650. Defaults to 400. */
  retentionDays?: pulumi.Input<number> | undefined;
  /** How long the functions' logs are kept, in days; one of the periods CloudWatch offers. Defaults to 90. */
  logRetentionDays?: pulumi.Input<number> | undefined;
  /** Tags, merged over the component's own. Defaults to none. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
}

/** Everything that usage of AWS Marketplace listings needs to be billed exactly once and proved: a UsagePipeline, the evidence of a MeteringTrail, and UsageVerification between the two. */
export class MarketplaceMetering extends pulumi.ComponentResource {
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
  /** The name of the bucket that holds the evidence. */
  readonly logBucketName: pulumi.Output<string>;
  /** The name of the bucket that holds the reports. */
  readonly reportBucketName: pulumi.Output<string>;
  /** The ARN of the role that submits usage. */
  readonly submitterRoleArn: pulumi.Output<string>;
  /** The name of the function that counts usage events. */
  readonly ingestFunctionName: pulumi.Output<string>;
  /** The name of the function that submits usage. */
  readonly submitFunctionName: pulumi.Output<string>;
  /** The name of the function that verifies. */
  readonly verifyFunctionName: pulumi.Output<string>;
  /** The ARN of the topic that alarms go to. */
  readonly alarmTopicArn: pulumi.Output<string>;

  constructor(name: string, args: MarketplaceMeteringArgs, opts?: pulumi.ComponentResourceOptions) {
    refuse("MarketplaceMetering", name, [...nameProblems(name, LONGEST_NAME), ...problemsOf(args, opts)]);
    for (const bundle of ["ingest", "submit", "verify"] as const) bundlePath(bundle);
    super("aws-marketplace-metering:index:MarketplaceMetering", name, args, opts);
    const { products, graceMinutes, requestsPerSecond, reserveConcurrency, retentionDays, logRetentionDays, tags } =
      args;

    const pipeline = new UsagePipeline(
      `${name}-pipeline`,
      { products, alarms: args.alarms, graceMinutes, requestsPerSecond, reserveConcurrency, logRetentionDays, tags },
      { parent: this },
    );
    const trail = args.trail ?? trailOf(new MeteringTrail(`${name}-trail`, { retentionDays, tags }, { parent: this }));
    const verification = new UsageVerification(
      `${name}-verification`,
      {
        products,
        trail,
        ledgerTableArn: pipeline.ledgerTableArn,
        ledgerKeyArn: pipeline.ledgerKeyArn,
        submitterRoleArn: pipeline.submitterRoleArn,
        // Those who hear of the pipeline's alarms are subscribed once.
        alarms: { topicArn: pipeline.alarmTopicArn },
        reportRetentionDays: retentionDays,
        logRetentionDays,
        tags,
      },
      { parent: this },
    );

    this.usageQueueUrl = pipeline.usageQueueUrl;
    this.usageQueueArn = pipeline.usageQueueArn;
    this.deadLetterQueueUrl = pipeline.deadLetterQueueUrl;
    this.emitterPolicyArn = pipeline.emitterPolicyArn;
    this.ledgerTableName = pipeline.ledgerTableName;
    this.logBucketName = pulumi.output(trail.bucketName);
    this.reportBucketName = verification.reportBucketName;
    this.submitterRoleArn = pipeline.submitterRoleArn;
    this.ingestFunctionName = pipeline.ingestFunctionName;
    this.submitFunctionName = pipeline.submitFunctionName;
    this.verifyFunctionName = verification.verifyFunctionName;
    this.alarmTopicArn = pipeline.alarmTopicArn;
    this.registerOutputs({
      usageQueueUrl: this.usageQueueUrl,
      usageQueueArn: this.usageQueueArn,
      deadLetterQueueUrl: this.deadLetterQueueUrl,
      emitterPolicyArn: this.emitterPolicyArn,
      ledgerTableName: this.ledgerTableName,
      logBucketName: this.logBucketName,
      reportBucketName: this.reportBucketName,
      submitterRoleArn: this.submitterRoleArn,
      ingestFunctionName: this.ingestFunctionName,
      submitFunctionName: this.submitFunctionName,
      verifyFunctionName: this.verifyFunctionName,
      alarmTopicArn: this.alarmTopicArn,
    });
  }
}

/** The trail of a MeteringTrail, as UsageVerification takes it. */
const trailOf = (trail: MeteringTrail): TrailArgs => ({ bucketName: trail.logBucketName });

/** The longest name of a child: a role's name has at most 64 characters, 8 of them the random suffix. */
const LONGEST_NAME = 64 - "-verification-verify-schedule".length - 8;

/** What is wrong with the arguments: everything is checked here, before the first of the four components registers anything. */
function problemsOf(args: MarketplaceMeteringArgs, opts: pulumi.ComponentResourceOptions | undefined): Problem[] {
  const misspelt = unknownProperties("", args, [
    "products",
    "trail",
    "alarms",
    "graceMinutes",
    "requestsPerSecond",
    "reserveConcurrency",
    "retentionDays",
    "logRetentionDays",
    "tags",
  ]);
  if (misspelt.length > 0) return misspelt;
  const { trail, retentionDays, ...pipeline } = args;
  return [
    ...pipelineProblems(pipeline, opts),
    ...trailProblems(trail),
    ...numberProblems("retentionDays", retentionDays, { from: 31, to: 3650, unit: "of days", whole: true }),
  ];
}
