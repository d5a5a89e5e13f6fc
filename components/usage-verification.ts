import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Account, accountOf } from "./account.ts";
import { type AlarmArgs, alarmProblems, alarmTopic, makeAlarms } from "./alarms.ts";
import { privateBucket } from "./bucket.ts";
import {
  missing,
  nameProblems,
  numberProblems,
  type Problem,
  refuse,
  tagProblems,
  textProblems,
  unknownProperties,
} from "./checks.ts";
import { type Statement, trust, useLedgerKey } from "./documents.ts";
import { bundlePath, logRetentionProblems, makeFunction } from "./functions.ts";
import { queryIndexes } from "./ledger.ts";
import { tagsOf, uniqueName } from "./names.ts";
import { type ProductArgs, productProblems, productsFile } from "./products.ts";
import { checkedRegion, regionProblems } from "./regions.ts";
import { runEvery } from "./schedule.ts";
import { Integrity, type TrailArgs, trailProblems } from "./trail-args.ts";
import { verificationAlarms } from "./verification-alarms.ts";

/** Arguments of UsageVerification. */
export interface UsageVerificationArgs {
  /** The listings whose usage is verified, by the same keys as in the pipeline. At least one. */
  products: pulumi.Input<Record<string, pulumi.Input<ProductArgs>>>;
  /** The trail whose log files are the evidence: that of a MeteringTrail, or any other of the account that records management writes in the metering Region. */
  trail: TrailArgs;
  /** The ARN of the ledger's table. */
  ledgerTableArn: pulumi.Input<string>;
  /** The ARN of the key that encrypts the ledger. */
  ledgerKeyArn: pulumi.Input<string>;
  /** The ARN of the role that submits usage: submissions by any other are reported as foreign. */
  submitterRoleArn: pulumi.Input<string>;
  /** The Region in which usage is submitted. Defaults to the Region of the provider. */
  meteringRegion?: pulumi.Input<string> | undefined;
  /** Who hears of findings that need someone. Defaults to a topic without subscriptions. */
  alarms?: AlarmArgs | undefined;
  /** How long reports are kept, in days from 31 to 3650. Defaults to 400. */
  reportRetentionDays?: pulumi.Input<number> | undefined;
  /** How long the function's logs are kept, in days; one of the periods CloudWatch offers. Defaults to 90. */
  logRetentionDays?: pulumi.Input<number> | undefined;
  /** Tags, merged over the component's own. Defaults to none. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
}

/** Compares the ledger with CloudTrail every hour, while a lost record can still be sent again, and writes reports. */
export class UsageVerification extends pulumi.ComponentResource {
  /** The name of the bucket that holds the reports. */
  readonly reportBucketName: pulumi.Output<string>;
  /** The name of the function that verifies. */
  readonly verifyFunctionName: pulumi.Output<string>;
  /** The ARN of the topic that alarms go to. */
  readonly alarmTopicArn: pulumi.Output<string>;

