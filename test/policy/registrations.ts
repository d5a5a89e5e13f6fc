/** What a program registers, as the engine would hand it to a policy pack: the provider's view of inputs and outputs. */
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { getMonitor } from "@pulumi/pulumi/runtime/settings.js";
import { type RecordingOptions, record } from "../components/recording.ts";
import { unknown } from "./judge.ts";

/** A resource as it goes over the wire: plain JSON, unknowns as the engine marks them. */
export interface Registration {
  type: string;
  name: string;
  urn: string;
  /** The parent's URN; empty where there is none. */
  parent: string;
  inputs: Properties;
  outputs: Properties;
  /** The URNs behind each property. */
  propertyDependencies: Record<string, string[]>;
}

type Properties = Record<string, never>;

/** Runs a program and returns what it registered. In a preview, new resources answer nothing. */
export async function registrationsOf(
  program: () => unknown,
  options: RecordingOptions & { preview: boolean },
): Promise<Registration[]> {
  const registrations: Registration[] = [];
  await record(() => {
    listen(registrations);
    return program();
  }, options);
  const urns = fullUrns(registrations);
  const full = (urn: string) => urns.get(urn) ?? "";
  return registrations.map((it) => {
    const inputs = asText(it.inputs) as Properties;
    const computed = options.preview ? computedBy(it.type) : {};
    return {
      ...it,
      urn: full(it.urn),
      parent: full(it.parent),
      inputs,
      outputs: { ...computed, ...(asText(it.outputs) as Properties), ...inputs },
      propertyDependencies: Object.fromEntries(
        Object.entries(it.propertyDependencies).map(([property, sources]) => [property, sources.map(full)]),
      ),
    };
  });
}

function listen(registrations: Registration[]): void {
  const monitor = getMonitor() as unknown as {
    registerResource(request: RegisterResourceRequest, callback: Callback): Promise<void>;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) =>
    register(request, (error, answer) => {
      const dependencies = [...request.getPropertydependenciesMap().entries()];
      registrations.push({
        type: request.getType(),
        name: request.getName(),
        urn: answer?.getUrn() ?? "",
        parent: request.getParent(),
        inputs: json(request.getObject()),
        outputs: json(answer?.getObject()),
        propertyDependencies: Object.fromEntries(
          dependencies.map(([property, sources]) => [property, sources.getUrnsList()]),
        ),
      });
      callback(error, answer);
    });
}

type Struct = { toJavaScript(): unknown };
type Callback = (error: unknown, answer: { getUrn(): string; getObject(): Struct | undefined } | undefined) => void;

const json = (struct: Struct | undefined) => (struct?.toJavaScript() ?? {}) as Properties;

/** The mocks put only the parent's type into a URN, the engine all ancestors' types. */
function fullUrns(registrations: readonly Registration[]): Map<string, string> {
  const byUrn = new Map(registrations.map((it) => [it.urn, it]));
  const lineage = (it: Registration): string[] => {
    const parent = byUrn.get(it.parent);
    return parent ? [...lineage(parent), it.type] : [it.type];
  };
  return new Map(
    registrations.map((it) => {
      const [stack, project, , name] = it.urn.split("::");
      return [it.urn, [stack, project, lineage(it).join("$"), name].join("::")];
    }),
  );
}

/** The AWS provider turns policy documents into text, which is unknown as a whole when any of it is. */
function asText(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asText);
  if (typeof value !== "object" || value === null) return value;
  if ("Statement" in value) {
    const text = JSON.stringify(value);
    return text.includes(unknown) ? unknown : text;
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asText(inner)]));
}

/** What the AWS provider computes where the program leaves it out: unknown until the resource is there. */
function computedBy(type: string): Record<string, never> {
  const properties: Record<string, string[]> = {
    "aws:iam/role:Role": ["arn", "id", "name", "inlinePolicies", "managedPolicyArns"],
    "aws:sqs/queue:Queue": ["arn", "id", "name", "url", "redrivePolicy", "redriveAllowPolicy"],
    "aws:dynamodb/table:Table": ["arn", "id", "name", "pointInTimeRecovery"],
    "aws:s3/bucket:Bucket": ["arn", "id", "bucket", "policy"],
  };
  return Object.fromEntries((properties[type] ?? ["arn", "id"]).map((property) => [property, unknown as never]));
}
