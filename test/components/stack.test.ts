import assert from "node:assert/strict";
import { join } from "node:path";
import { root } from "../../scripts/schema.ts";
import stack from "../../src/stack.ts";
import { type Engine, PROJECT, runProgram, serveEngine } from "./engine.ts";
import { record } from "./recording.ts";

const products = JSON.stringify({ analytics: { integration: "license", dimensions: { ApiCalls: {} } } });

describe("The program that `pulumi up` runs in this folder", () => {
  it("takes every argument from the stack's configuration", async () => {
    const { one, all } = await record(stack, {
      config: {
        "project:products": products,
        "project:graceMinutes": "20",
        "project:alarms": '{"emails":["billing-oncall@example.com"]}',
        "project:trail": '{"bucketName":"our-trail","prefix":"audit"}',
        "aws:region": "us-east-1",
      },
    });
    const submit = one("aws:lambda/function:Function", "metering-pipeline-submit");
    assert.equal((submit.inputs.environment as Environment).variables.GRACE_MINUTES, "20");
    const verify = one("aws:lambda/function:Function", "metering-verification-verify");
    assert.equal((verify.inputs.environment as Environment).variables.LOG_BUCKET_NAME, "our-trail");
    assert.equal((verify.inputs.environment as Environment).variables.LOG_PREFIX, "audit");
    assert.deepEqual(
      all("aws:sns/topicSubscription:TopicSubscription").map(({ inputs }) => inputs.endpoint),
      ["billing-oncall@example.com"],
    );
    assert.equal(all("aws:cloudtrail/trail:Trail").length, 0);
  });

  it("names a configured value that is no argument", async () => {
    const { resources } = await record(
      () =>
        assert.throws(stack, {
          message: /^MarketplaceMetering "metering": graceMinuts is not an argument: the arguments are products, /,
        }),
      { config: { "project:products": products, "project:graceMinuts": "20" } },
    );
    assert.deepEqual(resources, []);
  });

  it("says that products are missing where nothing is configured", async () => {
    await record(() => assert.throws(stack, { message: 'MarketplaceMetering "metering": products must be given.' }));
  });
});

describe("In Pulumi's own program host", function () {
  this.timeout(30_000);
  let engine: Engine;

  beforeEach(async () => {
    engine = await serveEngine();
  });

  afterEach(() => engine.stop());

  it("the program of this folder deploys everything", async () => {
    const { all, one } = await record(async () => {
      const code = await runProgram(join(root, "dist/src"), "stack.js", engine.address, {
        [`${PROJECT}:products`]: products,
      });
      assert.deepEqual({ code, errors: engine.errors }, { code: 0, errors: [] });
    });
    assert.equal(all("aws-marketplace-metering:index:MarketplaceMetering").length, 1);
    assert.equal(one("aws:cloudtrail/trail:Trail", "metering-trail-trail").inputs.enableLogFileValidation, true);
  });

  it("a Region without metering stops the program, although only the provider knows it", async () => {
    const { all } = await record(
      async () => {
        const code = await runProgram(join(root, "dist/src"), "stack.js", engine.address, {
          [`${PROJECT}:products`]: products,
        });
        assert.equal(code, 32);
      },
      { region: "us-gov-west-1" },
    );
    assert.match(
      engine.errors.join(),
      /the provider's Region is "us-gov-west-1", where AWS Marketplace Metering does not/,
    );
    assert.deepEqual(all("aws:scheduler/schedule:Schedule"), []);
  });

  it("products that break a rule stop the program, although they were not known at construction", async () => {
    const { all } = await record(async () => {
      assert.equal(await runProgram(import.meta.dirname, "late-products.ts", engine.address, {}), 32);
    });
    assert.match(engine.errors.join(), /analytics\.dimensions is \{\}: must name at least one dimension/);
    assert.deepEqual(all("aws:lambda/function:Function"), []);
  });
});

type Environment = { variables: Record<string, string> };
