// Who may do what in the account: roles, their access keys, and the policies of resources.
import type { Authorization } from "../../metering/caller.ts";
import { digitsOf } from "../random.ts";
import type { Role, State } from "../state.ts";
import { managedPolicy } from "./managed.ts";
import { type AccessRequest, decide, type PolicyDocument, type Principal, type Verdict } from "./policy.ts";

/** A role session's credentials. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

export interface Access {
  /** Credentials of a role session, whose access key id tells the role. The same session always gets the same. */
  credentialsOf(roleArn: string, sessionName: string): Credentials;
  /** The verdict on one request, with the condition keys that every request has. */
  ask(principal: Principal, action: string, resource: string, context?: Record<string, string>): Verdict;
  /** Whether a service may assume a role. */
  mayAssume(service: string, roleArn: string, context?: Record<string, string>): boolean;
  /** For the metering service: whose access key it is, and whether that role may make the call. */
  authorize(accessKeyId: string, action: string, region: string): Authorization;
}

export function createAccess(state: State, seed: string): Access {
  const sessions = new Map<string, { roleArn: string; sessionName: string }>();
  const { place } = state;

  function ask(principal: Principal, action: string, resource: string, context: Record<string, string> = {}): Verdict {
    const role = "roleArn" in principal ? state.roles.get(principal.roleArn) : undefined;
    const request: AccessRequest = {
      principal,
      action,
      resource,
      context: {
        // Stands for the real endpoints: the emulators' are not encrypted.
        "aws:SecureTransport": "true",
        "aws:RequestedRegion": place.region,
        ...("roleArn" in principal && {
          "aws:PrincipalArn": principal.roleArn,
          "aws:PrincipalAccount": place.accountId,
        }),
        ...("service" in principal && { "aws:SourceAccount": place.accountId }),
        ...context,
      },
    };
    return decide(request, {
      identity: role ? policiesOf(role, state) : [],
      resource: policiesOn(resource, state),
      resourceDecides: action.startsWith("kms:"),
    });
  }

  return {
    ask,
    credentialsOf(roleArn, sessionName) {
      const accessKeyId = `ASIA${digitsOf(16, seed, roleArn, sessionName).toUpperCase()}`;
      sessions.set(accessKeyId, { roleArn, sessionName });
      return {
        accessKeyId,
        secretAccessKey: digitsOf(40, seed, accessKeyId, "secret"),
        sessionToken: digitsOf(64, seed, accessKeyId),
      };
    },
    mayAssume(service, roleArn, context = {}) {
      const role = state.roles.get(roleArn);
      if (role === undefined) return false;
      const request = {
        principal: { service },
        action: "sts:AssumeRole",
        resource: roleArn,
        context: { "aws:SourceAccount": place.accountId, ...context },
      };
      return decide(request, { identity: [], resource: [role.trust] }) === "allowed";
    },
    authorize(accessKeyId, action, region) {
      const session = sessions.get(accessKeyId);
      if (session === undefined) return { allowed: false, reason: "unknown" };
      const verdict = ask({ roleArn: session.roleArn }, action, "*", { "aws:RequestedRegion": region });
      return verdict === "allowed" ? { allowed: true, ...session } : { allowed: false, reason: "denied", ...session };
    },
  };
}

function policiesOf(role: Role, state: State): PolicyDocument[] {
  const attached = [...role.attached].map((arn) => state.policies.get(arn) ?? managedPolicy(arn));
  return [...role.inline.values(), ...attached];
}

/** The policies of the resource that an ARN names, or that it lies in. */
function policiesOn(arn: string, state: State): PolicyDocument[] {
  const [, , service, , , ...rest] = arn.split(":");
  const name = rest.join(":");
  switch (service) {
    case "s3":
      return listOf(state.buckets.get(name.split("/")[0] as string)?.policy);
    case "sqs":
      return listOf(state.queues.get(name)?.policy);
    case "sns":
      return listOf(state.topics.get(arn)?.policy);
    case "kms":
      return [state.keys.get(arn)?.policy ?? accountsOwn(state)];
    case "lambda":
      return listOf(state.functions.get(arn)?.policy);
    case "logs":
      return [...state.logGroups.values()]
        .filter((group) => arn.startsWith(`${group.arn}:`))
        .flatMap(({ policies }) => policies);
    default:
      return [];
  }
}

const listOf = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);

/** The policy of a key that was made without one: the account's own policies decide. */
function accountsOwn({ place }: State): PolicyDocument {
  const root = `arn:${place.partition}:iam::${place.accountId}:root`;
  return { Statement: { Effect: "Allow", Principal: { AWS: root }, Action: "kms:*", Resource: "*" } };
}
