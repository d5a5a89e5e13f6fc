/** Which resource of a stack belongs to which: by the program's own dependencies, which a preview knows, and by names. */
import type { PolicyResource } from "@pulumi/policy";
import { ifKnown } from "./unknown.ts";

/** The resource types the policies read. */
export const aws = {
  trail: "aws:cloudtrail/trail:Trail",
  bucket: "aws:s3/bucket:Bucket",
  bucketV2: "aws:s3/bucketV2:BucketV2",
  bucketPolicy: "aws:s3/bucketPolicy:BucketPolicy",
  publicAccessBlock: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  role: "aws:iam/role:Role",
  rolePolicy: "aws:iam/rolePolicy:RolePolicy",
  userPolicy: "aws:iam/userPolicy:UserPolicy",
  groupPolicy: "aws:iam/groupPolicy:GroupPolicy",
  policy: "aws:iam/policy:Policy",
  rolePolicyAttachment: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  policyAttachment: "aws:iam/policyAttachment:PolicyAttachment",
  lambdaFunction: "aws:lambda/function:Function",
  lambdaAlias: "aws:lambda/alias:Alias",
  eventSourceMapping: "aws:lambda/eventSourceMapping:EventSourceMapping",
  queue: "aws:sqs/queue:Queue",
  redrivePolicy: "aws:sqs/redrivePolicy:RedrivePolicy",
  table: "aws:dynamodb/table:Table",
} as const;

/** Our components by class name. */
export type Component =
  | "MeteringRole"
  | "MeteringTrail"
  | "UsagePipeline"
  | "UsageVerification"
  | "MarketplaceMetering";

const componentPrefix = "aws-marketplace-metering:index:";

/** The resources of any of these types. */
export function ofType(resources: readonly PolicyResource[], ...types: string[]): PolicyResource[] {
  return resources.filter((resource) => types.includes(resource.type));
}

/** True if a resource is, or lies within, one of our components (any of them when none is named): its URN holds its ancestors' types. */
export function isWithin(urn: string, ...components: Component[]): boolean {
  const lineage = urn.split("::")[2]?.split("$") ?? [];
  return lineage.some((type) =>
    components.length === 0
      ? type.startsWith(componentPrefix)
      : components.some((component) => type === componentPrefix + component),
  );
}

/**
 * True if a property refers to another resource: the program made it from that resource's outputs, or one of its
 * strings is that resource's id, name, ARN or URL. Never throws for an unknown: where a value is unknown, the
 * dependency behind it is not.
 */
export function refersTo(resource: PolicyResource, property: string, target: PolicyResource): boolean {
  // By URN: the SDK makes these objects anew for every policy, never twice for one.
  if (resource.propertyDependencies[property]?.some((dependency) => dependency.urn === target.urn)) return true;
  const names = new Set(identities.flatMap((identity) => knownStrings(() => target.props[identity])));
  return knownStrings(() => resource.props[property]).some((value) => names.has(value));
}

/**
 * True if the program set a property. In a preview a property that the provider computes when it is left out is
 * unknown; what sets it apart from one the program made from another resource's output is that nothing stands behind it.
 */
export function isGiven(resource: PolicyResource, property: string): boolean {
  if (resource.propertyDependencies[property]?.length) return true;
  const value = ifKnown(() => resource.props[property] ?? null);
  return value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);
}

/** Every string inside a value, without those a preview does not know. */
export function knownStrings(read: () => unknown): string[] {
  const value = ifKnown(read);
  if (typeof value === "string") return value === "" ? [] : [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.keys(value).flatMap((key) => knownStrings(() => (value as Record<string, unknown>)[key]));
}

const identities = ["id", "arn", "name", "bucket", "url"];
