// What all provisioning shares: the shape of a registration, and physical names as the provider makes them.
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SNSClient } from "@aws-sdk/client-sns";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Access } from "../iam/access.ts";
import { digitsOf } from "../random.ts";
import type { State } from "../state.ts";

/** A resource that a program registers. */
export interface Registration {
  /** The provider's token, `aws:sqs/queue:Queue`. */
  type: string;
  /** The name in the program. */
  name: string;
  inputs: Record<string, unknown>;
}

/** What the resource became. `outputs` come on top of the inputs. */
export interface Made {
  id: string;
  outputs?: Record<string, unknown>;
}

/** Where resources are made. The clients act as the account itself, bound by no policy. */
export interface Site {
  state: State;
  /** Type and name of everything made until now. */
  made: Set<string>;
  access: Access;
  seed: string;
  clients: { dynamodb: DynamoDBClient; s3: S3Client; sqs: SQSClient; sns: SNSClient };
  /** Base address of queue URLs. */
  queueAddress: string;
  /** The folder that functions' code is extracted to. */
  codeFolder: string;
}

export type Provision = (registration: Registration, site: Site) => Made | Promise<Made>;

/**
 * The physical name: the one given, or the program's with seven seeded digits, as the provider does.
 * @throws {Error} when it is longer than AWS takes.
 */
export function physicalName(registration: Registration, site: Site, longest: number, property = "name"): string {
  const { type, name, inputs } = registration;
  const given = inputs[property] as string | undefined;
  const prefix = inputs[`${property}Prefix`] as string | undefined;
  const physical =
    given ??
    (prefix ? `${prefix}${digitsOf(26, site.seed, type, name)}` : `${name}-${digitsOf(7, site.seed, type, name)}`);
  if (physical.length > longest) {
    throw new Error(
      `${type} "${name}" is named ${physical}, ${physical.length} characters: AWS takes at most ${longest}.`,
    );
  }
  return physical;
}

/** @throws {Error} naming the resource that refers to something that is not in the account. */
export function found<T>(value: T | undefined, { type, name }: Registration, what: string): T {
  if (value === undefined) throw new Error(`${type} "${name}" refers to ${what}, which is not in the account.`);
  return value;
}

/** A policy as outputs hold it. */
export function policyText(policy: unknown): string {
  return typeof policy === "string" ? policy : JSON.stringify(policy);
}
