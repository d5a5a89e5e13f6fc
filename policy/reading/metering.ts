/** Who meters in a stack, and with what: found by what policies grant, never by names. */
import type { PolicyResource } from "@pulumi/policy";
import { covers, type DocumentPlace, documentPlaces, type Statement, texts } from "./documents.ts";
import { aws, isWithin, knownStrings, ofType, refersTo } from "./graph.ts";
import { anyOf, ifKnown } from "./unknown.ts";

/** The actions of the metering service that post or prepare usage. None of them takes a resource: each is granted on `*`. */
export const meteringActions = [
  "aws-marketplace:BatchMeterUsage",
  "aws-marketplace:MeterUsage",
  "aws-marketplace:RegisterUsage",
  "aws-marketplace:ResolveCustomer",
];

/** AWS's managed policy that holds `aws-marketplace:*`. The narrower ones do not grant BatchMeterUsage. */
export const marketplaceFullAccess = "AWSMarketplaceFullAccess";

/** A document a role has, and the resource that holds it. */
export type RoleDocument = DocumentPlace & { readonly resource: PolicyResource };

/** A managed policy attached to a role by ARN. */
export interface ManagedPolicy {
  readonly resource: PolicyResource;
  readonly property: string;
  readonly arn: string;
}

/**
 * True if statements allow BatchMeterUsage under the service's own name. `*` alone does not count: it says nothing
 * about metering, and has a policy of its own.
 */
export function grantsMetering(statements: readonly Statement[]): boolean {
  return anyOf(
    statements.map(
      (statement) => () =>
        statement.Effect === "Allow" &&
        texts(statement.Action).some(
          (action) => /^aws-marketplace:/i.test(action) && covers(action, "aws-marketplace:BatchMeterUsage"),
        ),
    ),
  );
}

/** True if a role of the stack may call BatchMeterUsage. */
export function roleMeters(role: PolicyResource, resources: readonly PolicyResource[]): boolean {
  return anyOf([
    () => managedPolicies(role, resources).some(({ arn }) => arn.endsWith(`/${marketplaceFullAccess}`)),
    ...roleDocuments(role, resources).map((document) => () => documentMeters(document)),
  ]);
}

/**
 * True if a document a role has allows BatchMeterUsage. Of our components `MeteringRole` alone grants it: what a preview
 * does not know of the policies of the others, which name resources still to be made, cannot change that.
 */
export function documentMeters({ resource, statements }: RoleDocument): boolean {
  const vouchedFor = isWithin(resource.urn) && !isWithin(resource.urn, "MeteringRole");
  return grantsMetering(vouchedFor ? (ifKnown(statements) ?? []) : statements());
}

/** True if a function runs as a role of the stack that may call BatchMeterUsage. */
export function functionMeters(candidate: PolicyResource, resources: readonly PolicyResource[]): boolean {
  return anyOf(rolesOf(candidate, resources).map((role) => () => roleMeters(role, resources)));
}

/** The tables a function works on: those its settings or its role's policies refer to. */
export function tablesOf(candidate: PolicyResource, resources: readonly PolicyResource[]): PolicyResource[] {
  return ofType(resources, aws.table).filter((table) => worksOn(candidate, table, resources));
}

/** True if a function's settings, or its role's policies, refer to a resource. */
export function worksOn(
  candidate: PolicyResource,
  target: PolicyResource,
  resources: readonly PolicyResource[],
): boolean {
  if (refersTo(candidate, "environment", target)) return true;
  return rolesOf(candidate, resources).some((role) =>
    [role, ...policiesOf(role, resources)].some((holder) =>
      ["policy", "inlinePolicies"].some((property) => refersTo(holder, property, target)),
    ),
  );
}

/** True if a table holds what is metered: one of ours, or one that a metering function works on. */
export function isLedger(table: PolicyResource, resources: readonly PolicyResource[]): boolean {
  if (isWithin(table.urn)) return true;
  return anyOf(
    ofType(resources, aws.lambdaFunction)
      .filter((candidate) => tablesOf(candidate, resources).includes(table))
      .map((candidate) => () => functionMeters(candidate, resources)),
  );
}

/** Every document a role has: in its own inline policies, in role policies, in policies of the stack attached to it. */
export function roleDocuments(role: PolicyResource, resources: readonly PolicyResource[]): RoleDocument[] {
  return [role, ...policiesOf(role, resources)].flatMap((resource) =>
    documentPlaces(resource).map((place) => ({ ...place, resource })),
  );
}

/** The managed policies attached to a role whose ARNs are known and that the stack does not make itself. */
export function managedPolicies(role: PolicyResource, resources: readonly PolicyResource[]): ManagedPolicy[] {
  const own = knownStrings(() => role.props.managedPolicyArns).map((arn) => ({
    resource: role,
    property: "managedPolicyArns",
    arn,
  }));
  return [
    ...own,
    ...attachmentsOf(role, resources).flatMap((resource) =>
      knownStrings(() => resource.props.policyArn).map((arn) => ({ resource, property: "policyArn", arn })),
    ),
  ].filter(({ arn }) => /^arn:[^:]*:iam::aws:policy\//.test(arn));
}

function rolesOf(candidate: PolicyResource, resources: readonly PolicyResource[]): PolicyResource[] {
  return ofType(resources, aws.role).filter((role) => refersTo(candidate, "role", role));
}

function policiesOf(role: PolicyResource, resources: readonly PolicyResource[]): PolicyResource[] {
  const attachments = attachmentsOf(role, resources);
  return [
    ...ofType(resources, aws.rolePolicy).filter((policy) => refersTo(policy, "role", role)),
    ...ofType(resources, aws.policy).filter(
      (policy) =>
        attachments.some((attachment) => refersTo(attachment, "policyArn", policy)) ||
        refersTo(role, "managedPolicyArns", policy),
    ),
  ];
}

function attachmentsOf(role: PolicyResource, resources: readonly PolicyResource[]): PolicyResource[] {
  return [
    ...ofType(resources, aws.rolePolicyAttachment).filter((attachment) => refersTo(attachment, "role", role)),
    ...ofType(resources, aws.policyAttachment).filter((attachment) => refersTo(attachment, "roles", role)),
  ];
}
