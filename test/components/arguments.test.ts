import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { MarketplaceMetering, UsagePipeline } from "../../components/index.ts";
import { record } from "./recording.ts";
import { products, wrong } from "./wrong-arguments.ts";

describe("Wrong component arguments", () => {
  for (const [component, what, args, reason] of wrong) {
    it(`${component.name} refuses ${what}, and registers nothing`, async () => {
      const { resources } = await record(() =>
        assert.throws(() => new component("metering", args as never), {
          message: `${component.name} "metering": ${reason}.`,
        }),
      );
      assert.deepEqual(resources, []);
    });
  }

  it("are all named in one error", async () => {
    await record(() =>
      assert.throws(() => new UsagePipeline("metering", { products, graceMinutes: 0, requestsPerSecond: 20 }), {
        errors: [
          { propertyPath: "graceMinutes", reason: "is 0: it must be a whole number of minutes from 3 to 180" },
          {
            propertyPath: "requestsPerSecond",
            reason: "is 20: it must be a number of requests per second from 0.1 to 9.9",
          },
        ],
      }),
    );
  });

  it("are let through where they are not known yet", async () => {
    const later = <T>(value: T) => pulumi.output(value);
    const { all: found } = await record(
      () =>
        new MarketplaceMetering("metering", {
          products: {
            whole: later(products.analytics),
            parts: {
              integration: later("productCode" as const),
              productCode: later("4w1v"),
              meterFrom: later("2026-11-01T00:00:00Z"),
              dimensions: { ApiCalls: { price: later("0.0002") }, GbHours: later({}) },
            },
          },
          trail: { bucketName: later("logs"), prefix: later("audit") },
          alarms: { topicArn: later("arn:aws:sns:us-east-1:111122223333:oncall") },
          graceMinutes: later(20),
          requestsPerSecond: Promise.resolve(5),
          reserveConcurrency: later(false),
          retentionDays: later(500),
          logRetentionDays: later(30),
          tags: later({ team: "billing" }),
        }),
    );
    assert.equal(found("aws:lambda/function:Function").length, 3);
  });
});
