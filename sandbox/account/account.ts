// One AWS account on a laptop: deploy a program, let virtual time pass, look at what happened.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Authorize } from "../metering/caller.ts";
import { createBus, type PutEvent } from "./bus.ts";
import { type Clients, destroyClients, type Endpoints, enforce, makeClients } from "./clients.ts";
import { type Clock, createClock } from "./clock.ts";
import { deployProgram, type Program } from "./deploy.ts";
import { type QueueActivity, startEmulators, type TableStore } from "./emulators.ts";
import { createAccess } from "./iam/access.ts";
import type { Interference } from "./interference.ts";
import { createAsynchronous } from "./lambda/asynchronous.ts";
import { createLambda, type Lambda, type Observations, type Outcome } from "./lambda/invoke.ts";
import { type Poller, startMapping } from "./mappings.ts";
import type { Site } from "./provision/resource.ts";
import { createQueueWatch } from "./queue-watch.ts";
import { type Running, startSchedule } from "./schedules.ts";
import { createState, type LambdaFunction, type Mapping, type State } from "./state.ts";
import { putAsCloudTrail, queueSize, readBucket, type StoredObject, sendMessages } from "./use.ts";

/** How the account begins, and what goes wrong in it: nothing by default. */
export interface AccountOptions extends Interference {
  /** Decides every name, id and draw: the same seed and the same calls make the same account. */
  seed: string;
  /** What the clock shows first: ISO 8601 with a zone. */
  startAt: string;
  /** Default: us-east-1. */
  region?: string;
  /** Default: 123456789012. */
  accountId?: string;
  /** Default: behind a server. */
  tableStore?: TableStore;
}

export interface Account extends Observations {
  clock: Clock;
  /** Everything that programs have made, as plain data. */
  state: State;
  /** Where the services listen. Set `metering` to the metering service's endpoint before a function calls it. */
  endpoints: Endpoints;
  /** Clients of the account's owner, bound by no policy. */
  clients: Clients;
  /** For the metering service: whose access key signed a request, and whether that role may make it. */
  authorize: Authorize;
  /** Makes everything a program registers, and answers its outputs. Schedules and mappings run from then on. `config` is the stack's. */
  deploy(program: Program, config?: Record<string, string>): Promise<Record<string, unknown>>;
  runUntil: Clock["runUntil"];
  /** Like `runUntil`, but schedules miss what they would invoke before the instant: for stretches in which they would find nothing to do. */
  idleUntil(instant: number): Promise<void>;
  /** Runs a function once, by its name or ARN, and the clock until it has ended. @throws {Error} when there is no such function. */
  invoke(functionName: string, payload: unknown): Promise<Outcome>;
  /** Sends messages to a queue, by its URL, in batches as large as SQS takes. */
  send(queueUrl: string, bodies: readonly string[]): Promise<void>;
  /** Has CloudWatch note how many messages each queue holds and how old the oldest is, as it would by itself each minute. */
  measureQueues(): Promise<void>;
  /** How many messages a queue holds, by its URL. */
  queueSize(queueUrl: string): Promise<{ visible: number; inFlight: number }>;
  /** Every object of a bucket, in the order of keys. */
  readBucket(bucket: string): Promise<StoredObject[]>;
  /** Puts an event on the default event bus. */
  putEvent: PutEvent;
  /** Writes an object as CloudTrail does. @throws {Error} when the bucket's policy does not let a trail of the account do so. */
  putAsCloudTrail(bucket: string, key: string, bytes: Uint8Array, metadata: Record<string, string>): Promise<void>;
  close(): Promise<void>;
}

