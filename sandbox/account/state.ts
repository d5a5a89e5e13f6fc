// What stands in the account, as plain data: provisioning writes it, the services read it.
import type { Trail } from "../cloudtrail/trail.ts";
import type { PolicyDocument } from "./iam/policy.ts";

/** Where the account is. */
export interface Place {
  accountId: string;
  region: string;
  partition: string;
}

export interface Role {
  name: string;
  arn: string;
  trust: PolicyDocument;
  /** Inline policies by name. */
  inline: Map<string, PolicyDocument>;
  /** ARNs of the managed policies attached. */
  attached: Set<string>;
}

export interface Table {
  name: string;
  arn: string;
  kmsKeyArn?: string;
  settings: Record<string, unknown>;
}

export interface Bucket {
  name: string;
  arn: string;
  policy?: PolicyDocument;
  kmsKeyArn?: string;
  /** What companions set, by their resource type. */
  settings: Record<string, unknown>;
}

export interface Queue {
  name: string;
  arn: string;
  url: string;
  visibilityTimeout: number;
  policy?: PolicyDocument;
  kmsKeyArn?: string;
  settings: Record<string, unknown>;
}

export interface Topic {
  name: string;
  arn: string;
  policy?: PolicyDocument;
  kmsKeyArn?: string;
  subscriptions: { protocol: string; endpoint: string }[];
}

export interface Key {
  id: string;
  arn: string;
  /** Without one, the account's own policies decide. */
  policy?: PolicyDocument;
}

export interface LambdaFunction {
  name: string;
  arn: string;
  roleArn: string;
  /** `file.export`, as Lambda takes it. */
  handler: string;
  /** The folder its code was extracted to. */
  folder: string;
  environment: Record<string, string>;
  timeoutSeconds: number;
  memoryMegabytes: number;
  /** How many invocations may run at once. Without: as many as there are. */
  reservedConcurrency?: number;
  logGroup: string;
  /** Who may invoke it, beside the account's own roles. */
  policy: PolicyDocument;
  /** Of asynchronous invocations: how often failed ones are repeated, and how old an event may get. */
  asynchronous: { retries: number; maximumAgeSeconds: number };
}

export interface Mapping {
  id: string;
  queueArn: string;
  functionArn: string;
  batchSize: number;
  windowSeconds: number;
  reportsItemFailures: boolean;
  enabled: boolean;
}

export interface Schedule {
  name: string;
  arn: string;
  everySeconds: number;
  startAt?: number;
  enabled: boolean;
  targetArn: string;
  roleArn: string;
  /** JSON. */
  input?: string;
}

export interface Rule {
  name: string;
  arn: string;
  pattern: Record<string, unknown>;
  enabled: boolean;
  targetArns: string[];
}

export interface LogGroup {
  name: string;
  arn: string;
  policies: PolicyDocument[];
}

/** An alarm as its program defined it: the inputs of `aws.cloudwatch.MetricAlarm`. */
export interface Alarm {
  name: string;
  arn: string;
  settings: Record<string, unknown>;
}

/** Everything by ARN, but for queues, tables and buckets, which requests name by name. */
export interface State {
  place: Place;
  roles: Map<string, Role>;
  policies: Map<string, PolicyDocument>;
  tables: Map<string, Table>;
  buckets: Map<string, Bucket>;
  queues: Map<string, Queue>;
  topics: Map<string, Topic>;
  keys: Map<string, Key>;
  functions: Map<string, LambdaFunction>;
  mappings: Mapping[];
  schedules: Schedule[];
  rules: Map<string, Rule>;
  logGroups: Map<string, LogGroup>;
  alarms: Alarm[];
  trails: Trail[];
}

export function createState(place: Place): State {
  return {
    place,
    roles: new Map(),
    policies: new Map(),
    tables: new Map(),
    buckets: new Map(),
    queues: new Map(),
    topics: new Map(),
    keys: new Map(),
    functions: new Map(),
    mappings: [],
    schedules: [],
    rules: new Map(),
    logGroups: new Map(),
    alarms: [],
    trails: [],
  };
}

export function arnOf({ partition, region, accountId }: Place, service: string, resource: string): string {
  // IAM and S3 have no Region in their ARNs, S3 no account either.
  const where = { iam: `:${accountId}`, s3: ":" }[service] ?? `${region}:${accountId}`;
  return `arn:${partition}:${service}:${where}:${resource}`;
}
