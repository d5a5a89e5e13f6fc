import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Account, accountOf } from "./account.ts";
import { privateBucket } from "./bucket.ts";
import {
  booleanProblems,
  nameProblems,
  numberProblems,
  type Problem,
  refuse,
  tagProblems,
  textProblems,
  unknownProperties,
} from "./checks.ts";
import { policy, type Statement } from "./documents.ts";
import { type Tags, tagsOf, uniqueName } from "./names.ts";

/** Arguments of MeteringTrail. */
export interface MeteringTrailArgs {
  /** The name of the trail. Fixed, because the bucket's policy holds the trail's ARN before the trail exists. Defaults to project, stack and component, joined by hyphens. */
  trailName?: pulumi.Input<string> | undefined;
  /** Whether the trail also records the account's other Regions, which shows usage that somebody submitted elsewhere. Costs more events. Defaults to false: the provider's Region alone. */
  isMultiRegionTrail?: pulumi.Input<boolean> | undefined;
  /** How long log files and digests are kept, in days from 31 to 3650. Defaults to 400. */
  retentionDays?: pulumi.Input<number> | undefined;
  /** Tags, merged over the component's own. Defaults to none. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
}

/**
 * A CloudTrail trail that holds the evidence of every usage submission, as narrow as CloudTrail allows, with signed digests and a private
 * bucket. The first copy of management events in a Region is free and every further one is paid, so where the account already has a trail,
 * give that one to UsageVerification instead.
 */
export class MeteringTrail extends pulumi.ComponentResource {
  /** The ARN of the trail. */
  readonly trailArn: pulumi.Output<string>;
  /** The name of the bucket that receives log files and digests. */
  readonly logBucketName: pulumi.Output<string>;
  /** The name of the log group that shows each submission within minutes: a signal, not evidence. */
  readonly signalLogGroupName: pulumi.Output<string>;

