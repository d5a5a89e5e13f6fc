// The policies that AWS manages, as far as programs here attach them.
import type { PolicyDocument } from "./policy.ts";

/** @throws {Error} for a managed policy whose text is not known here. */
export function managedPolicy(arn: string): PolicyDocument {
  const name = /^arn:[^:]+:iam::aws:policy\/(.+)$/.exec(arn)?.[1];
  const actions = name === undefined ? undefined : managed[name];
  if (actions === undefined) {
    throw new Error(
      `Policy ${arn} is neither made by the program nor known here: add its actions to sandbox/account/iam/managed.ts.`,
    );
  }
  return { Version: "2012-10-17", Statement: { Effect: "Allow", Action: actions, Resource: "*" } };
}

// Source: AWS Managed Policy Reference Guide.
const logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
const managed: Record<string, string[]> = {
  "service-role/AWSLambdaBasicExecutionRole": logs,
  "service-role/AWSLambdaSQSQueueExecutionRole": [
    ...logs,
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
  ],
};
