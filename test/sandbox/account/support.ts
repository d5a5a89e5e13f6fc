// Accounts for tests, and small functions to run in them.
import type * as Aws from "@pulumi/aws";
import type * as Pulumi from "@pulumi/pulumi";
import { type Account, type AccountOptions, startAccount } from "../../../sandbox/account/account.ts";

export const startAt = "2026-11-23T10:00:00Z";
export const ms = (instant: string) => Date.parse(instant);
export const iso = (instant: number) => new Date(instant).toISOString();

/** Runs a test in an account of its own and closes it, whatever happens. */
export async function inAccount(
  use: (account: Account) => Promise<void>,
  options: Partial<AccountOptions> = {},
): Promise<void> {
  const account = await startAccount({ seed: "test", startAt, ...options });
  try {
    await use(account);
  } finally {
    await account.close();
  }
}

export const load = async () => ({ aws: await import("@pulumi/aws"), pulumi: await import("@pulumi/pulumi") });

/** An address that code outside this package can import an SDK client from. */
export const sdk = (client: string) => JSON.stringify(import.meta.resolve(`@aws-sdk/client-${client}`));

interface FunctionParts {
  aws: typeof Aws;
  pulumi: typeof Pulumi;
  /** Statements of the role's policy. */
  statements?: Aws.iam.PolicyStatement[];
  args?: Partial<Aws.lambda.FunctionArgs>;
}

/** A function with a role that may write logs and what else the statements say. `source` is its `index.mjs`. */
export function makeFunction(name: string, source: string, { aws, pulumi, statements = [], args = {} }: FunctionParts) {
  const role = new aws.iam.Role(`${name}-role`, { assumeRolePolicy: trust("lambda.amazonaws.com") });
  const rights = new aws.iam.RolePolicy(`${name}-rights`, {
    role: role.name,
    policy: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "logs:PutLogEvents", Resource: "*" }, ...statements],
    },
  });
  const lambda = new aws.lambda.Function(
    name,
    {
      role: role.arn,
      runtime: "nodejs24.x",
      handler: "index.handler",
      timeout: 30,
      code: new pulumi.asset.AssetArchive({ "index.mjs": new pulumi.asset.StringAsset(source) }),
      ...args,
    },
    { dependsOn: [rights] },
  );
  return { role, lambda };
}

export const trust = (service: string): Aws.iam.PolicyDocument => ({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" },
  ] as Aws.iam.PolicyStatement[],
});
