import assert from "node:assert/strict";
import { MarketplaceMetering, UsagePipeline } from "../../components/index.ts";
import { verificationAlarms } from "../../components/verification-alarms.ts";
import { needsSomeone } from "../../src/report/kinds.ts";
import { FINDING_KINDS } from "../../src/report/report.ts";
import { findingMetric } from "../../src/verify/metrics.ts";
import { finding } from "../report/sample.ts";
import { type Recording, record } from "./recording.ts";

const products = { analytics: { integration: "license" as const, dimensions: { ApiCalls: {} } } };
const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";

describe("Alarms", () => {
  it("watch everything that can leave usage unbilled", async () => {
    const recording = await record(() => new MarketplaceMetering("m", { products }));
    const ours = (metric: string, rest: string) => `AWSMarketplaceMetering ${metric} project-stack-m-pipeline ${rest}`;
    const finding = (metric: string) =>
      `AWSMarketplaceMetering ${metric} project-stack-m-verification Sum >= 1 in 1 x 3600 s, missing notBreaching`;
    assert.deepEqual(alarms(recording), {
      "m-pipeline-oldest-unsent": ours("OldestUnsentSeconds", "Maximum >= 8100 in 1 x 300 s, missing notBreaching"),
      "m-pipeline-records-near-deadline": ours(
        "RecordsNearDeadline",
        "Maximum >= 1 in 1 x 300 s, missing notBreaching",
      ),
      "m-pipeline-records-refused": ours("RecordsRefused", "Sum >= 1 in 1 x 300 s, missing notBreaching"),
      "m-pipeline-records-expired": ours("RecordsExpired", "Sum >= 1 in 1 x 300 s, missing notBreaching"),
      "m-pipeline-events-expired": ours("EventsExpired", "Sum >= 1 in 1 x 300 s, missing notBreaching"),
      "m-pipeline-records-disputed": ours("RecordsDisputed", "Sum >= 1 in 1 x 300 s, missing notBreaching"),
      "m-pipeline-events-rejected": ours("EventsRejected", "Sum >= 1 in 1 x 300 s, missing notBreaching"),
      "m-pipeline-records-poison": ours("RecordsPoison", "Sum >= 1 in 1 x 300 s, missing notBreaching"),
      "m-pipeline-products-stopped": ours("ProductsStopped", "Sum >= 1 in 1 x 300 s, missing notBreaching"),
      "m-pipeline-submit-runs-missing": ours("SubmitRuns", "Sum < 1 in 4 x 300 s, missing breaching"),
      "m-pipeline-dead-letters":
        "AWS/SQS ApproximateNumberOfMessagesVisible m-pipeline-usage-dead-letters-1234567 Maximum >= 1 in 1 x 300 s, missing notBreaching",
      "m-pipeline-usage-queue-age":
        "AWS/SQS ApproximateAgeOfOldestMessage m-pipeline-usage-1234567 Maximum >= 3600 in 1 x 300 s, missing notBreaching",
      "m-pipeline-submit-errors":
        "AWS/Lambda Errors m-pipeline-submit-1234567 Sum >= 1 in 1 x 300 s, missing notBreaching",
      "m-pipeline-ingest-errors":
        "AWS/Lambda Errors m-pipeline-ingest-1234567 Sum >= 1 in 1 x 300 s, missing notBreaching",
      "m-verification-findings-integrity": finding("FindingsIntegrity"),
      "m-verification-findings-billed-twice": finding("FindingsBilledTwice"),
      "m-verification-findings-foreign": finding("FindingsForeign"),
      "m-verification-findings-missing": finding("FindingsMissing"),
      "m-verification-findings-quantity-mismatch": finding("FindingsQuantityMismatch"),
      "m-verification-findings-under-billed-duplicate": finding("FindingsUnderBilledDuplicate"),
      "m-verification-findings-refused": finding("FindingsRefused"),
      "m-verification-findings-expired": finding("FindingsExpired"),
      "m-verification-findings-disputed": finding("FindingsDisputed"),
      "m-verification-findings-unverifiable": finding("FindingsUnverifiable"),
      "m-verification-findings-failed-call": finding("FindingsFailedCall"),
      "m-verification-verify-behind":
        "AWSMarketplaceMetering DaysLeft project-stack-m-verification Maximum >= 1 in 3 x 3600 s, missing notBreaching",
      "m-verification-verify-runs-missing":
        "AWSMarketplaceMetering VerifyRuns project-stack-m-verification Sum < 1 in 3 x 3600 s, missing breaching",
      "m-verification-verify-errors":
        "AWS/Lambda Errors m-verification-verify-1234567 Sum >= 1 in 1 x 300 s, missing notBreaching",
    });
  });

  it("watch the very names that the functions give their metrics", async () => {
    const { all } = await record(() => new MarketplaceMetering("m", { products }));
    const services = all("aws:lambda/function:Function").map(
      ({ inputs }) => (inputs.environment as { variables: Record<string, string> }).variables.POWERTOOLS_SERVICE_NAME,
    );
    const watched = all(ALARM).flatMap(({ inputs }) => (inputs.dimensions as { service?: string }).service ?? []);
    assert.deepEqual(new Set(watched), new Set(services));
  });

  it("watch each kind of finding that needs someone, and no other, by the metric that the verify function counts it in", () => {
    const watched = verificationAlarms({ service: "s", verifyFunctionName: "v" }).filter(({ suffix }) =>
      suffix.startsWith("findings-"),
    );
    const needing = FINDING_KINDS.filter((kind) => needsSomeone(finding({ kind, evidenced: null })));
    assert.deepEqual(
      watched.map(({ suffix, metric }) => [suffix, metric]),
      needing.map((kind) => [`findings-${kind}`, findingMetric(kind)]),
    );
  });

  it("wait an hour longer than the longest that usage normally waits", async () => {
    const { one } = await record(() => new UsagePipeline("m", { products, graceMinutes: 180 }));
    assert.equal(one(ALARM, "m-oldest-unsent").inputs.threshold, (60 + 180 + 60) * 60);
  });

  it("all reach one topic, and say what to do", async () => {
    const { all } = await record(() => new MarketplaceMetering("m", { products }));
    for (const { name, inputs } of all(ALARM)) {
      assert.deepEqual(inputs.alarmActions, ["arn:aws:sns:us-east-1:111122223333:m-pipeline-alarms-1234567"], name);
      const description = inputs.alarmDescription as string;
      assert.ok(description.length > 80 && description.length <= 1024, name);
    }
  });

  it("publish to a topic that only CloudWatch in this account may publish to", async () => {
    const { one } = await record(() => new UsagePipeline("m", { products }));
    const topic = "arn:aws:sns:us-east-1:111122223333:m-alarms-1234567";
    assert.deepEqual(one("aws:sns/topicPolicy:TopicPolicy", "m-alarms-policy").inputs, {
      arn: topic,
      policy: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "PublishAlarms",
            Effect: "Allow",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Action: "sns:Publish",
            Resource: topic,
            Condition: { StringEquals: { "aws:SourceAccount": "111122223333" } },
          },
          {
            Sid: "DenyInsecureTransport",
            Effect: "Deny",
            Principal: "*",
            Action: "sns:Publish",
            Resource: [topic],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ],
      },
    });
  });

  it("reach every address once, however many components share the topic", async () => {
    const emails = ["a@example.com", "b@example.com"];
    const { all } = await record(() => new MarketplaceMetering("m", { products, alarms: { emails } }));
    assert.deepEqual(
      all("aws:sns/topicSubscription:TopicSubscription").map(({ inputs }) => inputs),
      emails.map((endpoint) => ({
        topic: "arn:aws:sns:us-east-1:111122223333:m-pipeline-alarms-1234567",
        protocol: "email",
        endpoint,
      })),
    );
    assert.equal(all("aws:sns/topic:Topic").length, 1);
  });

  it("go to the seller's own topic where one is given", async () => {
    const topicArn = "arn:aws:sns:us-east-1:111122223333:oncall";
    const { all, outputs } = await record(() => new MarketplaceMetering("m", { products, alarms: { topicArn } }));
    assert.equal(all("aws:sns/topic:Topic").length + all("aws:sns/topicPolicy:TopicPolicy").length, 0);
    assert.deepEqual(new Set(all(ALARM).map(({ inputs }) => String(inputs.alarmActions))), new Set([topicArn]));
    assert.equal([...outputs.values()].at(-1)?.alarmTopicArn, topicArn);
  });
});

/** Each alarm in one line, by name. */
const alarms = ({ all }: Recording) =>
  Object.fromEntries(
    all(ALARM).map(({ name, inputs: alarm }) => [
      name,
      `${alarm.namespace} ${alarm.metricName} ${Object.values(alarm.dimensions as object).join()} ${alarm.statistic} ` +
        `${alarm.comparisonOperator === "LessThanThreshold" ? "<" : ">="} ${alarm.threshold} ` +
        `in ${alarm.evaluationPeriods} x ${alarm.period} s, missing ${alarm.treatMissingData}`,
    ]),
  );
