import assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import { UsagePipeline, type UsagePipelineArgs } from "../../components/index.ts";
import { type RecordingOptions, record } from "./recording.ts";

const products = {
  archive: { integration: "productCode" as const, productCode: "4w1v", dimensions: { Gb: {} } },
  analytics: { integration: "license" as const, dimensions: { GbHours: {}, ApiCalls: { price: "0.0002" } } },
};
const pipeline = (args: Partial<UsagePipelineArgs> = {}, options?: RecordingOptions) =>
  record(() => new UsagePipeline("usage", { products, ...args }), options);

const FUNCTION = "aws:lambda/function:Function";
const POLICY = "aws:iam/rolePolicy:RolePolicy";
const tags = { "marketplace-metering": "usage" };
const queue = "arn:aws:sqs:us-east-1:111122223333:usage-usage-1234567";
const deadLetters = "arn:aws:sqs:us-east-1:111122223333:usage-usage-dead-letters-1234567";
const table = "arn:aws:dynamodb:us-east-1:111122223333:table/usage-ledger-1234567";
const statement = (Sid: string, Action: string | string[], Resource: string, Condition?: object) => ({
  Sid,
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition ? { Condition } : {}),
});
const writeLedger = statement(
  "ReadAndWriteLedger",
  ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
  table,
);
const useKey = statement(
  "UseLedgerKey",
  ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
  "arn:aws:kms:us-east-1:111122223333:key/usage-ledger-key-1234567",
  { StringLike: { "kms:ViaService": "dynamodb.*" } },
);
const writeLogs = (name: string) =>
  statement(
    "WriteOwnLogs",
    ["logs:CreateLogStream", "logs:PutLogEvents"],
    `arn:aws:logs:us-east-1:111122223333:log-group:${name}-logs-1234567:*`,
  );

