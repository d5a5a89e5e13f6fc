// Lambda: runs functions within their concurrency and their time limit, and keeps what they log.
import type { Task } from "../clock.ts";
import { type MetricValue, metricsOf } from "../emf.ts";
import { uuidOf } from "../random.ts";
import type { LambdaFunction } from "../state.ts";
import { createEnvironment, type Environment, type Host, type Running } from "./environment.ts";

/** How an invocation ended. `throttled`: it never began. */
export type Outcome =
  | { status: "succeeded"; value: unknown }
  | { status: "failed"; errorType: string; errorMessage: string }
  | { status: "throttled" };

/** An invocation that ended; times in ms of the virtual clock. */
export interface Invocation {
  functionName: string;
  requestId: string;
  startedAt: number;
  endedAt: number;
  outcome: Outcome;
}

/** A line in a log group. */
export interface LogLine {
  time: number;
  group: string;
  /** Of a function's line. */
  functionName?: string;
  requestId?: string;
  line: string;
  /** False when the function's role may not write the log: in AWS the line is lost, and the metrics in it. */
  delivered: boolean;
}

/** What the account has seen, as plain data that only grows. */
export interface Observations {
  logs: LogLine[];
  metrics: MetricValue[];
  invocations: Invocation[];
  /** Stretches that were skipped: schedules were not followed in them, so that no data is no news. */
  idled: { from: number; to: number }[];
}

export interface Lambda {
  /** Runs the function once, with a copy of the payload. It never rejects: what goes wrong is the outcome. */
  invoke(target: LambdaFunction, payload: unknown): Promise<Outcome>;
  close(): void;
}

export function createLambda(host: Host, seen: Observations): Lambda {
  const { clock, state, access, seed } = host;
  const pools = new Map<string, { idle: Environment[]; made: number; running: number }>();
  const environments = new Set<Environment>();
  let count = 0;

  function countMetric(target: LambdaFunction, name: string, value: number, unit = "Count"): void {
    seen.metrics.push({
      namespace: "AWS/Lambda",
      name,
      unit,
      value,
      time: clock.now(),
      dimensions: { FunctionName: target.name },
    });
  }

  function poolOf(target: LambdaFunction) {
    const pool = pools.get(target.arn) ?? { idle: [], made: 0, running: 0 };
    pools.set(target.arn, pool);
    return pool;
  }

  function log(target: LambdaFunction, requestId: string | undefined, line: string): void {
    const { region, accountId, partition } = state.place;
    const stream = `arn:${partition}:logs:${region}:${accountId}:log-group:${target.logGroup}:log-stream:${target.name}`;
    const delivered = access.ask({ roleArn: target.roleArn }, "logs:PutLogEvents", stream) === "allowed";
    const time = clock.now();
    seen.logs.push({
      time,
      group: target.logGroup,
      functionName: target.name,
      ...(requestId && { requestId }),
      line,
      delivered,
    });
    if (delivered) seen.metrics.push(...metricsOf(line, time));
  }

  function environmentFor(target: LambdaFunction): Environment {
    const pool = poolOf(target);
    const idle = pool.idle.pop();
    if (idle) return idle;
    const environment = createEnvironment(target, pool.made++, host, (line) =>
      log(target, environment.current?.requestId, line),
    );
    environments.add(environment);
    return environment;
  }

  async function run(target: LambdaFunction, payload: unknown, task: Task): Promise<Outcome> {
    const requestId = uuidOf(seed, "invocation", String(count++));
    const startedAt = clock.now();
    const environment = environmentFor(target);
    const ended = Promise.withResolvers<Outcome>();
    const end = (errorType: string, reason: string) =>
      ended.resolve({ status: "failed", errorType, errorMessage: `RequestId: ${requestId} Error: ${reason}` });
    const running: Running = {
      requestId,
      task,
      die: () => end("Runtime.ExitError", "Runtime exited without providing a reason"),
    };
    const deadline = startedAt + target.timeoutSeconds * 1000;
    const cancelLimit = clock.at(deadline, async () =>
      end("Sandbox.Timedout", `Task timed out after ${target.timeoutSeconds.toFixed(2)} seconds`),
    );
    environment.current = running;
    const context = contextOf(target, requestId, () => deadline - clock.now());
    const died = ended.promise.then((outcome) => ({ outcome, survived: false }));
    const handled = handle(environment, copyOf(payload), context).then((outcome) => ({ outcome, survived: true }));
    const { outcome, survived } = await Promise.race([handled, died]);
    cancelLimit();
    if (outcome.status === "failed") log(target, requestId, `${outcome.errorType}: ${outcome.errorMessage}`);
    environment.current = undefined;
    if (survived) poolOf(target).idle.push(environment);
    else {
      environments.delete(environment);
      environment.discard();
    }
    const endedAt = clock.now();
    seen.invocations.push({ functionName: target.name, requestId, startedAt, endedAt, outcome });
    countMetric(target, "Invocations", 1);
    countMetric(target, "Errors", outcome.status === "failed" ? 1 : 0);
    countMetric(target, "Duration", endedAt - startedAt, "Milliseconds");
    return outcome;
  }

  return {
    async invoke(target, payload) {
      const pool = poolOf(target);
      if (pool.running >= (target.reservedConcurrency ?? Number.POSITIVE_INFINITY)) {
        countMetric(target, "Throttles", 1);
        return { status: "throttled" };
      }
      pool.running += 1;
      try {
        return await clock.start((task) => run(target, payload, task));
      } finally {
        pool.running -= 1;
      }
    },
    close() {
      for (const environment of environments) environment.discard();
    },
  };
}

async function handle(environment: Environment, event: unknown, context: unknown): Promise<Outcome> {
  try {
    const handler = await environment.handler();
    return { status: "succeeded", value: copyOf(await handler(event, context)) };
  } catch (error) {
    const { name = "Error", message = String(error), stack } = (error ?? {}) as Partial<Error>;
    return { status: "failed", errorType: name, errorMessage: stack ?? message };
  }
}

function contextOf(target: LambdaFunction, awsRequestId: string, remaining: () => number) {
  return {
    functionName: target.name,
    functionVersion: "$LATEST",
    invokedFunctionArn: target.arn,
    memoryLimitInMB: String(target.memoryMegabytes),
    awsRequestId,
    logGroupName: target.logGroup,
    logStreamName: target.name,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: remaining,
  };
}

/** What crosses Lambda's border is JSON. */
function copyOf(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}
