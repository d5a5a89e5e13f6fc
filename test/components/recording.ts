import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { deserializeProperties } from "@pulumi/pulumi/runtime/rpc.js";
import { getMonitor } from "@pulumi/pulumi/runtime/settings.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";

/** One resource as the program registered it. */
export interface RecordedResource {
  type: string;
  name: string;
  urn: string;
  custom: boolean;
  /** The URN of the parent; empty where there is none. */
  parent: string;
  inputs: Record<string, unknown>;
  provider: string;
  protect: boolean;
  retainOnDelete: boolean;
  aliases: { urn?: string; name?: string; type?: string }[];
  /** The URNs of all resources it waits for, through inputs and through `dependsOn`. */
  dependencies: string[];
}

/** What a program registered, in order, and what its components gave back. */
export interface Recording {
  resources: RecordedResource[];
  /** The outputs that components registered, by URN. */
  outputs: Map<string, Record<string, unknown>>;
  /** The provider functions the program called, and on which provider. */
  calls: { token: string; provider: string }[];
  /** The one resource of this type and name; throws where there is none. */
  one(type: string, name: string): RecordedResource;
  /** All resources of this type. */
  all(type: string): RecordedResource[];
}

/** How a program is run. */
export interface RecordingOptions {
  /** Whether resources exist only in the plan: what they would answer is unknown. Defaults to false. */
  preview?: boolean;
  /** The Region the provider answers with. Defaults to us-east-1. */
  region?: string;
  /** The partition the provider answers with. Defaults to aws. */
  partition?: string;
  /** Stack configuration by full key. Defaults to none. */
  config?: Record<string, string>;
}

export const ACCOUNT = "111122223333";
export const SUFFIX = "-1234567";

/** Runs a program under Pulumi's mocks and returns everything it registered. */
export async function record(program: () => unknown, options: RecordingOptions = {}): Promise<Recording> {
  const { preview = false, region = "us-east-1", partition = "aws" } = options;
  const calls: Recording["calls"] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, custom }) =>
        preview || custom === false
          ? { id: preview ? undefined : name, state: inputs }
          : { id: `${name}${SUFFIX}`, state: { ...answersOf(type, name, inputs, region, partition), ...inputs } },
      call: ({ token, provider = "" }) => {
        calls.push({ token, provider });
        return lookUp(token, region, partition);
      },
    },
    "project",
    "stack",
    preview,
  );
  pulumi.runtime.setAllConfig(options.config ?? {});
  const { resources, outputs } = listen();
  await program();
  await pulumi.runtime.disconnect(false);
  return {
    resources,
    outputs,
    calls,
    one: (type, name) => {
      const found = resources.find((resource) => resource.type === type && resource.name === name);
      if (!found)
        throw new Error(`No ${type} ${name} among: ${resources.map((r) => `${r.type} ${r.name}`).join("\n")}`);
      return found;
    },
    all: (type) => resources.filter((resource) => resource.type === type),
  };
}

/** Notes each registration on its way to the mock monitor. */
function listen(): Pick<Recording, "resources" | "outputs"> {
  const resources: RecordedResource[] = [];
  const outputs: Recording["outputs"] = new Map();
  const monitor = getMonitor() as unknown as {
    registerResource(request: RegisterResourceRequest, callback: Callback): Promise<void>;
    registerResourceOutputs(
      request: { getUrn(): string; getOutputs(): Struct },
      callback: (error: unknown, answer: unknown) => void,
    ): void;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    const entry: RecordedResource = {
      type: request.getType(),
      name: request.getName(),
      urn: "",
      custom: request.getCustom(),
      parent: request.getParent(),
      inputs: deserializeProperties(request.getObject() as Struct),
      provider: request.getProvider(),
      protect: request.getProtect() ?? false,
      retainOnDelete: request.getRetainondelete() ?? false,
      aliases: request.getAliasesList().map((alias) => ({
        ...(alias.getUrn() ? { urn: alias.getUrn() } : {}),
        ...(alias.getSpec()?.getName() ? { name: alias.getSpec()?.getName() as string } : {}),
        ...(alias.getSpec()?.getType() ? { type: alias.getSpec()?.getType() as string } : {}),
      })),
      dependencies: request.getDependenciesList(),
    };
    resources.push(entry);
    return register(request, (error, answer) => {
      entry.urn = answer?.getUrn() ?? "";
      callback(error, answer);
    });
  };
  const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (request, callback) => {
    outputs.set(request.getUrn(), deserializeProperties(request.getOutputs()));
    registerOutputs(request, callback);
  };
  return { resources, outputs };
}

type Callback = (error: unknown, answer: { getUrn(): string } | undefined) => void;

/** What AWS would answer for a new resource, as far as programs look at it. */
export function answersOf(
  type: string,
  name: string,
  inputs: Record<string, string>,
  region: string,
  partition: string,
): Record<string, unknown> {
  const physical = inputs.name ?? (inputs.namePrefix ? `${inputs.namePrefix}1234567` : `${name}${SUFFIX}`);
  const arn = (service: string, resource: string, place = `${region}:${ACCOUNT}`) =>
    `arn:${partition}:${service}:${place}:${resource}`;
  switch (type) {
    case "aws:s3/bucket:Bucket":
      return { bucket: physical, arn: arn("s3", physical, ":") };
    case "aws:sqs/queue:Queue":
      return {
        name: physical,
        arn: arn("sqs", physical),
        url: `https://sqs.${region}.amazonaws.com/${ACCOUNT}/${physical}`,
      };
    case "aws:kms/key:Key":
      return { keyId: physical, arn: arn("kms", `key/${physical}`) };
    case "aws:dynamodb/table:Table":
      return { name: physical, arn: arn("dynamodb", `table/${physical}`) };
    case "aws:lambda/function:Function":
      return { name: physical, arn: arn("lambda", `function:${physical}`) };
    case "aws:iam/role:Role":
      return { name: physical, arn: arn("iam", `role/${physical}`, `:${ACCOUNT}`) };
    case "aws:iam/policy:Policy":
      return { name: physical, arn: arn("iam", `policy/${physical}`, `:${ACCOUNT}`) };
    case "aws:cloudwatch/logGroup:LogGroup":
      return { name: physical, arn: arn("logs", `log-group:${physical}`) };
    case "aws:cloudwatch/eventRule:EventRule":
      return { name: physical, arn: arn("events", `rule/${physical}`) };
    case "aws:sns/topic:Topic":
      return { name: physical, arn: arn("sns", physical) };
    case "aws:cloudtrail/trail:Trail":
      return { arn: arn("cloudtrail", `trail/${physical}`) };
    default:
      return {};
  }
}

/** What the provider's functions answer. */
export function lookUp(token: string, region: string, partition: string): Record<string, unknown> {
  switch (token) {
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { accountId: ACCOUNT };
    case "aws:index/getRegion:getRegion":
      return { region };
    case "aws:index/getPartition:getPartition":
      return { partition };
    default:
      throw new Error(`The program called ${token}, which the recording does not know.`);
  }
}
