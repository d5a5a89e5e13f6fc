import assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import {
  MarketplaceMetering,
  MeteringRole,
  MeteringTrail,
  UsagePipeline,
  UsageVerification,
} from "../../components/index.ts";
import { record } from "./recording.ts";

const products = { analytics: { integration: "license" as const, dimensions: { ApiCalls: {} } } };
const verification = {
  products,
  trail: { bucketName: "logs" },
  ledgerTableArn: "arn:aws:dynamodb:us-east-1:111122223333:table/ledger",
  ledgerKeyArn: "arn:aws:kms:us-east-1:111122223333:key/k",
  submitterRoleArn: "arn:aws:iam::111122223333:role/submitter",
};

type Component = new (name: string, args: never, opts?: pulumi.ComponentResourceOptions) => pulumi.ComponentResource;

describe("The name of a component", () => {
  const longest: [Component, number, object][] = [
    [MeteringRole, 51, {}],
    [MeteringTrail, 44, {}],
    [UsagePipeline, 40, { products }],
    [UsageVerification, 40, verification],
    [MarketplaceMetering, 27, { products }],
  ];
  /** What AWS allows, less the 8 characters of Pulumi's random suffix. */
  const room: Record<string, number> = {
    "aws:iam/role:Role": 64 - 8,
    "aws:lambda/function:Function": 64 - 8,
    "aws:scheduler/schedule:Schedule": 64 - 8,
    "aws:s3/bucket:Bucket": 63 - 8,
    "aws:sqs/queue:Queue": 80 - 8,
    "aws:cloudwatch/eventRule:EventRule": 64 - 8,
    "aws:iam/policy:Policy": 128 - 8,
    "aws:iam/rolePolicy:RolePolicy": 128 - 8,
    "aws:dynamodb/table:Table": 255 - 8,
    "aws:sns/topic:Topic": 256 - 8,
    "aws:cloudwatch/metricAlarm:MetricAlarm": 255 - 8,
  };

  for (const [component, length, args] of longest) {
    it(`${component.name} takes ${length} characters, and every physical name still has room for its suffix`, async () => {
      const { resources } = await record(() => new component("m".repeat(length), args as never));
      const long = resources.filter(({ type, name }) => name.length > (room[type] ?? Number.POSITIVE_INFINITY));
      assert.deepEqual(
        long.map(({ name }) => name),
        [],
      );
      const tight = resources.filter(({ type, name }) => name.length === room[type]);
      assert.notEqual(tight.length, 0, "the limit could be higher");
    });

    it(`${component.name} refuses ${length + 1} characters`, async () => {
      const name = "m".repeat(length + 1);
      await record(() =>
        assert.throws(() => new component(name, args as never), {
          message: `${component.name} "${name}": name is "${name}": it must begin with a letter, hold letters, digits and hyphens only, and be at most ${length} characters long, since AWS names are made of it.`,
        }),
      );
    });
  }

  for (const name of ["", "1st", "my_metering", "my.metering", "my metering"]) {
    it(`is refused where no bucket or role could be named after it: ${JSON.stringify(name)}`, async () => {
      const { resources } = await record(() =>
        assert.throws(() => new MarketplaceMetering(name, { products }), {
          message: /: name is .* it must begin with a letter/,
        }),
      );
      assert.deepEqual(resources, []);
    });
  }
});
