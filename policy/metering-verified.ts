import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { documentPlaces } from "./reading/documents.ts";
import { aws, isWithin, knownStrings, ofType, refersTo } from "./reading/graph.ts";
import { message } from "./reading/message.ts";
import { grantsMetering, roleMeters, worksOn } from "./reading/metering.ts";
import { anyOf } from "./reading/unknown.ts";

/**
 * A stack meters if it holds a `UsagePipeline` or a `MeteringRole`, or a policy that grants BatchMeterUsage. It
 * verifies if it holds a `UsageVerification`, or a function that works on the bucket of a trail of the stack.
 */
export const meteringVerified: StackValidationPolicy = {
  name: "metering-verified",
  displayName: "What is metered is verified",
  description:
    "A stack that grants BatchMeterUsage must also compare what it submits with what CloudTrail logged, with UsageVerification or with a trail and a function that reads its bucket.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps:
    "Add a UsageVerification component (MarketplaceMetering brings one), or a trail and a function that reads the trail's bucket. Where another stack verifies, turn this policy off for this one in its configuration.",
  url: "https://docs.aws.amazon.com/marketplace/latest/userguide/cloudtrail-logging.html",
  validateStack: ({ resources }, reportViolation) => {
    if (verifies(resources) || !meters(resources)) return;
    const stack = { type: "Stack", name: resources[0]?.urn.split("::")[0]?.replace("urn:pulumi:", "") ?? "" };
    reportViolation(
      message(stack, {
        property: "UsageVerification",
        value: undefined,
        rule: "it meters, AWS has no call that reads back what was submitted, and a record lost on the way is billed only if it is found within its deadline",
        fix: "add a UsageVerification component, or a trail and a function that reads the trail's bucket",
      }),
    );
  },
};

function meters(resources: PolicyResource[]): boolean {
  if (resources.some(({ urn }) => isWithin(urn, "UsagePipeline", "MeteringRole"))) return true;
  return anyOf([
    ...resources.flatMap(documentPlaces).map((place) => () => grantsMetering(place.statements())),
    ...ofType(resources, aws.role).map((role) => () => roleMeters(role, resources)),
  ]);
}

function verifies(resources: PolicyResource[]): boolean {
  if (resources.some(({ urn }) => isWithin(urn, "UsageVerification"))) return true;
  return ofType(resources, aws.trail).some((trail) =>
    ofType(resources, aws.lambdaFunction).some((candidate) => readsLogs(candidate, trail, resources)),
  );
}

/** By the trail, by a bucket of the stack that the trail writes to, or by the name of a bucket made elsewhere. */
function readsLogs(candidate: PolicyResource, trail: PolicyResource, resources: PolicyResource[]): boolean {
  const buckets = ofType(resources, aws.bucket, aws.bucketV2).filter((it) => refersTo(trail, "s3BucketName", it));
  const names = knownStrings(() => trail.props.s3BucketName);
  return (
    [trail, ...buckets].some((target) => worksOn(candidate, target, resources)) ||
    knownStrings(() => candidate.props.environment).some((value) => names.includes(value))
  );
}