/** Starts an empty account with its emulators. Close it, or they keep the process alive. */
export async function startAccount(options: AccountOptions): Promise<Account> {
  const { seed, region = "us-east-1", accountId = "123456789012" } = options;
  const clock = createClock(instantOf(options.startAt));
  const state = createState({ accountId, region, partition: "aws" });
  const access = createAccess(state, seed);
  const seen: Observations = { logs: [], metrics: [], invocations: [], idled: [] };
  const queues = createQueueWatch(state, clock, seen);
  const pollers: Poller[] = [];
  const schedules: Running[] = [];

  const emulators = await startEmulators((activity: QueueActivity) => {
    queues.sent(activity);
    for (const poller of pollers) poller.notice(activity);
  }, options.tableStore);
  const { dynamodb, storageAndMessaging } = emulators;
  const endpoints: Endpoints = {
    dynamodb,
    s3: storageAndMessaging,
    sqs: storageAndMessaging,
    sns: storageAndMessaging,
  };
  const codeFolder = await mkdtemp(join(tmpdir(), "sandbox-account-"));
  const owner = { accessKeyId: "OWNER", secretAccessKey: "OWNER", sessionToken: "OWNER" };
  const clients = makeClients(endpoints, region, owner, (_, next) => next());

  const lambda = createLambda({ clock, state, access, endpoints, seed, interference: options }, seen);
  const invokeLater = createAsynchronous(clock, lambda, seen);
  const site: Site = { state, access, seed, clients, codeFolder, made: new Set(), queueAddress: storageAndMessaging };

  function startPoller(mapping: Mapping): void {
    const queue = [...state.queues.values()].find(({ arn }) => arn === mapping.queueArn);
    const target = state.functions.get(mapping.functionArn);
    if (queue === undefined || target === undefined) return;
    // Lambda polls with the rights of the function's role, and refuses a mapping whose role lacks one.
    for (const command of ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"]) {
      const call = { service: "sqs" as const, command, input: { QueueUrl: queue.url } };
      enforce(call, { roleArn: target.roleArn, sessionName: target.name }, access, state);
    }
    const timeOf = (messageId: string) => queues.sentAt(messageId) ?? clock.now();
    const services = {
      clock,
      lambda,
      sqs: clients.sqs,
      sentAt: timeOf,
      onDeleted: queues.deleted,
      interference: options,
    };
    pollers.push(startMapping(mapping, { queue, target }, services));
  }

  return {
    ...seen,
    clock,
    state,
    endpoints,
    clients,
    authorize: access.authorize,
    async deploy(program, config = {}) {
      const before = { schedules: state.schedules.length, mappings: state.mappings.length };
      const outputs = await deployProgram(program, config, site);
      state.mappings.slice(before.mappings).forEach(startPoller);
      for (const schedule of inOrder(state.schedules.slice(before.schedules))) {
        schedules.push(startSchedule(schedule, clock, state, access, invokeLater, options));
      }
      return outputs;
    },
    runUntil: clock.runUntil,
    idleUntil(instant) {
      seen.idled.push({ from: clock.now(), to: instant });
      for (const schedule of schedules) schedule.skipTo(instant);
      return clock.runUntil(instant);
    },
    invoke: async (functionName, payload) => invokeNow(functionOf(state, functionName), payload, clock, lambda),
    send: (queueUrl, bodies) => sendMessages(clients.sqs, queueUrl, bodies),
    measureQueues: () => queues.measure(clients.sqs),
    queueSize: (queueUrl) => queueSize(clients.sqs, queueUrl),
    readBucket: (bucket) => readBucket(clients.s3, bucket),
    putEvent: createBus(state, { access, invokeLater, sqs: clients.sqs, seen, now: clock.now }),
    putAsCloudTrail: (...object) => putAsCloudTrail(clients.s3, state, access, ...object),
    async close() {
      lambda.close();
      destroyClients(clients);
      await emulators.close();
      await rm(codeFolder, { recursive: true, force: true });
    },
  };
}

/** The order resources are made in is not the program's: names make it the same every time. */
function inOrder<T extends { name: string }>(items: T[]): T[] {
  return items.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function invokeNow(target: LambdaFunction, payload: unknown, clock: Clock, lambda: Lambda): Promise<Outcome> {
  const invoked = lambda.invoke(target, payload);
  let ended = false;
  invoked.finally(() => {
    ended = true;
  });
  await clock.runUntil(() => ended, clock.now() + target.timeoutSeconds * 1000);
  return invoked;
}

function functionOf({ functions }: State, named: string): LambdaFunction {
  const target = [...functions.values()].find(({ name, arn }) => name === named || arn === named);
  if (target === undefined) {
    throw new Error(
      `There is no function ${named}: there are ${[...functions.values()].map(({ name }) => name).join(", ") || "none"}.`,
    );
  }
  return target;
}

function instantOf(text: string): number {
  const instant = Date.parse(text);
  if (Number.isNaN(instant) || !/(Z|[+-]\d{2}:\d{2})$/.test(text)) {
    throw new Error(
      `startAt is ${JSON.stringify(text)}: it must be ISO 8601 with a zone, such as 2026-11-23T10:00:00Z.`,
    );
  }
  return instant;
}
