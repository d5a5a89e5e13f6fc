import assert from "node:assert/strict";
import { UsageVerification, type UsageVerificationArgs } from "../../components/index.ts";
import { type RecordingOptions, record } from "./recording.ts";

const args: UsageVerificationArgs = {
  products: { analytics: { integration: "license", dimensions: { ApiCalls: {} } } },
  trail: { bucketName: "our-logs" },
  ledgerTableArn: "arn:aws:dynamodb:us-east-1:111122223333:table/ledger-1",
  ledgerKeyArn: "arn:aws:kms:us-east-1:111122223333:key/k",
  submitterRoleArn: "arn:aws:iam::111122223333:role/submitter",
};
const verification = (change: Partial<UsageVerificationArgs> = {}, options?: RecordingOptions) =>
  record(() => new UsageVerification("check", { ...args, ...change }), options);
const FUNCTION = "aws:lambda/function:Function";
const POLICY = "aws:iam/rolePolicy:RolePolicy";

describe("UsageVerification", () => {
  it("runs the verify function with exactly its settings", async () => {
    const { one } = await verification();
    assert.deepEqual(
      { ...one(FUNCTION, "check-verify").inputs, code: undefined },
      {
        description: "Compares the ledger with CloudTrail and writes reports",
        role: "arn:aws:iam::111122223333:role/check-verify-role-1234567",
        runtime: "nodejs24.x",
        architectures: ["arm64"],
        handler: "index.handler",
        code: undefined,
        timeout: 900,
        memorySize: 1024,
        environment: {
          variables: {
            LEDGER_TABLE_NAME: "ledger-1",
            POWERTOOLS_SERVICE_NAME: "project-stack-check",
            POWERTOOLS_METRICS_NAMESPACE: "AWSMarketplaceMetering",
            PRODUCTS_FILE: "products.json",
            LOG_BUCKET_NAME: "our-logs",
            INTEGRITY: "required",
            ACCOUNT_ID: "111122223333",
            METERING_REGION: "us-east-1",
            REPORT_BUCKET_NAME: "check-reports-1234567",
            SUBMITTER_ROLE_ARN: "arn:aws:iam::111122223333:role/submitter",
          },
        },
        loggingConfig: { logFormat: "Text", logGroup: "check-verify-logs-1234567" },
        tags: { "marketplace-metering": "check" },
      },
    );
  });

  it("may read evidence and ledger, settle records and write reports, and nothing else", async () => {
    const { one } = await verification();
    assert.deepEqual(one(POLICY, "check-verify-policy").inputs, {
      role: "check-verify-role-1234567",
      policy: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "ListLogs",
            Effect: "Allow",
            Action: "s3:ListBucket",
            Resource: "arn:aws:s3:::our-logs",
            Condition: { StringLike: { "s3:prefix": "AWSLogs/*" } },
          },
          { Sid: "ListDigestKeys", Effect: "Allow", Action: "cloudtrail:ListPublicKeys", Resource: "*" },
          { Sid: "ReadLogs", Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::our-logs/AWSLogs/*" },
          {
            Sid: "ReadLedger",
            Effect: "Allow",
            Action: ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"],
            Resource: args.ledgerTableArn,
          },
          {
            Sid: "QueryIndexes",
            Effect: "Allow",
            Action: "dynamodb:Query",
            Resource: "arn:aws:dynamodb:us-east-1:111122223333:table/ledger-1/index/*",
          },
          { Sid: "SettleRecords", Effect: "Allow", Action: "dynamodb:UpdateItem", Resource: args.ledgerTableArn },
          {
            Sid: "UseLedgerKey",
            Effect: "Allow",
            Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            Resource: args.ledgerKeyArn,
            Condition: { StringLike: { "kms:ViaService": "dynamodb.*" } },
          },
          {
            Sid: "ListReports",
            Effect: "Allow",
            Action: "s3:ListBucket",
            Resource: "arn:aws:s3:::check-reports-1234567",
            Condition: { StringLike: { "s3:prefix": ["reports/*", "evidence/*"] } },
          },
          {
            Sid: "WriteReports",
            Effect: "Allow",
            Action: ["s3:GetObject", "s3:PutObject"],
            Resource: ["arn:aws:s3:::check-reports-1234567/reports/*", "arn:aws:s3:::check-reports-1234567/evidence/*"],
          },
          {
            Sid: "WriteOwnLogs",
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
            Resource: "arn:aws:logs:us-east-1:111122223333:log-group:check-verify-logs-1234567:*",
          },
        ],
      },
    });
  });

  it("reads a trail of the seller's own below its prefix, decrypted with its key", async () => {
    const kmsKeyArn = "arn:aws-cn:kms:cn-northwest-1:111122223333:key/trail";
    const { one } = await verification(
      { trail: { bucketName: "our-logs", prefix: "audit/all", kmsKeyArn } },
      { region: "cn-northwest-1", partition: "aws-cn" },
    );
    const { Statement } = one(POLICY, "check-verify-policy").inputs.policy as { Statement: object[] };
    assert.deepEqual(Statement.slice(0, 4), [
      {
        Sid: "ListLogs",
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: "arn:aws-cn:s3:::our-logs",
        Condition: { StringLike: { "s3:prefix": "audit/all/AWSLogs/*" } },
      },
      { Sid: "ListDigestKeys", Effect: "Allow", Action: "cloudtrail:ListPublicKeys", Resource: "*" },
      {
        Sid: "ReadLogs",
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: "arn:aws-cn:s3:::our-logs/audit/all/AWSLogs/*",
      },
      {
        Sid: "DecryptLogs",
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: kmsKeyArn,
        Condition: { StringLike: { "kms:ViaService": "s3.*" } },
      },
    ]);
    const { variables } = one(FUNCTION, "check-verify").inputs.environment as { variables: Record<string, string> };
    assert.deepEqual([variables.LOG_PREFIX, variables.METERING_REGION], ["audit/all", "cn-northwest-1"]);
  });

  it("takes evidence of a trail without log file validation unsigned, where the seller says so", async () => {
    const { one } = await verification({ trail: { bucketName: "our-logs", integrity: "off" } });
    const { variables } = one(FUNCTION, "check-verify").inputs.environment as { variables: Record<string, string> };
    assert.equal(variables.INTEGRITY, "off");
  });

  it("verifies another Region than its own where usage is submitted there", async () => {
    const { one } = await verification({ meteringRegion: "eu-west-1" });
    const { variables } = one(FUNCTION, "check-verify").inputs.environment as { variables: Record<string, string> };
    assert.equal(variables.METERING_REGION, "eu-west-1");
  });

  it("runs every hour, and lets runs neither pile up nor repeat", async () => {
    const { one } = await verification();
    const { scheduleExpression, target } = one("aws:scheduler/schedule:Schedule", "check-verify-schedule").inputs;
    assert.equal(scheduleExpression, "rate(1 hour)");
    assert.deepEqual(target, {
      arn: "arn:aws:lambda:us-east-1:111122223333:function:check-verify-1234567",
      roleArn: "arn:aws:iam::111122223333:role/check-verify-schedule-1234567",
      retryPolicy: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 0 },
    });
    assert.deepEqual(
      one("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "check-verify-invocation").inputs,
      { functionName: "check-verify-1234567", maximumEventAgeInSeconds: 60, maximumRetryAttempts: 0 },
    );
  });

  it("keeps reports in a bucket that takes TLS only, for 400 days or as long as the seller says", async () => {
    const { one } = await verification();
    assert.deepEqual(one("aws:s3/bucketPolicy:BucketPolicy", "check-reports-policy").inputs, {
      bucket: "check-reports-1234567",
      policy: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "DenyInsecureTransport",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: ["arn:aws:s3:::check-reports-1234567", "arn:aws:s3:::check-reports-1234567/*"],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ],
      },
    });
    const days = async (change?: Partial<UsageVerificationArgs>) => {
      const recording = await verification(change);
      const { rules } = recording.one(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "check-reports-lifecycle",
      ).inputs;
      return (rules as { expiration: { days: number } }[]).map(({ expiration }) => expiration.days);
    };
    // What runs leave to each other is gone after 60 days, whatever reports do.
    assert.deepEqual(
      [await days(), await days({ reportRetentionDays: 31 })],
      [
        [400, 60],
        [31, 60],
      ],
    );
  });

  it("keeps what runs leave to each other for 60 days, and replaced reports for 30, while reports stay", async () => {
    const { one } = await verification();
    const { rules } = one(
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      "check-reports-lifecycle",
    ).inputs;
    assert.deepEqual(rules, [
      {
        id: "expire",
        status: "Enabled",
        filter: {},
        expiration: { days: 400 },
        noncurrentVersionExpiration: { noncurrentDays: 30 },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      },
      {
        id: "expire-evidence",
        status: "Enabled",
        filter: { prefix: "evidence/" },
        expiration: { days: 60 },
        noncurrentVersionExpiration: { noncurrentDays: 1 },
      },
    ]);
  });
});
