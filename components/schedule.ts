import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Account } from "./account.ts";
import { policy, trust } from "./documents.ts";
import type { MadeFunction } from "./functions.ts";
import type { Tags } from "./names.ts";

/**
 * Runs a function at a steady rate. A run that cannot start within a minute is left out, and no run is repeated: the next one does the
 * same work, and runs must not pile up behind a slow one.
 */
export function runEvery(
  name: string,
  args: { rate: string; target: MadeFunction; account: Account; description: string; tags: Tags },
  parent: pulumi.Resource,
): aws.scheduler.Schedule {
  const { lambda } = args.target;
  new aws.lambda.FunctionEventInvokeConfig(
    `${name}-invocation`,
    { functionName: lambda.name, maximumEventAgeInSeconds: 60, maximumRetryAttempts: 0 },
    { parent },
  );
  const role = new aws.iam.Role(
    `${name}-schedule`,
    {
      assumeRolePolicy: trust("scheduler.amazonaws.com", {
        StringEquals: { "aws:SourceAccount": args.account.accountId },
      }),
      tags: args.tags,
    },
    { parent },
  );
  const rights = new aws.iam.RolePolicy(
    `${name}-schedule-policy`,
    {
      role: role.name,
      policy: policy({
        Sid: "InvokeFunction",
        Effect: "Allow",
        Action: "lambda:InvokeFunction",
        Resource: lambda.arn,
      }),
    },
    { parent },
  );
  return new aws.scheduler.Schedule(
    `${name}-schedule`,
    {
      description: args.description,
      scheduleExpression: args.rate,
      scheduleExpressionTimezone: "UTC",
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: lambda.arn,
        roleArn: role.arn,
        retryPolicy: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 0 },
      },
    },
    { parent, dependsOn: [rights] },
  );
}
