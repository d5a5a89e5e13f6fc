import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** One statement of an IAM policy: its `Sid` names its purpose. */
export type Statement = aws.iam.PolicyStatement & { Sid: string };

/** An IAM policy of these statements. */
export const policy = (...statements: Statement[]): aws.iam.PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements,
});

/** Lets an AWS service assume a role. */
export const trust = (service: string, condition?: pulumi.Input<Record<string, unknown>>): aws.iam.PolicyDocument =>
  policy({
    Sid: "AssumedByService",
    Effect: "Allow",
    Principal: { Service: service },
    Action: "sts:AssumeRole",
    ...(condition ? { Condition: condition } : {}),
  });

/** Refuses every request that does not come over TLS. */
export const denyInsecureTransport = (action: string, ...resources: pulumi.Input<string>[]): Statement => ({
  Sid: "DenyInsecureTransport",
  Effect: "Deny",
  Principal: "*",
  Action: action,
  Resource: resources,
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});

/** Lets a function write to the log group that the component made for it, and to no other. */
export const writeOwnLogs = (logGroup: aws.cloudwatch.LogGroup): Statement => ({
  Sid: "WriteOwnLogs",
  Effect: "Allow",
  Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
  Resource: pulumi.interpolate`${logGroup.arn}:*`,
});

/** Lets a function use the ledger's key, through DynamoDB alone. */
export const useLedgerKey = (keyArn: pulumi.Input<string>): Statement => ({
  Sid: "UseLedgerKey",
  Effect: "Allow",
  Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
  Resource: keyArn,
  Condition: { StringLike: { "kms:ViaService": "dynamodb.*" } },
});