  constructor(name: string, args: UsageVerificationArgs, opts?: pulumi.ComponentResourceOptions) {
    refuse("UsageVerification", name, [...nameProblems(name, LONGEST_NAME), ...verificationProblems(args)]);
    const bundle = bundlePath("verify");
    super("aws-marketplace-metering:index:UsageVerification", name, args, opts);
    const tags = tagsOf(name, args.tags);
    const account = accountOf(this);
    const service = uniqueName(name);

    const reports = privateBucket(
      `${name}-reports`,
      {
        retentionDays: args.reportRetentionDays ?? 400,
        // Each run writes the reports of some days anew.
        replacedDays: 30,
        // What runs leave to each other of the log files of the last 30 days.
        shortLived: [{ folder: "evidence", days: 60 }],
        statements: () => [],
        tags,
      },
      this,
    );
    const role = new aws.iam.Role(
      `${name}-verify-role`,
      { assumeRolePolicy: trust("lambda.amazonaws.com"), tags },
      { parent: this },
    );
    const verify = makeFunction(
      `${name}-verify`,
      {
        description: "Compares the ledger with CloudTrail and writes reports",
        bundle,
        products: productsFile(args.products),
        role,
        statements: [...readEvidence(args.trail, account), ...settleLedger(args), ...writeReports(reports.bucket.arn)],
        environment: {
          LEDGER_TABLE_NAME: pulumi.output(args.ledgerTableArn).apply(tableName),
          POWERTOOLS_SERVICE_NAME: service,
          POWERTOOLS_METRICS_NAMESPACE: "AWSMarketplaceMetering",
          LOG_BUCKET_NAME: args.trail.bucketName,
          ...(args.trail.prefix === undefined ? {} : { LOG_PREFIX: args.trail.prefix }),
          INTEGRITY: args.trail.integrity ?? Integrity.Required,
          ACCOUNT_ID: account.accountId,
          METERING_REGION: pulumi.output(args.meteringRegion ?? account.region).apply(checkedRegion),
          REPORT_BUCKET_NAME: reports.bucket.bucket,
          SUBMITTER_ROLE_ARN: args.submitterRoleArn,
        },
        timeoutSeconds: 900,
        memoryMegabytes: 1024,
        logRetentionDays: args.logRetentionDays ?? 90,
        tags,
      },
      this,
    );
    runEvery(
      `${name}-verify`,
      { rate: "rate(1 hour)", target: verify, account, description: "Verifies usage every hour", tags },
      this,
    );
    const topicArn = alarmTopic(name, { alarms: args.alarms, account, tags }, this);
    const definitions = verificationAlarms({ service, verifyFunctionName: verify.lambda.name });
    makeAlarms(name, { definitions, topicArn, tags }, this);

    this.reportBucketName = reports.bucket.bucket;
    this.verifyFunctionName = verify.lambda.name;
    this.alarmTopicArn = topicArn;
    this.registerOutputs({
      reportBucketName: this.reportBucketName,
      verifyFunctionName: this.verifyFunctionName,
      alarmTopicArn: this.alarmTopicArn,
    });
  }
}

/** The name in a table's ARN. */
const tableName = (arn: string): string => arn.slice(arn.indexOf("/") + 1);

/** Lets the function list and read log files and digests, know the keys that sign digests, and decrypt them where the trail uses a key. */
function readEvidence(trail: TrailArgs, account: Account): Statement[] {
  const bucketArn = pulumi.interpolate`arn:${account.partition}:s3:::${trail.bucketName}`;
  const logs = trail.prefix === undefined ? "AWSLogs/*" : pulumi.interpolate`${trail.prefix}/AWSLogs/*`;
  const statements: Statement[] = [
    {
      Sid: "ListLogs",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: bucketArn,
      Condition: { StringLike: { "s3:prefix": logs } },
    },
    // Public keys belong to no resource.
    { Sid: "ListDigestKeys", Effect: "Allow", Action: "cloudtrail:ListPublicKeys", Resource: "*" },
    { Sid: "ReadLogs", Effect: "Allow", Action: "s3:GetObject", Resource: pulumi.interpolate`${bucketArn}/${logs}` },
  ];
  if (trail.kmsKeyArn !== undefined) {
    statements.push({
      Sid: "DecryptLogs",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: trail.kmsKeyArn,
      Condition: { StringLike: { "kms:ViaService": "s3.*" } },
    });
  }
  return statements;
}

/** Lets the function read the ledger, and settle records by what the evidence shows. */
const settleLedger = (args: UsageVerificationArgs): Statement[] => [
  {
    Sid: "ReadLedger",
    Effect: "Allow",
    Action: ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"],
    Resource: args.ledgerTableArn,
  },
  queryIndexes(args.ledgerTableArn),
  { Sid: "SettleRecords", Effect: "Allow", Action: "dynamodb:UpdateItem", Resource: args.ledgerTableArn },
  useLedgerKey(args.ledgerKeyArn),
];

/** Lets the function write reports, and keep what it has read of log files, and read both again. */
const writeReports = (bucketArn: pulumi.Output<string>): Statement[] => [
  {
    Sid: "ListReports",
    Effect: "Allow",
    Action: "s3:ListBucket",
    Resource: bucketArn,
    Condition: { StringLike: { "s3:prefix": ["reports/*", "evidence/*"] } },
  },
  {
    Sid: "WriteReports",
    Effect: "Allow",
    Action: ["s3:GetObject", "s3:PutObject"],
    Resource: ["reports", "evidence"].map((folder) => pulumi.interpolate`${bucketArn}/${folder}/*`),
  },
];

/** A role's name has at most 64 characters, 8 of them the random suffix. */
const LONGEST_NAME = 64 - "-verify-schedule".length - 8;

/** What is wrong with the arguments of a UsageVerification. */
export function verificationProblems(args: UsageVerificationArgs): Problem[] {
  const misspelt = unknownProperties("", args, [
    "products",
    "trail",
    "ledgerTableArn",
    "ledgerKeyArn",
    "submitterRoleArn",
    "meteringRegion",
    "alarms",
    "reportRetentionDays",
    "logRetentionDays",
    "tags",
  ]);
  if (misspelt.length > 0) return misspelt;
  return [
    ...productProblems(args.products),
    ...missing("trail", args.trail),
    ...trailProblems(args.trail),
    ...missing("ledgerTableArn", args.ledgerTableArn),
    ...textProblems(
      "ledgerTableArn",
      args.ledgerTableArn,
      /^arn:[^:]+:dynamodb:[^:]+:\d{12}:table\/[^/]+$/,
      "the ARN of a DynamoDB table",
    ),
    ...missing("ledgerKeyArn", args.ledgerKeyArn),
    ...textProblems("ledgerKeyArn", args.ledgerKeyArn, /^arn:[^:]+:kms:[^:]+:\d{12}:key\/.+$/, "the ARN of a KMS key"),
    ...missing("submitterRoleArn", args.submitterRoleArn),
    ...textProblems("submitterRoleArn", args.submitterRoleArn, /^arn:[^:]+:iam::\d{12}:role\/.+$/, "the ARN of a role"),
    ...regionProblems("meteringRegion", args.meteringRegion),
    ...alarmProblems(args.alarms),
    ...numberProblems("reportRetentionDays", args.reportRetentionDays, {
      from: 31,
      to: 3650,
      unit: "of days",
      whole: true,
    }),
    ...logRetentionProblems("logRetentionDays", args.logRetentionDays),
    ...tagProblems(args.tags),
  ];
}
