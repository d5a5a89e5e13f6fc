/** Runs a policy as the engine does: on each resource's inputs, then on the stack, with a preview's unknowns throwing. */
import type { Policies, PolicyResource, ReportViolation, ResourceValidation } from "@pulumi/policy";
import { UnknownValueError, unknownCheckingProxy } from "@pulumi/policy";

/** What the engine sends in place of a value that a preview does not know. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A resource of a stack under test. */
export interface Given {
  readonly type: string;
  readonly name: string;
  /** Its inputs. */
  readonly props?: Record<string, unknown>;
  /** What its outputs hold beside its inputs. */
  readonly outputs?: Record<string, unknown>;
  /** The types of its ancestors, outermost first. */
  readonly within?: readonly string[];
  /** The names of the resources whose outputs made a property. */
  readonly from?: Readonly<Record<string, readonly string[]>>;
}

/** What a policy said: `resource | message` for a violation, or `stack | message`; why it could not say more. */
export interface Verdict {
  violations: string[];
  unknown: string[];
  notApplicable: string[];
}

/** Judges a stack by one policy. */
export async function judge(
  policy: Policies[number],
  stack: readonly Given[],
  config: Record<string, unknown> = {},
): Promise<Verdict> {
  const verdict: Verdict = { violations: [], unknown: [], notApplicable: [] };
  const report =
    (name: string): ReportViolation =>
    (message, urn) => {
      verdict.violations.push(`${urn?.split("::").at(-1) ?? name} | ${message}`);
    };
  const common = {
    stackTags: new Map<string, string>(),
    getConfig: <T extends object>() => config as T,
    notApplicable: (reason?: string): never => {
      throw new NotApplicable(reason);
    },
  };
  if ("validateResource" in policy) {
    for (const given of stack) {
      const args = { ...common, ...identity(given), props: unknownCheckingProxy(given.props ?? {}) };
      await attempt(verdict, () => (policy.validateResource as ResourceValidation)(args, report(given.name)));
    }
  }
  if ("validateStack" in policy) {
    await attempt(verdict, () => policy.validateStack({ ...common, resources: linked(stack) }, report("stack")));
  }
  return verdict;
}

/** A policy document that allows actions on everything, as JSON text. */
export function allow(...actions: string[]): string {
  return document({ Effect: "Allow", Action: actions, Resource: "*" });
}

/** A policy document of statements, as JSON text. */
export function document(...statements: object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

class NotApplicable extends Error {}

async function attempt(verdict: Verdict, run: () => void | Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof NotApplicable) verdict.notApplicable.push(error.message);
    else if (error instanceof UnknownValueError) verdict.unknown.push((error as Error).message);
    else throw error;
  }
}

function linked(stack: readonly Given[]): PolicyResource[] {
  const resources = new Map(
    stack.map((given): [string, PolicyResource] => [
      given.name,
      {
        ...identity(given),
        props: unknownCheckingProxy({ ...given.props, ...given.outputs }),
        dependencies: [],
        propertyDependencies: {},
      },
    ]),
  );
  for (const { name, from = {} } of stack) {
    const resource = resources.get(name) as PolicyResource;
    for (const [property, sources] of Object.entries(from)) {
      resource.propertyDependencies[property] = sources.map((source) => {
        const target = resources.get(source);
        if (!target) throw new Error(`"${name}" is made from "${source}", which the stack under test does not hold.`);
        return target;
      });
    }
  }
  return [...resources.values()];
}

function identity({ type, name, within = [] }: Given) {
  return {
    type,
    name,
    urn: `urn:pulumi:dev::shop::${[...within, type].join("$")}::${name}`,
    opts: { protect: false, ignoreChanges: [], aliases: [], additionalSecretOutputs: [], customTimeouts },
    isType: () => false,
    asType: () => undefined,
  };
}

const customTimeouts = { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 };
