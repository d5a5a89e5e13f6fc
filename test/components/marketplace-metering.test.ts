import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { MarketplaceMetering, type MarketplaceMeteringArgs } from "../../components/index.ts";
import { record } from "./recording.ts";

const args: MarketplaceMeteringArgs = {
  products: {
    analytics: { integration: "license", dimensions: { ApiCalls: { price: "0.0002" }, GbHours: {} } },
    archive: { integration: "productCode", productCode: "4w1vgsrkqdkypbz43g7qkk4uz", dimensions: { Gb: {} } },
  },
  alarms: { emails: ["billing-oncall@example.com"] },
};
const metering = (opts?: pulumi.ComponentResourceOptions) => new MarketplaceMetering("metering", args, opts);

const everything = {
  "aws-marketplace-metering:index:MarketplaceMetering": 1,
  "aws-marketplace-metering:index:MeteringRole": 1,
  "aws-marketplace-metering:index:MeteringTrail": 1,
  "aws-marketplace-metering:index:UsagePipeline": 1,
  "aws-marketplace-metering:index:UsageVerification": 1,
  "aws:cloudtrail/trail:Trail": 1,
  "aws:cloudwatch/eventRule:EventRule": 1,
  "aws:cloudwatch/eventTarget:EventTarget": 1,
  "aws:cloudwatch/logGroup:LogGroup": 4,
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": 1,
  "aws:cloudwatch/metricAlarm:MetricAlarm": 28,
  "aws:dynamodb/table:Table": 1,
  "aws:iam/policy:Policy": 1,
  "aws:iam/role:Role": 5,
  "aws:iam/rolePolicy:RolePolicy": 6,
  "aws:kms/alias:Alias": 1,
  "aws:kms/key:Key": 1,
  "aws:lambda/eventSourceMapping:EventSourceMapping": 1,
  "aws:lambda/function:Function": 3,
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": 2,
  "aws:s3/bucket:Bucket": 2,
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": 2,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": 2,
  "aws:s3/bucketPolicy:BucketPolicy": 2,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": 2,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": 2,
  "aws:s3/bucketVersioning:BucketVersioning": 2,
  "aws:scheduler/schedule:Schedule": 2,
  "aws:sns/topic:Topic": 1,
  "aws:sns/topicPolicy:TopicPolicy": 1,
  "aws:sns/topicSubscription:TopicSubscription": 1,
  "aws:sqs/queue:Queue": 2,
  "aws:sqs/queuePolicy:QueuePolicy": 2,
};

describe("MarketplaceMetering", () => {
  it("registers exactly these resources", async () => {
    const { resources } = await record(() => metering());
    assert.deepEqual(counted(resources.map(({ type }) => type)), everything);
  });

  it("makes no trail where the account has one", async () => {
    const { resources, one, outputs } = await record(
      () => new MarketplaceMetering("metering", { ...args, trail: { bucketName: "our-logs", prefix: "audit" } }),
    );
    assert.deepEqual(
      resources.filter(({ name }) => name.startsWith("metering-trail")),
      [],
    );
    assert.equal(resources.length, 85 - 13);
    const { variables } = one("aws:lambda/function:Function", "metering-verification-verify").inputs.environment as {
      variables: Record<string, string>;
    };
    assert.deepEqual([variables.LOG_BUCKET_NAME, variables.LOG_PREFIX], ["our-logs", "audit"]);
    assert.equal([...outputs.values()].at(-1)?.logBucketName, "our-logs");
  });

  it("gives out what programs need", async () => {
    const { outputs } = await record(() => metering());
    assert.deepEqual([...outputs.values()].at(-1), {
      usageQueueUrl: "https://sqs.us-east-1.amazonaws.com/111122223333/metering-pipeline-usage-1234567",
      usageQueueArn: "arn:aws:sqs:us-east-1:111122223333:metering-pipeline-usage-1234567",
      deadLetterQueueUrl:
        "https://sqs.us-east-1.amazonaws.com/111122223333/metering-pipeline-usage-dead-letters-1234567",
      emitterPolicyArn: "arn:aws:iam::111122223333:policy/metering-pipeline-emitter-1234567",
      ledgerTableName: "metering-pipeline-ledger-1234567",
      logBucketName: "metering-trail-logs-1234567",
      reportBucketName: "metering-verification-reports-1234567",
      submitterRoleArn: "arn:aws:iam::111122223333:role/metering-pipeline-submitter-role-1234567",
      ingestFunctionName: "metering-pipeline-ingest-1234567",
      submitFunctionName: "metering-pipeline-submit-1234567",
      verifyFunctionName: "metering-verification-verify-1234567",
      alarmTopicArn: "arn:aws:sns:us-east-1:111122223333:metering-pipeline-alarms-1234567",
    });
  });

  it("verifies the ledger, the role and the trail that it made", async () => {
    const { one } = await record(() => metering());
    const { variables } = one("aws:lambda/function:Function", "metering-verification-verify").inputs.environment as {
      variables: Record<string, string>;
    };
    assert.equal(variables.LEDGER_TABLE_NAME, "metering-pipeline-ledger-1234567");
    assert.equal(variables.LOG_BUCKET_NAME, "metering-trail-logs-1234567");
    assert.equal(
      variables.SUBMITTER_ROLE_ARN,
      one("aws:lambda/function:Function", "metering-pipeline-submit").inputs.role,
    );
  });

  it("keeps evidence and reports equally long", async () => {
    const { all } = await record(() => new MarketplaceMetering("metering", { ...args, retentionDays: 500 }));
    assert.deepEqual(
      all("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").map(
        ({ inputs }) => (inputs.rules as { expiration: unknown }[])[0]?.expiration,
      ),
      [{ days: 500 }, { days: 500 }],
    );
  });

  it("previews with everything that AWS has yet to answer unknown", async () => {
    const { resources, one } = await record(() => metering(), { preview: true });
    assert.deepEqual(counted(resources.map(({ type }) => type)), everything);
    assert.equal(one("aws:cloudtrail/trail:Trail", "metering-trail-trail").inputs.name, "project-stack-metering-trail");
    assert.equal(
      one("aws:lambda/function:Function", "metering-pipeline-submit").inputs.reservedConcurrentExecutions,
      1,
    );
  });

  it("previews arguments that are not known yet", async () => {
    const { resources } = await record(
      () => {
        const bucket = new aws.s3.Bucket("existing");
        new MarketplaceMetering("metering", {
          ...args,
          trail: { bucketName: bucket.bucket },
          graceMinutes: bucket.bucket.apply((name) => name.length),
          tags: bucket.tags.apply((tags) => tags ?? {}),
          products: bucket.bucket.apply(() => ({ a: { integration: "license" as const, dimensions: { b: {} } } })),
        });
      },
      { preview: true },
    );
    assert.equal(resources.length, 85 - 13 + 1);
  });

  it("registers every resource below itself", async () => {
    const { resources } = await record(() => metering());
    const above = new Map(resources.map(({ urn, parent }) => [urn, parent]));
    for (const { urn } of resources) {
      let top = urn;
      while (above.get(top)) top = above.get(top) as string;
      assert.equal(top, resources[0]?.urn, urn);
    }
    assert.equal(resources[0]?.type, "aws-marketplace-metering:index:MarketplaceMetering");
  });
});

