/** IAM policy documents as resources hold them: JSON text or an object. Nothing is read before it is asked for. */
import type { PolicyResource } from "@pulumi/policy";
import { aws, isGiven } from "./graph.ts";

/** One statement, as written. */
export type Statement = Readonly<Record<string, unknown>>;

/** A place where a resource keeps a policy document. */
export interface DocumentPlace {
  /** The property, as a path. */
  readonly property: string;
  /** Reads its statements; throws where a preview does not know them. Text that is no policy document has none. */
  readonly statements: () => Statement[];
}

/** What holds documents: the inputs of a resource, or, with `propertyDependencies`, a resource of the stack. */
export type DocumentHolder = Pick<PolicyResource, "type" | "props"> & Partial<PolicyResource>;

/** Where a resource keeps identity policies: `policy` of the IAM policy types, the inline policies of a role. */
export function documentPlaces(resource: DocumentHolder): DocumentPlace[] {
  if (identityPolicyTypes.includes(resource.type)) {
    return [{ property: "policy", statements: () => statements(resource.props.policy) }];
  }
  if (resource.type !== aws.role || leftToProvider(resource, "inlinePolicies")) return [];
  const inline: readonly { policy?: unknown }[] = resource.props.inlinePolicies ?? [];
  // By index: an entry that is unknown as a whole must not hide the others.
  return Array.from({ length: inline.length }, (_, index) => ({
    property: `inlinePolicies[${index}].policy`,
    statements: () => statements(inline[index]?.policy),
  }));
}

/** The statements of a document: JSON text or an object. */
export function statements(document: unknown): Statement[] {
  const parsed = typeof document === "string" ? parse(document) : document;
  if (typeof parsed !== "object" || parsed === null) return [];
  return list((parsed as Statement).Statement).filter(
    (statement): statement is Statement => typeof statement === "object" && statement !== null,
  );
}

/** The strings of an element that takes one or several. */
export function texts(element: unknown): string[] {
  return list(element).map(String);
}

/** True if an IAM pattern (`*`, `?`, in any case) covers a name. */
export function covers(pattern: string, name: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "is").test(name);
}

const identityPolicyTypes: readonly string[] = [aws.rolePolicy, aws.userPolicy, aws.groupPolicy, aws.policy];

function leftToProvider(resource: DocumentHolder, property: string): boolean {
  return resource.propertyDependencies !== undefined && !isGiven(resource as PolicyResource, property);
}

function list(element: unknown): unknown[] {
  if (element === undefined || element === null) return [];
  return Array.isArray(element) ? element : [element];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // AWS refuses it by itself, and it grants nothing.
    return undefined;
  }
}
