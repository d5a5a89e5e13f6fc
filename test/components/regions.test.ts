import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { MarketplaceMetering } from "../../components/index.ts";
import { checkedRegion, meteringRegions } from "../../components/regions.ts";
import { record } from "./recording.ts";

const args = { products: { analytics: { integration: "license" as const, dimensions: { ApiCalls: {} } } } };
const all = `where AWS Marketplace Metering does not exist: it must be one of ${meteringRegions.join(", ")}`;

describe("The Region", () => {
  for (const opts of [undefined, {}, { providers: {} }]) {
    it(`is refused before anything is registered where the default provider has none of metering's: ${JSON.stringify(opts)}`, async () => {
      const { resources } = await record(
        () =>
          assert.throws(() => new MarketplaceMetering("metering", args, opts), {
            message: `MarketplaceMetering "metering": the Region of the default provider (aws:region) is "us-gov-west-1", ${all}.`,
          }),
        { config: { "aws:region": "us-gov-west-1" } },
      );
      assert.deepEqual(resources, []);
    });
  }

  it("of the default provider says nothing about a component with a provider of its own", async () => {
    const { resources } = await record(
      () => {
        const provider = new aws.Provider("virginia", { region: "us-east-1" });
        new MarketplaceMetering("metering", args, { provider });
      },
      { config: { "aws:region": "us-gov-west-1" } },
    );
    assert.equal(resources.length, 85);
  });

  it("that only the provider knows is checked once it is known", () => {
    assert.equal(checkedRegion("eu-west-1"), "eu-west-1");
    assert.throws(() => checkedRegion("us-gov-west-1"), {
      message: `the provider's Region is "us-gov-west-1", ${all}.`,
    });
  });

  it("is one of the 28 that AWS names, or Ningxia", () => {
    assert.equal(meteringRegions.length, 29);
    assert.equal(new Set(meteringRegions).size, 29);
  });
});
