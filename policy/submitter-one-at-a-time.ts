import type { StackValidationPolicy } from "@pulumi/policy";
import { aws, ofType } from "./reading/graph.ts";
import { message } from "./reading/message.ts";
import { functionMeters } from "./reading/metering.ts";
import { allOf, judgeEach } from "./reading/unknown.ts";

/** A submitter is a function whose role may call BatchMeterUsage. The quota is one for the account and Region. */
export const submitterOneAtATime: StackValidationPolicy = {
  name: "submitter-one-at-a-time",
  displayName: "One submitter at a time",
  description:
    "A function that may call BatchMeterUsage must have one reserved concurrent execution, since its pace is kept within one run while the quota is per account and Region.",
  enforcementLevel: "mandatory",
  severity: "medium",
  remediationSteps:
    "Set reservedConcurrentExecutions to 1. Where the account has no concurrency to reserve, set this policy's unreservedConcurrency to true: nothing is billed twice, but runs can overlap and be throttled.",
  url: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
  configSchema: {
    properties: {
      unreservedConcurrency: {
        type: "boolean",
        default: false,
        description:
          "True where the account has no concurrency to reserve, and submitters are knowingly left without a limit. Defaults to false.",
      },
    },
  },
  validateStack: (args, reportViolation) => {
    const { unreservedConcurrency } = args.getConfig<{ unreservedConcurrency?: boolean }>();
    if (unreservedConcurrency) args.notApplicable("unreservedConcurrency is true: submitters are left without a limit");
    judgeEach(ofType(args.resources, aws.lambdaFunction), (candidate) => {
      const unlimited = () => candidate.props.reservedConcurrentExecutions !== 1;
      if (!allOf([unlimited, () => functionMeters(candidate, args.resources)])) return;
      const fault = {
        property: "reservedConcurrentExecutions",
        value: candidate.props.reservedConcurrentExecutions,
        rule: "its role may call BatchMeterUsage, whose quota is per account and Region, so submissions must run one at a time",
        fix: "set it to 1, or set unreservedConcurrency in this policy's configuration where the account has none to reserve",
      };
      reportViolation(message(candidate, fault), candidate.urn);
    });
  },
};
