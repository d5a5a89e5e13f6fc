import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { isDeferred, type Problem, show } from "./checks.ts";

/** Where AWS Marketplace Metering answers BatchMeterUsage. Source: AWS Marketplace endpoints and quotas, AWS General Reference. */
export const meteringRegions: readonly string[] = [
  "af-south-1",
  "ap-east-1",
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-south-2",
  "ap-southeast-1",
  "ap-southeast-2",
  "ap-southeast-3",
  "ap-southeast-4",
  "ca-central-1",
  "cn-northwest-1",
  "eu-central-1",
  "eu-central-2",
  "eu-north-1",
  "eu-south-1",
  "eu-south-2",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "il-central-1",
  "me-central-1",
  "me-south-1",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
];

/** A Region in which metering does not exist: every record sent there would be lost. */
export function regionProblems(path: string, region: pulumi.Input<string> | undefined): Problem[] {
  if (region === undefined || isDeferred(region)) return [];
  return meteringRegions.includes(region as string)
    ? []
    : [
        {
          path,
          reason: `is ${show(region)}, where AWS Marketplace Metering does not exist: it must be one of ${meteringRegions.join(", ")}`,
        },
      ];
}

/**
 * The Region a component will be made in, as far as it is known before anything is registered: that of the default provider, unless the
 * caller's options bring another provider or a parent, which may have one.
 */
export function configuredRegion(opts: pulumi.ComponentResourceOptions | undefined): string | undefined {
  const another = opts?.provider ?? opts?.parent ?? Object.keys(opts?.providers ?? {})[0];
  return another === undefined ? aws.config.region : undefined;
}

/** The Region itself; throws where metering does not exist. For a Region that only the provider knows. */
export function checkedRegion(region: string): string {
  const problem = regionProblems("the provider's Region", region)[0];
  if (problem) throw new Error(`${problem.path} ${problem.reason}.`);
  return region;
}
