import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "./alarms.ts";

/** One alarm for each kind of finding that needs someone, and one for each way in which verification fails to look. */
export function verificationAlarms(parts: {
  service: string;
  verifyFunctionName: pulumi.Input<string>;
}): AlarmDefinition[] {
  const ours = {
    namespace: "AWSMarketplaceMetering",
    dimensions: { service: parts.service },
    // As long as the time between runs, so that an alarm stands while each run finds something.
    minutes: 60,
    threshold: 1,
  } as const;
  return [
    ...Object.entries(findings).map(
      ([kind, { metric, description }]): AlarmDefinition => ({
        ...ours,
        suffix: `findings-${kind}`,
        metric,
        statistic: "Sum",
        description: `${description} ${WHERE}`,
      }),
    ),
    {
      ...ours,
      suffix: "verify-behind",
      metric: "DaysLeft",
      statistic: "Maximum",
      periods: 3,
      description:
        "For 3 hours no run of the verify function has come to the end of all days that can still change: they keep older reports, and lost records may pass their deadline. Its log says which days and how many log files are left (metric LogFilesLeft); if they do not get fewer from run to run, the function's time does not do for the trail.",
    },
    {
      ...ours,
      suffix: "verify-runs-missing",
      metric: "VerifyRuns",
      statistic: "Sum",
      below: true,
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
        "A run of the verify function failed. The next run goes on where it stopped; if runs keep failing, its log says why.",
    },
  ];
}

const WHERE = "reports/index.html in the report bucket leads to each finding, with what it is worth and what to do.";

/** The kinds of findings that need someone, the gravest first. */
const findings = {
  integrity: {
    metric: "FindingsIntegrity",
    description:
      "Evidence fails or is missing: a log file or digest of the trail was changed, removed or cannot be read. Nothing of it counts; find out who or what changed it.",
  },
  "billed-twice": {
    metric: "FindingsBilledTwice",
    description:
      "AWS took the same hour of a buyer twice, in two Regions or in both integration styles. Stop the second sender, and ask AWS Marketplace Seller Operations to correct the bill.",
  },
  foreign: {
    metric: "FindingsForeign",
    description:
      "Usage was submitted that is not the ledger's own, or by another principal. Find the sender and stop it.",
  },
  missing: {
    metric: "FindingsMissing",
    description:
      "CloudTrail shows no call in which AWS took a record. What can still be sent goes back in line by itself once digests prove it; what stays here needs to be sent again before its deadline, or billed outside the metering.",
  },
  "quantity-mismatch": {
    metric: "FindingsQuantityMismatch",
    description:
      "AWS holds another quantity for an hour than was submitted. The first record of an hour stands: ask AWS Marketplace Seller Operations to correct the bill.",
  },
  "under-billed-duplicate": {
    metric: "FindingsUnderBilledDuplicate",
    description:
      "AWS answered DuplicateRecord and holds less than was submitted: the difference is not billed. Ask AWS Marketplace Seller Operations to correct the bill.",
  },
  refused: {
    metric: "FindingsRefused",
    description:
      "AWS refused hourly records: this usage is not billed. Put right the agreement, licence or listing that the reason names.",
  },
  expired: {
    metric: "FindingsExpired",
    description: "Usage was not sent in time, and AWS takes it no more. Bill it outside the metering.",
  },
  disputed: {
    metric: "FindingsDisputed",
    description:
      "Whether AWS took a record is not known, and CloudTrail does not show it either. Wait for its evidence; ask AWS Marketplace Seller Operations after two days.",
  },
  unverifiable: {
    metric: "FindingsUnverifiable",
    description:
      "Evidence exists that may hold a record and cannot be seen, such as a payload above 100 KB that CloudTrail left out. Compare the hour with AWS Marketplace's usage reports.",
  },
  "failed-call": {
    metric: "FindingsFailedCall",
    description:
      "AWS failed a whole call, and not all of its records are accepted yet. Put right what the reason names; they stay in line while they can be sent.",
  },
} as const;
