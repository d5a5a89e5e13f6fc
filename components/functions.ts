import { existsSync } from "node:fs";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { isDeferred, type Problem, show } from "./checks.ts";
import { policy, type Statement, writeOwnLogs } from "./documents.ts";
import type { Tags } from "./names.ts";

/** The name of a function's bundle. */
export type FunctionName = "ingest" | "submit" | "verify";

/** What CloudWatch takes for the retention of a log group, in days. Source: PutRetentionPolicy, CloudWatch Logs API reference. */
export const logRetentionChoices: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** The path of a function's bundle; throws where the package has not been built. */
export function bundlePath(name: FunctionName): string {
  // Beside this folder once compiled, in the package's build folder when run from source.
  const paths = ["../functions", "../dist/functions"].map((folder) =>
    join(import.meta.dirname, folder, name, "index.mjs"),
  );
  const path = paths.find((candidate) => existsSync(candidate));
  if (!path)
    throw new Error(`The bundle of the ${name} function is at none of ${paths.join(", ")}: run \`npm run build\`.`);
  return path;
}

/** Name, role, settings and rights of a function. */
export interface FunctionSettings {
  bundle: string;
  products: pulumi.Output<string>;
  role: { name: pulumi.Input<string>; arn: pulumi.Input<string> };
  statements: Statement[];
  environment: Record<string, pulumi.Input<string>>;
  description: string;
  timeoutSeconds: number;
  memoryMegabytes: number;
  reservedConcurrency?: pulumi.Input<number>;
  logRetentionDays: pulumi.Input<number>;
  tags: Tags;
}

/** A function, and the policy of its role: what invokes the function waits for it. */
export interface MadeFunction {
  lambda: aws.lambda.Function;
  rights: aws.iam.RolePolicy;
}

/** A function with a log group of its own and a role that may do what its statements say, and write that log. */
export function makeFunction(name: string, settings: FunctionSettings, parent: pulumi.Resource): MadeFunction {
  const logGroup = new aws.cloudwatch.LogGroup(
    `${name}-logs`,
    { retentionInDays: settings.logRetentionDays, tags: settings.tags },
    { parent },
  );
  const rights = new aws.iam.RolePolicy(
    `${name}-policy`,
    { role: settings.role.name, policy: policy(...settings.statements, writeOwnLogs(logGroup)) },
    { parent },
  );
  const lambda = new aws.lambda.Function(
    name,
    {
      description: settings.description,
      role: settings.role.arn,
      runtime: "nodejs24.x",
      architectures: ["arm64"],
      handler: "index.handler",
      code: settings.products.apply(
        (products) =>
          new pulumi.asset.AssetArchive({
            "index.mjs": new pulumi.asset.FileAsset(settings.bundle),
            "products.json": new pulumi.asset.StringAsset(products),
          }),
      ),
      timeout: settings.timeoutSeconds,
      memorySize: settings.memoryMegabytes,
      ...(settings.reservedConcurrency === undefined
        ? {}
        : { reservedConcurrentExecutions: settings.reservedConcurrency }),
      environment: { variables: { ...settings.environment, PRODUCTS_FILE: "products.json" } },
      // The functions write JSON themselves; Lambda's own JSON format would wrap the metrics in it.
      loggingConfig: { logFormat: "Text", logGroup: logGroup.name },
      tags: settings.tags,
    },
    { parent, dependsOn: [rights] },
  );
  return { lambda, rights };
}

/** What is wrong with the retention of a log group. */
export function logRetentionProblems(path: string, days: pulumi.Input<number> | undefined): Problem[] {
  if (days === undefined || isDeferred(days)) return [];
  return logRetentionChoices.includes(days as number)
    ? []
    : [{ path, reason: `is ${show(days)}: it must be one of ${logRetentionChoices.join(", ")} days` }];
}
