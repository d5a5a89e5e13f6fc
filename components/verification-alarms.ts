import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "./alarms.ts";

/** One alarm for each way in which verification finds lost money, or fails to look. */
export function verificationAlarms(parts: {
  service: string;
  verifyFunctionName: pulumi.Input<string>;
}): AlarmDefinition[] {
  const ours = { namespace: "AWSMarketplaceMetering", dimensions: { service: parts.service } } as const;
  return [
    {
      ...ours,
      suffix: "findings",
      metric: "FindingsForSomeone",
      statistic: "Sum",
      threshold: 1,
      // As long as the time between runs, so that the alarm stands while each run finds something.
      minutes: 60,
      description:
        "The ledger and CloudTrail disagree, or usage was rejected. The newest report in the report bucket names each finding, what it is worth, the time left to mend it, and what to do.",
    },
    {
      ...ours,
      suffix: "verify-runs-missing",
      metric: "VerifyRuns",
      statistic: "Sum",
      threshold: 1,
      below: true,
      minutes: 60,
      periods: 3,
      missingIsBad: true,
      description:
        "No run of the verify function has ended for 3 hours: submitted usage goes unverified, and lost records may pass their deadline. Check the schedule and the function's log.",
    },
    {
      namespace: "AWS/Lambda",
      dimensions: { FunctionName: parts.verifyFunctionName },
      suffix: "verify-errors",
      metric: "Errors",
      statistic: "Sum",
      threshold: 1,
      minutes: 5,
      description:
        "A run of the verify function failed. The next run repeats the work; if runs keep failing, its log says why.",
    },
  ];
}