  constructor(name: string, args: MeteringTrailArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    refuse("MeteringTrail", name, [...nameProblems(name, LONGEST_NAME), ...meteringTrailProblems(args)]);
    super("aws-marketplace-metering:index:MeteringTrail", name, args, opts);
    const tags = tagsOf(name, args.tags);
    const account = accountOf(this);
    const trailName = args.trailName ?? uniqueName(name);
    const trailArn = pulumi.interpolate`arn:${account.partition}:cloudtrail:${account.region}:${account.accountId}:trail/${trailName}`;
    const isMultiRegionTrail = args.isMultiRegionTrail ?? false;

    const logs = privateBucket(
      `${name}-logs`,
      {
        retentionDays: args.retentionDays ?? 400,
        statements: (bucketArn) => deliveryStatements(bucketArn, trailArn, account),
        tags,
      },
      this,
    );
    const trail = new aws.cloudtrail.Trail(
      `${name}-trail`,
      {
        name: trailName,
        s3BucketName: logs.bucket.bucket,
        enableLogFileValidation: true,
        isMultiRegionTrail,
        // Metering is no global service; but CloudTrail refuses a multi-Region trail without global events.
        includeGlobalServiceEvents: isMultiRegionTrail,
        advancedEventSelectors: [managementWrites],
        tags,
      },
      { parent: this, dependsOn: [logs.policy] },
    );
    const signal = submissionSignal(name, tags, this);

    this.trailArn = trail.arn;
    this.logBucketName = logs.bucket.bucket;
    this.signalLogGroupName = signal.name;
    this.registerOutputs({
      trailArn: this.trailArn,
      logBucketName: this.logBucketName,
      signalLogGroupName: this.signalLogGroupName,
    });
  }
}

/**
 * The narrowest selector that covers BatchMeterUsage: CloudTrail selects management events by `readOnly` and by leaving out these two
 * sources, never by the name of a call.
 */
const managementWrites = {
  name: "Management writes, usage submissions among them",
  fieldSelectors: [
    { field: "eventCategory", equals: ["Management"] },
    { field: "readOnly", equals: ["false"] },
    { field: "eventSource", notEquals: ["kms.amazonaws.com", "rdsdata.amazonaws.com"] },
  ],
};

/** What CloudTrail may do in the bucket, on behalf of this trail alone. Source: Amazon S3 bucket policy for CloudTrail, CloudTrail user guide. */
function deliveryStatements(
  bucketArn: pulumi.Output<string>,
  trailArn: pulumi.Output<string>,
  account: Account,
): Statement[] {
  const cloudTrail = { Effect: "Allow", Principal: { Service: "cloudtrail.amazonaws.com" } } as const;
  return [
    {
      Sid: "CheckBucket",
      ...cloudTrail,
      Action: "s3:GetBucketAcl",
      Resource: bucketArn,
      Condition: { StringEquals: { "aws:SourceArn": trailArn } },
    },
    {
      Sid: "DeliverLogs",
      ...cloudTrail,
      Action: "s3:PutObject",
      Resource: pulumi.interpolate`${bucketArn}/AWSLogs/${account.accountId}/*`,
      Condition: { StringEquals: { "aws:SourceArn": trailArn, "s3:x-amz-acl": "bucket-owner-full-control" } },
    },
  ];
}

/** Writes each BatchMeterUsage call to a log group within minutes. EventBridge delivers it on best effort. */
function submissionSignal(name: string, tags: Tags, parent: pulumi.Resource): aws.cloudwatch.LogGroup {
  const rule = new aws.cloudwatch.EventRule(
    `${name}-submissions`,
    {
      description: "Usage submissions to AWS Marketplace, as CloudTrail sees them",
      eventPattern: JSON.stringify({
        source: ["aws.metering-marketplace"],
        "detail-type": ["AWS API Call via CloudTrail"],
        detail: { eventSource: ["metering-marketplace.amazonaws.com"], eventName: ["BatchMeterUsage"] },
      }),
      tags,
    },
    { parent },
  );
  const logGroup = new aws.cloudwatch.LogGroup(
    `${name}-submissions`,
    // EventBridge delivers to log groups under this path.
    { namePrefix: `/aws/events/${name}-`, retentionInDays: 90, tags },
    { parent },
  );
  const deliverers = { Service: ["events.amazonaws.com", "delivery.logs.amazonaws.com"] };
  const access = new aws.cloudwatch.LogResourcePolicy(
    `${name}-submissions`,
    {
      // On the log group itself: an account has only 10 policies of the other kind in a Region.
      resourceArn: logGroup.arn,
      policyDocument: policy(
        {
          Sid: "CreateStreams",
          Effect: "Allow",
          Principal: deliverers,
          Action: "logs:CreateLogStream",
          Resource: pulumi.interpolate`${logGroup.arn}:*`,
        },
        {
          Sid: "WriteSubmissions",
          Effect: "Allow",
          Principal: deliverers,
          Action: "logs:PutLogEvents",
          Resource: pulumi.interpolate`${logGroup.arn}:*`,
          Condition: { ArnEquals: { "aws:SourceArn": rule.arn } },
        },
      ),
    },
    { parent },
  );
  new aws.cloudwatch.EventTarget(
    `${name}-submissions`,
    { rule: rule.name, arn: logGroup.arn },
    { parent, dependsOn: [access] },
  );
  return logGroup;
}

/** An event rule's name has at most 64 characters, 8 of them the random suffix. */
const LONGEST_NAME = 64 - "-submissions".length - 8;

/** What is wrong with the arguments of a MeteringTrail. */
export function meteringTrailProblems(args: MeteringTrailArgs): Problem[] {
  const misspelt = unknownProperties("", args, ["trailName", "isMultiRegionTrail", "retentionDays", "tags"]);
  if (misspelt.length > 0) return misspelt;
  return [
    ...textProblems(
      "trailName",
      args.trailName,
      /^(?!.*[._-]{2})[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]$/,
      "3 to 128 letters, digits, periods, underscores and hyphens, with a letter or digit at both ends and no two others in a row",
    ),
    ...booleanProblems("isMultiRegionTrail", args.isMultiRegionTrail),
    ...numberProblems("retentionDays", args.retentionDays, { from: 31, to: 3650, unit: "of days", whole: true }),
    ...tagProblems(args.tags),
  ];
}
