// Who calls: from the access key id and the Region in the Signature Version 4 header to the role behind them.
import { ServiceError } from "./errors.ts";

/** A role session of the caller. */
export interface Caller {
  accessKeyId: string;
  roleArn: string;
  sessionName: string;
}

/** What IAM says of an access key. The sandbox's IAM is behind it: it knows whose key it is and what that role may do. */
export type Authorization =
  | { allowed: true; roleArn: string; sessionName: string }
  | { allowed: false; reason: "denied" | "expired"; roleArn: string; sessionName: string }
  | { allowed: false; reason: "unknown" };

export type Authorize = (
  accessKeyId: string,
  action: "aws-marketplace:BatchMeterUsage",
  region: string,
) => Authorization;

/** The credential that signed a request. The signature itself is not checked: the service holds no secret keys. */
export interface Credential {
  accessKeyId: string;
  region: string;
}

/** @throws {ServiceError} when the header is missing, unreadable, or signed for another service. */
export function credentialOf(authorization: string | undefined): Credential {
  if (authorization === undefined) {
    throw new ServiceError("MissingAuthenticationTokenException", "Request is missing Authentication Token");
  }
  const scope = /^AWS4-HMAC-SHA256 .*Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request/.exec(
    authorization,
  );
  const [, accessKeyId, region, service] = scope ?? [];
  if (accessKeyId === undefined || region === undefined || service !== "aws-marketplace") {
    throw new ServiceError(
      "InvalidSignatureException",
      "Credential should be scoped to correct service: 'aws-marketplace'.",
    );
  }
  return { accessKeyId, region };
}

/** The caller, if the key is known, and the refusal, if it may not call. */
export function authenticate(
  credential: Credential,
  authorize: Authorize,
): { caller?: Caller; refusal?: ServiceError } {
  const answer = authorize(credential.accessKeyId, "aws-marketplace:BatchMeterUsage", credential.region);
  if (!answer.allowed && answer.reason === "unknown") {
    return {
      refusal: new ServiceError(
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
      ),
    };
  }
  const caller = { accessKeyId: credential.accessKeyId, roleArn: answer.roleArn, sessionName: answer.sessionName };
  if (answer.allowed) return { caller };
  if (answer.reason === "expired") {
    return {
      caller,
      refusal: new ServiceError("ExpiredTokenException", "The security token included in the request is expired"),
    };
  }
  return {
    caller,
    refusal: new ServiceError(
      "AccessDeniedException",
      `User: ${sessionArn(caller)} is not authorized to perform: aws-marketplace:BatchMeterUsage because no identity-based policy allows the aws-marketplace:BatchMeterUsage action`,
    ),
  };
}

/** The ARN AWS knows a role's session by, in messages and in CloudTrail. */
export function sessionArn({ roleArn, sessionName }: Caller): string {
  const [, partition] = roleArn.split(":");
  return `arn:${partition}:sts::${accountOf(roleArn)}:assumed-role/${roleName(roleArn)}/${sessionName}`;
}

/** The account a role belongs to. */
export function accountOf(roleArn: string): string {
  return roleArn.split(":")[4] ?? "";
}

/** A role's name without its path. */
export function roleName(roleArn: string): string {
  return roleArn.slice(roleArn.lastIndexOf("/") + 1);
}
