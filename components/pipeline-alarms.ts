import * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "./alarms.ts";

/** What the pipeline's alarms watch. */
export interface PipelineParts {
  service: string;
  graceMinutes: pulumi.Input<number>;
  usageQueueName: pulumi.Input<string>;
  deadLetterQueueName: pulumi.Input<string>;
  ingestFunctionName: pulumi.Input<string>;
  submitFunctionName: pulumi.Input<string>;
}

/** One alarm for each thing that can leave usage unbilled. */
export function pipelineAlarms(parts: PipelineParts): AlarmDefinition[] {
  const ours = { namespace: "AWSMarketplaceMetering", dimensions: { service: parts.service }, minutes: 5 } as const;
  const queue = (name: pulumi.Input<string>) =>
    ({ namespace: "AWS/SQS", dimensions: { QueueName: name }, statistic: "Maximum", minutes: 5 }) as const;
  const errors = (name: pulumi.Input<string>) =>
    ({
      namespace: "AWS/Lambda",
      dimensions: { FunctionName: name },
      metric: "Errors",
      statistic: "Sum",
      minutes: 5,
      threshold: 1,
    }) as const;
  const any = { ...ours, statistic: "Sum", threshold: 1 } as const;
  return [
    {
      ...ours,
      suffix: "oldest-unsent",
      metric: "OldestUnsentSeconds",
      statistic: "Maximum",
      // Usage waits for the end of its hour, the grace and the next run; an hour more than that is no longer normal.
      threshold: pulumi.output(parts.graceMinutes).apply((grace) => (60 + grace + 60) * 60),
      description:
        "Usage has waited more than an hour longer than it should to be submitted. Look at the submit function's log for what AWS answers, and at the alarms on refusals and stopped products. Nothing is lost while the deadline (24 hours after the usage; 06:00 UTC on the 1st for the month before) has not passed.",
    },
    {
      ...ours,
      suffix: "records-near-deadline",
      metric: "RecordsNearDeadline",
      statistic: "Maximum",
      threshold: 1,
      description:
        "Hourly records are close to the last moment AWS takes them. Find out now why they are not accepted: the submit function's log names each record and AWS's answer.",
    },
    {
      ...any,
      suffix: "records-refused",
      metric: "RecordsRefused",
      description:
        "AWS refused hourly records for good: this usage is not billed. The report lists them under refused with AWS's reason; check the buyer's agreement and the listing's dimensions, and settle the amount with the buyer or AWS.",
    },
    {
      ...any,
      suffix: "records-expired",
      metric: "RecordsExpired",
      description:
        "Hourly records passed their deadline without being accepted: this usage is not billed. The report lists them under expired with quantity and reason.",
    },
    {
      ...any,
      suffix: "events-expired",
      metric: "EventsExpired",
      description:
        "Usage arrived after AWS's deadline for it, or outside every agreement of its buyer: it is kept but not billed. Find out which application reports late; the report lists the usage under expired.",
    },
    {
      ...any,
      suffix: "records-disputed",
      metric: "RecordsDisputed",
      description:
        "It is not known whether AWS took some hourly records, or which quantity stands. Verification settles them from CloudTrail; what it cannot settle stays in the report under disputed, to be cleared with AWS.",
    },
    {
      ...any,
      suffix: "events-rejected",
      metric: "EventsRejected",
      description:
        "Usage events broke the format or named an unknown product, dimension or buyer: they are kept but not billed. The report lists them by reason and field; mend the cause and send them again.",
    },
    {
      ...any,
      suffix: "records-poison",
      metric: "RecordsPoison",
      description:
        "AWS refuses requests because of single records: a dimension, licence or customer that the listing does not know. They are tried again each hour until their deadline, so correct the listing or the product settings now and they are billed.",
    },
    {
      ...any,
      suffix: "products-stopped",
      metric: "ProductsStopped",
      description:
        "Nothing of a product can be submitted: its product code is wrong, its metering is disabled, or access is denied. Everything is kept. Correct the product settings, the listing or the role's rights before the deadlines pass.",
    },
    {
      ...queue(parts.deadLetterQueueName),
      suffix: "dead-letters",
      metric: "ApproximateNumberOfMessagesVisible",
      threshold: 1,
      description:
        "Usage events could not be processed for days and stand in the dead-letter queue, which keeps them 14 days. Find the cause in the ingest function's log, then move them back to the usage queue (SQS: start message move task).",
    },
    {
      ...queue(parts.usageQueueName),
      suffix: "usage-queue-age",
      metric: "ApproximateAgeOfOldestMessage",
      threshold: 3600,
      description:
        "Usage events have waited in the queue for over an hour, so they are neither counted nor billed. Look at the ingest function's log and its event source mapping.",
    },
    {
      ...any,
      suffix: "submit-runs-missing",
      metric: "SubmitRuns",
      below: true,
      minutes: 5,
      periods: 4,
      missingIsBad: true,
      description:
        "No run of the submit function has ended for 20 minutes; due usage is not being sent. Check the schedule, the function's log and its reserved concurrency.",
    },
    {
      ...errors(parts.submitFunctionName),
      suffix: "submit-errors",
      description:
        "A run of the submit function failed. The next run repeats the work; if runs keep failing, its log says why.",
    },
    {
      ...errors(parts.ingestFunctionName),
      suffix: "ingest-errors",
      description:
        "The ingest function failed on a batch. Its messages come back to the queue; if batches keep failing, its log says why.",
    },
  ];
}
