import { join } from "node:path";
import type { asset } from "@pulumi/pulumi";
import { extract } from "../code.ts";
import { uuidOf } from "../random.ts";
import { arnOf, type LambdaFunction, type Mapping } from "../state.ts";
import { found, type Made, physicalName, type Registration, type Site } from "./resource.ts";

interface FunctionInputs {
  role: string;
  code?: asset.Archive;
  handler?: string;
  timeout?: number;
  memorySize?: number;
  reservedConcurrentExecutions?: number;
  environment?: { variables?: Record<string, string> };
  loggingConfig?: { logGroup?: string };
}

/** The function with its code extracted. */
export async function makeFunction(registration: Registration, site: Site): Promise<Made> {
  const inputs = registration.inputs as unknown as FunctionInputs;
  const name = physicalName(registration, site, 64);
  if (!site.access.mayAssume("lambda.amazonaws.com", inputs.role)) {
    throw new Error(`Function "${registration.name}" has role ${inputs.role}, which cannot be assumed by Lambda.`);
  }
  if (inputs.code === undefined || inputs.handler === undefined) {
    throw new Error(
      `Function "${registration.name}" has no ${inputs.code ? "handler" : "code"}: only code from an archive is run.`,
    );
  }
  const folder = join(site.codeFolder, name);
  await extract(inputs.code, folder);
  const variables = inputs.environment?.variables ?? {};
  checkEnvironment(name, variables);
  const arn = arnOf(site.state.place, "lambda", `function:${name}`);
  const reserved = inputs.reservedConcurrentExecutions ?? -1;
  site.state.functions.set(arn, {
    name,
    arn,
    folder,
    roleArn: inputs.role,
    handler: inputs.handler,
    environment: variables,
    timeoutSeconds: inputs.timeout ?? 3,
    memoryMegabytes: inputs.memorySize ?? 128,
    ...(reserved >= 0 && { reservedConcurrency: reserved }),
    logGroup: inputs.loggingConfig?.logGroup ?? `/aws/lambda/${name}`,
    policy: { Version: "2012-10-17", Statement: [] },
    // Lambda's defaults: two retries, events of up to six hours.
    asynchronous: { retries: 2, maximumAgeSeconds: 6 * 60 * 60 },
  });
  return { id: name, outputs: { name, arn, qualifiedArn: `${arn}:$LATEST`, version: "$LATEST" } };
}

export function configureInvocation(registration: Registration, site: Site): Made {
  const target = functionOf(registration, String(registration.inputs.functionName), site);
  const { maximumRetryAttempts, maximumEventAgeInSeconds } = registration.inputs as Record<string, number | undefined>;
  target.asynchronous = {
    retries: maximumRetryAttempts ?? target.asynchronous.retries,
    maximumAgeSeconds: maximumEventAgeInSeconds ?? target.asynchronous.maximumAgeSeconds,
  };
  return { id: target.name };
}

export function permitInvocation(registration: Registration, site: Site): Made {
  const {
    function: named,
    action,
    principal,
    sourceArn,
    sourceAccount,
  } = registration.inputs as Record<string, string>;
  const target = functionOf(registration, String(named), site);
  const statementId = physicalName(registration, site, 100, "statementId");
  const isService = String(principal).includes(".");
  const conditions = {
    ...(sourceArn && { ArnLike: { "aws:SourceArn": sourceArn } }),
    ...(sourceAccount && { StringEquals: { "aws:SourceAccount": sourceAccount } }),
  };
  (target.policy.Statement as unknown[]).push({
    Sid: statementId,
    Effect: "Allow",
    Principal: isService ? { Service: principal } : { AWS: principal },
    Action: action,
    Resource: target.arn,
    ...(Object.keys(conditions).length > 0 && { Condition: conditions }),
  });
  return { id: statementId, outputs: { statementId } };
}

interface MappingInputs {
  eventSourceArn: string;
  functionName: string;
  batchSize?: number;
  maximumBatchingWindowInSeconds?: number;
  functionResponseTypes?: string[];
  enabled?: boolean;
}

export function makeMapping(registration: Registration, site: Site): Made {
  const inputs = registration.inputs as unknown as MappingInputs;
  const unknown = Object.keys(inputs).filter((input) => !mappingInputs.has(input));
  if (unknown.length > 0)
    throw new Error(`Event source mapping "${registration.name}" has ${unknown.join(", ")}, which is not emulated.`);
  const queue = [...site.state.queues.values()].find(({ arn }) => arn === inputs.eventSourceArn);
  found(queue, registration, `queue ${inputs.eventSourceArn}`);
  const target = functionOf(registration, inputs.functionName, site);
  if (queue && queue.visibilityTimeout < target.timeoutSeconds) {
    throw new Error(
      `Event source mapping "${registration.name}" is refused by Lambda: the queue's visibility timeout of ${queue.visibilityTimeout} s is less than the function's timeout of ${target.timeoutSeconds} s.`,
    );
  }
  const mapping: Mapping = {
    id: uuidOf(site.seed, registration.type, registration.name),
    queueArn: inputs.eventSourceArn,
    functionArn: target.arn,
    batchSize: inputs.batchSize ?? 10,
    windowSeconds: inputs.maximumBatchingWindowInSeconds ?? 0,
    reportsItemFailures: inputs.functionResponseTypes?.includes("ReportBatchItemFailures") ?? false,
    enabled: inputs.enabled ?? true,
  };
  site.state.mappings.push(mapping);
  return {
    id: mapping.id,
    outputs: { uuid: mapping.id, functionArn: target.arn, state: mapping.enabled ? "Enabled" : "Disabled" },
  };
}

const mappingInputs = new Set([
  "eventSourceArn",
  "functionName",
  "batchSize",
  "maximumBatchingWindowInSeconds",
  "functionResponseTypes",
  "enabled",
  "tags",
]);

/** A function is named by its name or its ARN. */
function functionOf(registration: Registration, named: string, { state }: Site): LambdaFunction {
  const target = [...state.functions.values()].find(({ name, arn }) => name === named || arn === named);
  return found(target, registration, `function ${named}`);
}

/** Lambda's quota: 4 KB for all variables together. */
function checkEnvironment(name: string, variables: Record<string, string>): void {
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  if (bytes > 4096) {
    throw new Error(`Function ${name} has environment variables of ${bytes} bytes: Lambda takes at most 4096.`);
  }
}
