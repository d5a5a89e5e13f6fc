// An execution environment: one copy of a function with clients of its own, as a Lambda host would hold it.
import { Console } from "node:console";
import { join } from "node:path";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { type Clients, destroyClients, type Endpoints, enforce, makeClients } from "../clients.ts";
import type { Clock, Task } from "../clock.ts";
import type { Access } from "../iam/access.ts";
import type { SdkCall } from "../iam/requests.ts";
import type { Interference } from "../interference.ts";
import { randomOf } from "../random.ts";
import type { LambdaFunction, State } from "../state.ts";

/** A call that a function is about to make. */
export interface FunctionCall extends SdkCall {
  functionName: string;
  requestId: string;
  now(): number;
  /** Makes the function wait, in virtual time. */
  sleep(milliseconds: number): Promise<void>;
  /** Ends the function's process on the spot: nothing after this call runs. The promise never settles. */
  kill(): Promise<never>;
}

/**
 * Stands around every call a function makes to DynamoDB, S3, SQS, SNS and metering. `next` makes the call, as often as it is asked to, and
 * answers its output or throws. What this answers or throws is what the function sees.
 */
export type Intercept = (call: FunctionCall, next: () => Promise<unknown>) => Promise<unknown>;

/** An invocation under way. */
export interface Running {
  requestId: string;
  task: Task;
  /** Ends the invocation as if the process had died. */
  die(): void;
}

export type Handler = (event: unknown, context: unknown) => Promise<unknown>;

export interface Environment {
  handler(): Promise<Handler>;
  /** The invocation it works on. */
  current: Running | undefined;
  /** Drops it: whatever its code still awaits never comes. */
  discard(): void;
}

/** What every environment is made of. */
export interface Host {
  clock: Clock;
  state: State;
  access: Access;
  endpoints: Endpoints;
  seed: string;
  interference: Interference;
}

/** @param write takes the lines of the function's console. */
export function createEnvironment(
  target: LambdaFunction,
  index: number,
  host: Host,
  write: (line: string) => void,
): Environment {
  const { clock, state, access, endpoints, seed, interference } = host;
  const session = { roleArn: target.roleArn, sessionName: target.name };
  let dead = false;
  let handler: Promise<Handler> | undefined;

  /** Keeps a dead process from going on. */
  async function alive<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      return dead ? never() : result;
    } catch (error) {
      if (dead) return never();
      throw error;
    }
  }

  async function around(call: SdkCall, next: () => Promise<unknown>): Promise<unknown> {
    const running = environment.current;
    if (dead || running === undefined) return never();
    const make = async () => {
      enforce(call, session, access, state);
      return running.task.call(next);
    };
    const { intercept } = interference;
    if (intercept === undefined) return alive(make());
    const { requestId, task } = running;
    const kill = () => {
      running.die();
      return never();
    };
    const functionCall = { ...call, functionName: target.name, requestId, now: clock.now, sleep: task.sleep, kill };
    return alive(intercept(functionCall, make));
  }

  const clients = makeClients(
    endpoints,
    state.place.region,
    access.credentialsOf(session.roleArn, session.sessionName),
    around,
  );
  const environment: Environment = {
    current: undefined,
    handler() {
      handler ??= load(target, clients, {
        environment: variablesOf(target, state),
        clock: {
          now: () => clock.now() + (interference.clockAhead?.(target.name, index) ?? 0),
          sleep: (milliseconds) => {
            const running = environment.current;
            return dead || running === undefined ? never() : alive(running.task.sleep(milliseconds));
          },
        },
        random: randomOf(seed, target.arn, String(index)),
        console: consoleOf((line) => {
          if (!dead) write(line);
        }),
      });
      return handler;
    },
    discard() {
      dead = true;
      destroyClients(clients);
    },
  };
  return environment;
}

interface Surroundings {
  environment: Record<string, string>;
  clock: { now(): number; sleep(milliseconds: number): Promise<void> };
  random: () => number;
  console: Console;
}

/** Loads the code, once a folder, and lets it make its handler. */
async function load(target: LambdaFunction, clients: Clients, surroundings: Surroundings): Promise<Handler> {
  const file = `${target.handler.slice(0, target.handler.lastIndexOf("."))}.mjs`;
  const module = (await import(pathToFileURL(join(target.folder, file)).href)) as { create?: Create };
  if (module.create === undefined) {
    throw new Error(
      `Function ${target.name} cannot run in the sandbox: ${file} exports no create(dependencies) that makes its handler.`,
    );
  }
  return module.create({ ...surroundings, ...clients });
}

type Create = (dependencies: Surroundings & Clients) => Handler | Promise<Handler>;

function variablesOf(target: LambdaFunction, { place }: State): Record<string, string> {
  return {
    AWS_REGION: place.region,
    AWS_LAMBDA_FUNCTION_NAME: target.name,
    LAMBDA_TASK_ROOT: target.folder,
    ...target.environment,
  };
}

function consoleOf(write: (line: string) => void): Console {
  const stream = new Writable({
    decodeStrings: false,
    write(text: string, _, done) {
      write(text.replace(/\n$/, ""));
      done();
    },
  });
  return new Console({ stdout: stream, stderr: stream, colorMode: false });
}

const never = () => new Promise<never>(() => {});