describe("The options of a component", () => {
  it("protect every resource", async () => {
    const { resources } = await record(() => metering({ protect: true }));
    assert.deepEqual(counted(resources.map(({ protect }) => String(protect))), { true: 85 });
  });

  it("send every resource and every question to the caller's provider", async () => {
    const { resources, calls } = await record(() =>
      metering({ provider: new aws.Provider("virginia", { region: "us-east-1" }) }),
    );
    assert.equal(calls.length, 9);
    assert.deepEqual(
      calls.filter(({ provider }) => !provider.includes("::virginia::")),
      [],
    );
    const custom = resources.filter(({ type }) => type.startsWith("aws:"));
    assert.equal(custom.length, 80);
    assert.deepEqual(
      custom.filter(({ provider }) => !provider.includes("::virginia::")).map(({ urn }) => urn),
      [],
    );
  });

  it("carry aliases to the component, so that it can be renamed", async () => {
    const { resources } = await record(() => metering({ aliases: [{ name: "billing" }] }));
    assert.deepEqual(resources[0]?.aliases, [{ name: "billing" }]);
  });

  it("show every resource to the caller's transformations", async () => {
    const changed: string[] = [];
    await record(() =>
      metering({
        transformations: [
          ({ type, props, opts }) => {
            changed.push(type);
            return { props, opts };
          },
        ],
      }),
    );
    assert.deepEqual(counted(changed), everything);
  });
});

describe("Tags", () => {
  it("of the user stand over the component's own on everything that takes tags", async () => {
    const { resources } = await record(
      () =>
        new MarketplaceMetering("metering", {
          ...args,
          tags: { team: "billing", "marketplace-metering": "ours", unit: pulumi.output("7") },
        }),
    );
    const tagged = resources.filter(({ type, inputs }) => type.startsWith("aws:") && inputs.tags !== undefined);
    for (const { name, inputs } of tagged) {
      assert.deepEqual(inputs.tags, { team: "billing", "marketplace-metering": "ours", unit: "7" }, name);
    }
    assert.deepEqual(counted(tagged.map(({ type }) => type)), {
      "aws:cloudtrail/trail:Trail": 1,
      "aws:cloudwatch/eventRule:EventRule": 1,
      "aws:cloudwatch/logGroup:LogGroup": 4,
      "aws:cloudwatch/metricAlarm:MetricAlarm": 28,
      "aws:dynamodb/table:Table": 1,
      "aws:iam/policy:Policy": 1,
      "aws:iam/role:Role": 5,
      "aws:kms/key:Key": 1,
      "aws:lambda/eventSourceMapping:EventSourceMapping": 1,
      "aws:lambda/function:Function": 3,
      "aws:s3/bucket:Bucket": 2,
      "aws:sns/topic:Topic": 1,
      "aws:sqs/queue:Queue": 2,
    });
  });

  it("name the component a resource belongs to where the user gives none", async () => {
    const { one } = await record(() => metering());
    assert.deepEqual(one("aws:sqs/queue:Queue", "metering-pipeline-usage").inputs.tags, {
      "marketplace-metering": "metering-pipeline",
    });
  });
});

const counted = (names: string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const name of names.sort()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};
