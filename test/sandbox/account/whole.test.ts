import { deepEqual, equal, rejects } from "node:assert/strict";
import type { Account } from "../../../sandbox/account/account.ts";
import { inAccount } from "./support.ts";

/** The components as a seller would use them. */
async function deployMetering(account: Account): Promise<Record<string, string>> {
  const outputs = await account.deploy(async () => {
    const { MarketplaceMetering } = await import("../../../components/index.ts");
    const metering = new MarketplaceMetering("metering", {
      products: { analytics: { integration: "license", dimensions: { ApiCalls: { price: "0.0002" } } } },
      alarms: { emails: ["billing-oncall@example.com"] },
    });
    const {
      usageQueueUrl,
      logBucketName,
      reportBucketName,
      ingestFunctionName,
      submitFunctionName,
      verifyFunctionName,
    } = metering;
    return {
      usageQueueUrl,
      logBucketName,
      reportBucketName,
      ingestFunctionName,
      submitFunctionName,
      verifyFunctionName,
    };
  });
  return outputs as Record<string, string>;
}

describe("the package's own components in the account", () => {
  it("are made without a resource or a right missing", () =>
    inAccount(async (account) => {
      const outputs = await deployMetering(account);
      const { state } = account;
      deepEqual(
        [...state.functions.values()].map(({ name }) => name).sort(),
        [outputs.ingestFunctionName, outputs.submitFunctionName, outputs.verifyFunctionName].sort(),
      );
      deepEqual(
        state.mappings.map(({ batchSize, windowSeconds, reportsItemFailures }) => ({
          batchSize,
          windowSeconds,
          reportsItemFailures,
        })),
        [{ batchSize: 100, windowSeconds: 5, reportsItemFailures: true }],
      );
      deepEqual(
        state.schedules.map(({ everySeconds }) => everySeconds).sort((a, b) => a - b),
        [300, 3600],
      );
      deepEqual([...state.buckets.keys()].sort(), [outputs.logBucketName, outputs.reportBucketName].sort());
      equal(
        [...state.queues.values()].some(({ url }) => url === outputs.usageQueueUrl),
        true,
      );
    }));

  it("let CloudTrail write where the trail delivers, and nowhere else", () =>
    inAccount(async (account) => {
      const { logBucketName = "", reportBucketName = "" } = await deployMetering(account);
      const key = "AWSLogs/123456789012/CloudTrail/us-east-1/2026/11/23/a.json.gz";
      const bytes = new TextEncoder().encode("a");
      await account.putAsCloudTrail(logBucketName, key, bytes, { signature: "b" });
      deepEqual(await account.readBucket(logBucketName), [{ key, body: bytes, metadata: { signature: "b" } }]);
      await rejects(account.putAsCloudTrail(logBucketName, "elsewhere", bytes, {}), {
        message: `CloudTrail may not write elsewhere to ${logBucketName}: the bucket's policy lets no trail of the account do so.`,
      });
      await rejects(account.putAsCloudTrail(reportBucketName, key, bytes, {}), {
        message: /^CloudTrail may not write/,
      });
    }));
});
