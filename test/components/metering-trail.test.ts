import assert from "node:assert/strict";
import { MeteringTrail } from "../../components/index.ts";
import { trailName } from "../../components/names.ts";
import { record } from "./recording.ts";

const TRAIL = "arn:aws:cloudtrail:us-east-1:111122223333:trail/project-stack-metering";
const BUCKET = "metering-logs-1234567";

describe("MeteringTrail", () => {
  it("records management writes alone, with signed digests, under a fixed name", async () => {
    const { one } = await record(() => new MeteringTrail("metering"));
    assert.deepEqual(one("aws:cloudtrail/trail:Trail", "metering-trail").inputs, {
      name: "project-stack-metering",
      s3BucketName: BUCKET,
      enableLogFileValidation: true,
      isMultiRegionTrail: false,
      includeGlobalServiceEvents: false,
      advancedEventSelectors: [
        {
          name: "Management writes, usage submissions among them",
          fieldSelectors: [
            { field: "eventCategory", equals: ["Management"] },
            { field: "readOnly", equals: ["false"] },
            { field: "eventSource", notEquals: ["kms.amazonaws.com", "rdsdata.amazonaws.com"] },
          ],
        },
      ],
      tags: { "marketplace-metering": "metering" },
    });
  });

  it("takes global events only with other Regions, where CloudTrail insists on them", async () => {
    const { one } = await record(() => new MeteringTrail("metering", { isMultiRegionTrail: true }));
    const { inputs } = one("aws:cloudtrail/trail:Trail", "metering-trail");
    assert.deepEqual([inputs.isMultiRegionTrail, inputs.includeGlobalServiceEvents], [true, true]);
  });

  it("is made after the policy that lets it deliver", async () => {
    const { one } = await record(() => new MeteringTrail("metering"));
    const policy = one("aws:s3/bucketPolicy:BucketPolicy", "metering-logs-policy");
    assert.ok(one("aws:cloudtrail/trail:Trail", "metering-trail").dependencies.includes(policy.urn));
  });

  it("lets CloudTrail deliver for this trail alone, and nobody without TLS", async () => {
    const { one } = await record(() => new MeteringTrail("metering"));
    assert.deepEqual(one("aws:s3/bucketPolicy:BucketPolicy", "metering-logs-policy").inputs, {
      bucket: BUCKET,
      policy: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "CheckBucket",
            Effect: "Allow",
            Principal: { Service: "cloudtrail.amazonaws.com" },
            Action: "s3:GetBucketAcl",
            Resource: `arn:aws:s3:::${BUCKET}`,
            Condition: { StringEquals: { "aws:SourceArn": TRAIL } },
          },
          {
            Sid: "DeliverLogs",
            Effect: "Allow",
            Principal: { Service: "cloudtrail.amazonaws.com" },
            Action: "s3:PutObject",
            Resource: `arn:aws:s3:::${BUCKET}/AWSLogs/111122223333/*`,
            Condition: { StringEquals: { "aws:SourceArn": TRAIL, "s3:x-amz-acl": "bucket-owner-full-control" } },
          },
          {
            Sid: "DenyInsecureTransport",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ],
      },
    });
  });

  it("names the trail in its own partition, Region and account", async () => {
    const { one, outputs } = await record(() => new MeteringTrail("metering", { trailName: "usage" }), {
      region: "cn-northwest-1",
      partition: "aws-cn",
    });
    const arn = "arn:aws-cn:cloudtrail:cn-northwest-1:111122223333:trail/usage";
    const policy = one("aws:s3/bucketPolicy:BucketPolicy", "metering-logs-policy").inputs.policy as {
      Statement: { Condition: unknown }[];
    };
    assert.deepEqual(policy.Statement[0]?.Condition, { StringEquals: { "aws:SourceArn": arn } });
    assert.equal([...outputs.values()][0]?.trailArn, arn);
  });

  it("keeps evidence in a private, versioned, encrypted bucket for 400 days", async () => {
    const { one } = await record(() => new MeteringTrail("metering"));
    const inputs = (type: string, name: string) => one(`aws:s3/${type}`, name).inputs;
    assert.deepEqual(inputs("bucket:Bucket", "metering-logs"), { tags: { "marketplace-metering": "metering" } });
    assert.deepEqual(inputs("bucketPublicAccessBlock:BucketPublicAccessBlock", "metering-logs-public-access"), {
      bucket: BUCKET,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    assert.deepEqual(inputs("bucketOwnershipControls:BucketOwnershipControls", "metering-logs-ownership"), {
      bucket: BUCKET,
      rule: { objectOwnership: "BucketOwnerEnforced" },
    });
    assert.deepEqual(inputs("bucketVersioning:BucketVersioning", "metering-logs-versioning"), {
      bucket: BUCKET,
      versioningConfiguration: { status: "Enabled" },
    });
    assert.deepEqual(
      inputs(
        "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "metering-logs-encryption",
      ),
      { bucket: BUCKET, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
    );
    assert.deepEqual(inputs("bucketLifecycleConfiguration:BucketLifecycleConfiguration", "metering-logs-lifecycle"), {
      bucket: BUCKET,
      rules: [
        {
          id: "expire",
          status: "Enabled",
          filter: {},
          expiration: { days: 400 },
          noncurrentVersionExpiration: { noncurrentDays: 400 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
      ],
    });
  });

  it("closes the bucket to the public before its policy is set, since S3 refuses both at once", async () => {
    const { one } = await record(() => new MeteringTrail("metering"));
    const blocked = one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "metering-logs-public-access");
    assert.ok(one("aws:s3/bucketPolicy:BucketPolicy", "metering-logs-policy").dependencies.includes(blocked.urn));
  });

  it("keeps evidence as long as the seller says", async () => {
    const { one } = await record(() => new MeteringTrail("metering", { retentionDays: 3650 }));
    const lifecycle = one(
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      "metering-logs-lifecycle",
    );
    const [rule] = lifecycle.inputs.rules as { expiration: unknown; noncurrentVersionExpiration: unknown }[];
    assert.deepEqual([rule?.expiration, rule?.noncurrentVersionExpiration], [{ days: 3650 }, { noncurrentDays: 3650 }]);
  });

  it("shows each BatchMeterUsage call in a log group that EventBridge may write", async () => {
    const { one } = await record(() => new MeteringTrail("metering"));
    const rule = one("aws:cloudwatch/eventRule:EventRule", "metering-submissions");
    assert.deepEqual(JSON.parse(rule.inputs.eventPattern as string), {
      source: ["aws.metering-marketplace"],
      "detail-type": ["AWS API Call via CloudTrail"],
      detail: { eventSource: ["metering-marketplace.amazonaws.com"], eventName: ["BatchMeterUsage"] },
    });
    const group = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/events/metering-1234567";
    const target = one("aws:cloudwatch/eventTarget:EventTarget", "metering-submissions");
    assert.deepEqual(target.inputs, { rule: "metering-submissions-1234567", arn: group });
    const access = one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "metering-submissions");
    assert.ok(target.dependencies.includes(access.urn));
    const deliverers = { Service: ["events.amazonaws.com", "delivery.logs.amazonaws.com"] };
    assert.deepEqual(access.inputs, {
      resourceArn: group,
      policyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "CreateStreams",
            Effect: "Allow",
            Principal: deliverers,
            Action: "logs:CreateLogStream",
            Resource: `${group}:*`,
          },
          {
            Sid: "WriteSubmissions",
            Effect: "Allow",
            Principal: deliverers,
            Action: "logs:PutLogEvents",
            Resource: `${group}:*`,
            Condition: {
              ArnEquals: {
                "aws:SourceArn": "arn:aws:events:us-east-1:111122223333:rule/metering-submissions-1234567",
              },
            },
          },
        ],
      },
    });
  });

  it("registers 13 resources, all below itself", async () => {
    const { resources } = await record(() => new MeteringTrail("metering"));
    const [component, ...children] = resources;
    assert.equal(component?.type, "aws-marketplace-metering:index:MeteringTrail");
    assert.equal(children.length, 12);
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component.urn]));
  });
});

describe("The name of a trail", () => {
  for (const [text, name] of [
    ["project-stack-metering", "project-stack-metering"],
    ["my_.project-dev-metering", "my-project-dev-metering"],
    ["-project--stack-", "project-stack"],
    ["project/stack metering", "project-stack-metering"],
    [`${"p".repeat(128)}-stack-m`, `${"p".repeat(120)}-stack-m`],
    [`${"p".repeat(10)}-${"s".repeat(127)}`, "s".repeat(127)],
  ] as const) {
    it(`made of ${text.slice(0, 30)} is one that CloudTrail takes`, () => {
      assert.equal(trailName(text), name);
      assert.match(name, /^(?!.*[._-]{2})[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]$/);
    });
  }
});
