// A Pulumi program, run in this process: each resource it registers is made in the account.
import type * as pulumi from "@pulumi/pulumi";
import { lookUp } from "./provision/lookups.ts";
import type { Registration, Site } from "./provision/resource.ts";
import { provisions } from "./provision/types.ts";

/** A program as Pulumi runs it: it registers resources and returns its outputs, an object, or nothing. */
export type Program = () => unknown;

/**
 * Runs the program and waits until everything is made and every output is known.
 * @param config the stack's configuration, by full key (`aws:region` is set by itself).
 * @throws {Error} for the first resource that cannot be made, such as one of a type that is not emulated.
 */
export async function deployProgram(
  program: Program,
  config: Record<string, string>,
  site: Site,
): Promise<Record<string, unknown>> {
  // Pulumi's runtime is one per process: deployments take turns.
  const turn = lastDeployment.then(() => run(program, config, site));
  lastDeployment = turn.catch(() => undefined);
  return turn;
}

let lastDeployment: Promise<unknown> = Promise.resolve();

async function run(program: Program, config: Record<string, string>, site: Site): Promise<Record<string, unknown>> {
  const { output, runtime } = await import("@pulumi/pulumi");
  const failure = Promise.withResolvers<never>();
  let begun = 0;
  /** Leaves what failed without an answer: Pulumi would report it again, as a rejection nobody handles, for all that depends on it. */
  const answer = <T>(work: Promise<T>) => {
    begun += 1;
    return work.catch((error: unknown) => {
      failure.reject(error);
      return new Promise<never>(() => {});
    });
  };
  const mocks: pulumi.runtime.Mocks = {
    newResource: (args) => answer(make(args, site)),
    call: (args) => answer(lookUp(args, site.state.place)),
  };

  /** Awaiting outputs alone would miss resources that no output depends on, and those that are made once others are known. */
  async function finish(): Promise<unknown> {
    const returned = await program();
    for (let seen = -1; seen !== begun; ) {
      seen = begun;
      await (runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    return promiseOf(output(returned ?? {}));
  }

  const configBefore = runtime.allConfig();
  await runtime.setMocks(mocks, "marketplace", "sandbox", false);
  runtime.setAllConfig({ "aws:region": site.state.place.region, ...config });
  // An error in an `apply` reaches whoever runs the program only this way.
  process.on("unhandledRejection", failure.reject);
  try {
    return (await Promise.race([finish(), failure.promise])) as Record<string, unknown>;
  } finally {
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", failure.reject);
    runtime.setAllConfig(configBefore);
    runtime.disconnectSync();
    // Forgets what a failed deployment left unanswered, which would be reported as leaks when the process ends.
    runtime.resetOptions("", "", -1, "", "", false, "");
  }
}

async function make(args: pulumi.runtime.MockResourceArgs, site: Site): Promise<pulumi.runtime.MockResourceResult> {
  const inputs = (await plain(args.inputs)) as Record<string, unknown>;
  // Components are made of their children.
  if (args.custom === false) return { id: "", state: inputs };
  const made = await makeOne({ type: args.type, name: args.name, inputs }, site);
  return { id: made.id, state: { ...inputs, ...made.outputs } };
}

async function makeOne(registration: Registration, site: Site) {
  const { type, name } = registration;
  const provision = provisions[type];
  if (provision === undefined) {
    throw new Error(
      `Resource "${name}" is of type ${type}, which the sandbox cannot make: add it to sandbox/account/provision/types.ts.`,
    );
  }
  const key = `${type} ${name}`;
  if (site.made.has(key))
    throw new Error(
      `Resource "${name}" of type ${type} is already in the account: the sandbox makes resources and changes none.`,
    );
  site.made.add(key);
  return provision(registration, site);
}

/** Inputs in which a resource stands as its id, which is how a provider takes it; archives and assets stay what they are. */
async function plain(value: unknown): Promise<unknown> {
  const { asset, Resource } = await import("@pulumi/pulumi");
  if (
    typeof value !== "object" ||
    value === null ||
    [asset.Archive, asset.Asset].some((code) => code.isInstance(value))
  ) {
    return value;
  }
  if (Resource.isInstance(value)) return promiseOf((value as pulumi.CustomResource).id);
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  const entries = Object.entries(value).map(async ([key, part]) => [key, await plain(part)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

const promiseOf = <T>(value: pulumi.Output<T>): Promise<T> => (value as unknown as { promise(): Promise<T> }).promise();