describe("UsagePipeline", () => {
  it("keeps the ledger on demand, restorable, undeletable and under a key of its own", async () => {
    const { one } = await pipeline();
    assert.deepEqual(one("aws:dynamodb/table:Table", "usage-ledger").inputs, {
      billingMode: "PAY_PER_REQUEST",
      hashKey: "pk",
      rangeKey: "sk",
      attributes: [
        { name: "pk", type: "S" },
        { name: "sk", type: "S" },
        { name: "dueShard", type: "S" },
        { name: "due", type: "S" },
        { name: "hourShard", type: "S" },
        { name: "hour", type: "S" },
        { name: "buyer", type: "S" },
      ],
      globalSecondaryIndexes: [
        { name: "due", keySchemas: keys("dueShard", "due"), projectionType: "KEYS_ONLY" },
        { name: "hours", keySchemas: keys("hourShard", "hour"), projectionType: "KEYS_ONLY" },
        { name: "buyers", keySchemas: keys("buyer", "hour"), projectionType: "KEYS_ONLY" },
      ],
      ttl: { attributeName: "expiresAt", enabled: true },
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: {
        enabled: true,
        kmsKeyArn: "arn:aws:kms:us-east-1:111122223333:key/usage-ledger-key-1234567",
      },
      deletionProtectionEnabled: true,
      tags,
    });
    assert.deepEqual(one("aws:kms/key:Key", "usage-ledger-key").inputs, {
      description: "Encrypts the usage ledger",
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      tags,
    });
    assert.deepEqual(one("aws:kms/alias:Alias", "usage-ledger-key-alias").inputs, {
      namePrefix: "alias/usage-ledger-",
      targetKeyId: "usage-ledger-key-1234567",
    });
  });

  it("keeps messages 14 days in both queues, and tries them 1,000 times", async () => {
    const { one } = await pipeline();
    const { redrivePolicy, ...usage } = one("aws:sqs/queue:Queue", "usage-usage").inputs;
    assert.deepEqual(JSON.parse(redrivePolicy as string), { deadLetterTargetArn: deadLetters, maxReceiveCount: 1000 });
    assert.deepEqual(usage, {
      messageRetentionSeconds: 1_209_600,
      visibilityTimeoutSeconds: 180,
      sqsManagedSseEnabled: true,
      tags,
    });
    assert.deepEqual(one("aws:sqs/queue:Queue", "usage-usage-dead-letters").inputs, {
      messageRetentionSeconds: 1_209_600,
      sqsManagedSseEnabled: true,
      tags,
    });
  });

  it("takes messages over TLS only", async () => {
    const { all } = await pipeline();
    assert.deepEqual(
      all("aws:sqs/queuePolicy:QueuePolicy")
        .map(({ inputs }) => inputs.policy)
        .sort(byText),
      [deadLetters, queue].map((arn) => ({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "DenyInsecureTransport",
            Effect: "Deny",
            Principal: "*",
            Action: "sqs:*",
            Resource: [arn],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ],
      })),
    );
  });

  it("runs the functions with exactly their settings", async () => {
    const { one } = await pipeline();
    const settings = (name: string) => ({ ...one(FUNCTION, name).inputs, code: undefined });
    const environment = {
      GRACE_MINUTES: "15",
      LEDGER_TABLE_NAME: "usage-ledger-1234567",
      POWERTOOLS_METRICS_NAMESPACE: "AWSMarketplaceMetering",
      POWERTOOLS_SERVICE_NAME: "project-stack-usage",
      PRODUCTS_FILE: "products.json",
    };
    const common = { runtime: "nodejs24.x", architectures: ["arm64"], handler: "index.handler", code: undefined, tags };
    assert.deepEqual(settings("usage-ingest"), {
      ...common,
      description: "Counts usage events into the ledger",
      role: "arn:aws:iam::111122223333:role/usage-ingest-role-1234567",
      timeout: 30,
      memorySize: 256,
      environment: { variables: environment },
      loggingConfig: { logFormat: "Text", logGroup: "usage-ingest-logs-1234567" },
    });
    assert.deepEqual(settings("usage-submit"), {
      ...common,
      description: "Seals hours that are due and submits them to AWS Marketplace",
      role: "arn:aws:iam::111122223333:role/usage-submitter-role-1234567",
      timeout: 900,
      memorySize: 1024,
      reservedConcurrentExecutions: 1,
      environment: { variables: { ...environment, REQUESTS_PER_SECOND: "9.9" } },
      loggingConfig: { logFormat: "Text", logGroup: "usage-submit-logs-1234567" },
    });
  });

  it("ships each bundle with the product settings in canonical order", async () => {
    const { all } = await pipeline();
    for (const { name, inputs } of all(FUNCTION)) {
      const assets = await (inputs.code as pulumi.asset.AssetArchive).assets;
      const bundle = await (assets["index.mjs"] as pulumi.asset.FileAsset).path;
      assert.match(bundle, new RegExp(`/dist/functions/${name.replace("usage-", "")}/index\\.mjs$`));
      assert.equal(
        await (assets["products.json"] as pulumi.asset.StringAsset).text,
        '{"analytics":{"dimensions":{"ApiCalls":{"price":"0.0002"},"GbHours":{}},"integration":"license"},' +
          '"archive":{"dimensions":{"Gb":{}},"integration":"productCode","productCode":"4w1v"}}',
      );
    }
  });

  it("gives each function its own rights and no others", async () => {
    const { one } = await pipeline();
    assert.deepEqual(one(POLICY, "usage-ingest-policy").inputs, {
      role: "usage-ingest-role-1234567",
      policy: {
        Version: "2012-10-17",
        Statement: [
          statement("ReceiveUsage", ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], queue),
          writeLedger,
          useKey,
          writeLogs("usage-ingest"),
        ],
      },
    });
    assert.deepEqual(one(POLICY, "usage-submit-policy").inputs, {
      role: "usage-submitter-role-1234567",
      policy: {
        Version: "2012-10-17",
        Statement: [
          writeLedger,
          useKey,
          statement("QueryIndexes", "dynamodb:Query", `${table}/index/*`),
          writeLogs("usage-submit"),
        ],
      },
    });
    assert.deepEqual(
      (one(POLICY, "usage-submitter-submit-usage").inputs.policy as { Statement: unknown[] }).Statement,
      [
        statement("SubmitUsage", "aws-marketplace:BatchMeterUsage", "*", {
          StringEquals: { "aws:RequestedRegion": ["us-east-1"] },
        }),
      ],
    );
    assert.deepEqual(one("aws:iam/role:Role", "usage-ingest-role").inputs.assumeRolePolicy, trust("lambda"));
  });

  it("makes each function after its rights, so that its first run has them", async () => {
    const { one } = await pipeline();
    for (const name of ["usage-ingest", "usage-submit"]) {
      assert.ok(one(FUNCTION, name).dependencies.includes(one(POLICY, `${name}-policy`).urn), name);
    }
  });

  it("feeds ingest from the queue, message by message where a batch fails in part", async () => {
    const { one } = await pipeline();
    const source = one("aws:lambda/eventSourceMapping:EventSourceMapping", "usage-ingest-source");
    assert.deepEqual(source.inputs, {
      eventSourceArn: queue,
      functionName: "usage-ingest-1234567",
      batchSize: 100,
      maximumBatchingWindowInSeconds: 5,
      functionResponseTypes: ["ReportBatchItemFailures"],
      tags,
    });
    assert.ok(source.dependencies.includes(one(POLICY, "usage-ingest-policy").urn));
  });

  it("submits every 5 minutes, and lets runs neither pile up nor repeat", async () => {
    const { one } = await pipeline();
    assert.deepEqual(one("aws:scheduler/schedule:Schedule", "usage-submit-schedule").inputs, {
      description: "Submits due usage every 5 minutes",
      scheduleExpression: "rate(5 minutes)",
      scheduleExpressionTimezone: "UTC",
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: "arn:aws:lambda:us-east-1:111122223333:function:usage-submit-1234567",
        roleArn: "arn:aws:iam::111122223333:role/usage-submit-schedule-1234567",
        retryPolicy: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 0 },
      },
    });
    assert.deepEqual(
      one("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "usage-submit-invocation").inputs,
      { functionName: "usage-submit-1234567", maximumEventAgeInSeconds: 60, maximumRetryAttempts: 0 },
    );
    assert.deepEqual(
      one("aws:iam/role:Role", "usage-submit-schedule").inputs.assumeRolePolicy,
      trust("scheduler", { StringEquals: { "aws:SourceAccount": "111122223333" } }),
    );
    assert.deepEqual(one(POLICY, "usage-submit-schedule-policy").inputs.policy, {
      Version: "2012-10-17",
      Statement: [
        statement(
          "InvokeFunction",
          "lambda:InvokeFunction",
          "arn:aws:lambda:us-east-1:111122223333:function:usage-submit-1234567",
        ),
      ],
    });
  });

  it("lets an application send usage and do nothing else", async () => {
    const { one } = await pipeline();
    assert.deepEqual(one("aws:iam/policy:Policy", "usage-emitter").inputs.policy, {
      Version: "2012-10-17",
      Statement: [statement("SendUsage", "sqs:SendMessage", queue)],
    });
  });

  it("passes the seller's settings on: ingest and submit agree on when an hour is sealed", async () => {
    const { one } = await pipeline({ graceMinutes: 45, requestsPerSecond: 2.5, reserveConcurrency: false });
    const { inputs } = one(FUNCTION, "usage-submit");
    const { variables } = inputs.environment as { variables: Record<string, string> };
    assert.deepEqual([variables.GRACE_MINUTES, variables.REQUESTS_PER_SECOND], ["45", "2.5"]);
    const ingest = one(FUNCTION, "usage-ingest").inputs.environment as { variables: Record<string, string> };
    assert.equal(ingest.variables.GRACE_MINUTES, "45");
    assert.equal(inputs.reservedConcurrentExecutions, -1);
  });

  it("keeps the functions' logs 90 days, or as long as the seller says", async () => {
    const retention = async (args?: Partial<UsagePipelineArgs>) =>
      (await pipeline(args)).all("aws:cloudwatch/logGroup:LogGroup").map(({ inputs }) => inputs.retentionInDays);
    assert.deepEqual(await retention(), [90, 90]);
    assert.deepEqual(await retention({ logRetentionDays: 365 }), [365, 365]);
  });
});

const keys = (hash: string, range: string) => [
  { attributeName: hash, keyType: "HASH" },
  { attributeName: range, keyType: "RANGE" },
];

const trust = (service: string, Condition?: object) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "AssumedByService",
      Effect: "Allow",
      Principal: { Service: `${service}.amazonaws.com` },
      Action: "sts:AssumeRole",
      ...(Condition ? { Condition } : {}),
    },
  ],
});

const byText = (a: unknown, b: unknown) => (JSON.stringify(a) > JSON.stringify(b) ? -1 : 1);
