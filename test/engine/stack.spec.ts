import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { MarketplaceMetering } from "../../components/index.ts";
import stack from "../../src/stack.ts";
import { type StandIn, serveProvider } from "./provider.ts";

const project = "aws-marketplace-metering";
const products = { analytics: { integration: "license" as const, dimensions: { ApiCalls: { price: "0.0002" } } } };

/** Needs `pulumi` on PATH; the AWS provider is a stand-in. */
describe("The components in Pulumi's own engine", function () {
  this.timeout(180_000);
  let provider: StandIn;
  let folder: string;
  let deployed: Stack;

  before(async () => {
    provider = await serveProvider();
    folder = mkdtempSync(join(tmpdir(), "engine-"));
    deployed = await stackOf(stack);
    await deployed.setAllConfig({
      [`${project}:products`]: { value: JSON.stringify(products) },
      [`${project}:alarms`]: { value: '{"emails":["billing-oncall@example.com"]}' },
      "aws:region": { value: "us-east-1" },
    });
  });

  after(() => {
    provider.stop();
    rmSync(folder, { recursive: true });
  });

  it("preview the program of `pulumi up` before anything exists", async () => {
    const { changeSummary } = await deployed.preview();
    assert.deepEqual(changeSummary, { create: 86 });
    assert.equal(provider.existing.size, 0);
  });

  it("deploy it, with its outputs", async () => {
    const { summary, outputs } = await deployed.up();
    assert.deepEqual(summary.resourceChanges, { create: 86 });
    assert.equal(provider.existing.size, 80);
    assert.equal(
      outputs.usageQueueUrl?.value,
      "https://sqs.us-east-1.amazonaws.com/111122223333/metering-pipeline-usage-1234567",
    );
  });

  it("find nothing to change afterwards", async () => {
    const { changeSummary } = await deployed.preview();
    assert.deepEqual(changeSummary, { same: 86 });
  });

  it("keep every resource where the component is renamed with an alias", async () => {
    const renamed = await stackOf(() => {
      new MarketplaceMetering(
        "billing",
        { products, alarms: { emails: ["billing-oncall@example.com"] } },
        { aliases: [{ name: "metering" }] },
      );
    });
    const { changeSummary } = await renamed.preview();
    assert.deepEqual(Object.keys(changeSummary).sort(), ["same", "update"]);
  });

  it("show every resource to the caller's transforms", async () => {
    const seen: string[] = [];
    const transform: pulumi.ResourceTransform = ({ type, props, opts }) => {
      seen.push(type);
      return type === "aws:sqs/queue:Queue" ? { props: { ...props, kmsMasterKeyId: "alias/ours" }, opts } : undefined;
    };
    const transformed = await stackOf(() => {
      new MarketplaceMetering(
        "metering",
        { products, alarms: { emails: ["billing-oncall@example.com"] } },
        { transforms: [transform] },
      );
    });
    const { changeSummary } = await transformed.preview();
    assert.equal(seen.length, 85);
    assert.equal(changeSummary.update, 2);
  });

  it("destroy everything they made", async () => {
    const { summary } = await deployed.destroy();
    assert.deepEqual(summary.resourceChanges, { delete: 86 });
    assert.equal(provider.existing.size, 0);
  });

  /** The one stack of these tests, with another program. */
  function stackOf(program: () => unknown): Promise<Stack> {
    const envVars = {
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true",
      PULUMI_DEBUG_PROVIDERS: `aws:${provider.port}`,
    };
    Object.assign(process.env, envVars);
    return LocalWorkspace.createOrSelectStack(
      { stackName: "test", projectName: project, program: async () => program() as Record<string, unknown> },
      { workDir: folder, envVars },
    );
  }
});
