// What programs ask the provider.
import type { runtime } from "@pulumi/pulumi";
import type { Place } from "../state.ts";

/** @throws {Error} for a function of the provider that is not known here. */
export async function lookUp({ token, inputs }: runtime.MockCallArgs, place: Place): Promise<Record<string, unknown>> {
  switch (token) {
    case "aws:index/getCallerIdentity:getCallerIdentity": {
      const arn = `arn:${place.partition}:iam::${place.accountId}:root`;
      return { id: place.accountId, accountId: place.accountId, arn, userId: place.accountId };
    }
    case "aws:index/getRegion:getRegion":
      return {
        id: place.region,
        region: place.region,
        name: place.region,
        endpoint: `ec2.${place.region}.amazonaws.com`,
      };
    case "aws:index/getPartition:getPartition":
      return {
        id: place.partition,
        partition: place.partition,
        dnsSuffix: "amazonaws.com",
        reverseDnsPrefix: "com.amazonaws",
      };
    case "aws:iam/getPolicyDocument:getPolicyDocument":
      return { id: "document", json: JSON.stringify(documentOf(inputs as DocumentInputs)) };
    default:
      throw new Error(
        `Function ${token} of the provider is not known to the sandbox: add it to sandbox/account/provision/lookups.ts.`,
      );
  }
}

interface DocumentInputs {
  version?: string;
  statements?: {
    sid?: string;
    effect?: string;
    actions?: string[];
    notActions?: string[];
    resources?: string[];
    notResources?: string[];
    principals?: { type: string; identifiers: string[] }[];
    conditions?: { test: string; variable: string; values: string[] }[];
  }[];
}

function documentOf({ version = "2012-10-17", statements = [] }: DocumentInputs): Record<string, unknown> {
  return {
    Version: version,
    Statement: statements.map((statement) => ({
      ...(statement.sid && { Sid: statement.sid }),
      Effect: statement.effect ?? "Allow",
      ...(statement.actions && { Action: statement.actions }),
      ...(statement.notActions && { NotAction: statement.notActions }),
      ...(statement.resources && { Resource: statement.resources }),
      ...(statement.notResources && { NotResource: statement.notResources }),
      ...(statement.principals && { Principal: principalOf(statement.principals) }),
      ...(statement.conditions && { Condition: conditionOf(statement.conditions) }),
    })),
  };
}

function principalOf(principals: { type: string; identifiers: string[] }[]): unknown {
  if (principals.some(({ type }) => type === "*")) return "*";
  return Object.fromEntries(principals.map(({ type, identifiers }) => [type, identifiers]));
}

function conditionOf(
  conditions: { test: string; variable: string; values: string[] }[],
): Record<string, Record<string, string[]>> {
  const result: Record<string, Record<string, string[]>> = {};
  for (const { test, variable, values } of conditions) result[test] = { ...result[test], [variable]: values };
  return result;
}
