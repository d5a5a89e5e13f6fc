/** Serves the policies to the Pulumi engine, which starts this file as a policy pack. */
import { PolicyPack } from "@pulumi/policy";
import { policies } from "./index.ts";

new PolicyPack("aws-marketplace-metering", {
  displayName: "AWS Marketplace metering",
  description: "Usage that is metered on AWS Marketplace is billed exactly once and can be proved with CloudTrail.",
  provider: "aws",
  policies,
});
