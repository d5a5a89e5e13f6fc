// What else happens in an account: the events of other services that stand around ours in every log file.
import type { Caller } from "../metering/caller.ts";
import { type Random, text, uuid } from "../metering/identifiers.ts";
import { assumedRole, type CloudTrailRecord, isoSeconds } from "./event.ts";

/** An event of another service, at `at` (ms), and whether its service has no Region (then it is us-east-1's). */
export function noiseRecord(
  accountId: string,
  region: string,
  at: number,
  random: Random,
): { record: CloudTrailRecord; global: boolean } {
  const kind = pick(catalogue, random);
  const global = kind.global ?? false;
  const awsRegion = global ? "us-east-1" : region;
  const name = text(random, 8, "abcdefghijkmnpqrstuvwxyz23456789");
  const denied = random() < 0.04;
  const record: CloudTrailRecord = {
    eventVersion: "1.11",
    userIdentity: assumedRole(pick(people, random)(accountId, random), at),
    eventTime: isoSeconds(at),
    eventSource: `${kind.service}.amazonaws.com`,
    eventName: kind.event,
    awsRegion,
    sourceIPAddress: `203.0.113.${Math.floor(random() * 254) + 1}`,
    userAgent: pick(userAgents, random),
    ...(denied && {
      errorCode: "AccessDenied",
      errorMessage: `User is not authorized to perform: ${kind.service}:${kind.event}`,
    }),
    requestParameters: kind.request(name, accountId),
    responseElements: denied || kind.readOnly ? null : (kind.response?.(name, accountId) ?? null),
    requestID: uuid(random),
    eventID: uuid(random),
    readOnly: kind.readOnly,
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: accountId,
    eventCategory: "Management",
    tlsDetails: {
      tlsVersion: "TLSv1.3",
      cipherSuite: "TLS_AES_128_GCM_SHA256",
      clientProvidedHostHeader: `${kind.service}.${awsRegion}.amazonaws.com`,
    },
  };
  return { record, global };
}

interface Kind {
  service: string;
  event: string;
  readOnly: boolean;
  global?: true;
  request(name: string, accountId: string): unknown;
  response?(name: string, accountId: string): unknown;
}

const catalogue: readonly Kind[] = [
  {
    service: "ec2",
    event: "DescribeInstances",
    readOnly: true,
    request: () => ({ maxResults: 1000, instancesSet: {}, filterSet: {} }),
  },
  {
    service: "ec2",
    event: "RunInstances",
    readOnly: false,
    request: (name) => ({
      instancesSet: { items: [{ imageId: `ami-0${name}`, minCount: 1, maxCount: 1 }] },
      instanceType: "m8g.large",
    }),
    response: (name, ownerId) => ({
      ownerId,
      instancesSet: { items: [{ instanceId: `i-0${name}`, instanceState: { code: 0, name: "pending" } }] },
    }),
  },
  { service: "s3", event: "ListBuckets", readOnly: true, request: () => ({ Host: "s3.amazonaws.com" }) },
  {
    service: "s3",
    event: "CreateBucket",
    readOnly: false,
    request: (name) => ({ bucketName: `data-${name}`, Host: "s3.amazonaws.com" }),
  },
  {
    service: "s3",
    event: "PutBucketTagging",
    readOnly: false,
    request: (name) => ({ bucketName: `data-${name}`, tagging: "" }),
  },
  { service: "iam", event: "GetRole", readOnly: true, global: true, request: (name) => ({ roleName: `app-${name}` }) },
  {
    // Speaks of our event without being one: a reader that looks for the name alone would count it.
    service: "iam",
    event: "PutRolePolicy",
    readOnly: false,
    global: true,
    request: (name) => ({
      roleName: `app-${name}`,
      policyName: "metering",
      policyDocument: JSON.stringify({
        Statement: [{ Effect: "Allow", Action: "aws-marketplace:BatchMeterUsage", Resource: "*" }],
      }),
    }),
  },
  { service: "kms", event: "Decrypt", readOnly: true, request: () => ({ encryptionAlgorithm: "SYMMETRIC_DEFAULT" }) },
  {
    service: "kms",
    event: "GenerateDataKey",
    readOnly: true,
    request: (name) => ({ keyId: `alias/${name}`, keySpec: "AES_256" }),
  },
  {
    service: "kms",
    event: "CreateGrant",
    readOnly: false,
    request: (name) => ({ keyId: `alias/${name}`, operations: ["Decrypt"] }),
  },
  {
    service: "rdsdata",
    event: "ExecuteStatement",
    readOnly: false,
    request: (name) => ({ database: name, sql: "**********" }),
  },
  { service: "lambda", event: "GetFunction20150331v2", readOnly: true, request: (functionName) => ({ functionName }) },
  {
    service: "lambda",
    event: "UpdateFunctionConfiguration20150331v2",
    readOnly: false,
    request: (functionName) => ({ functionName, memorySize: 512 }),
    response: (functionName) => ({ functionName, memorySize: 512, runtime: "nodejs24.x", environment: {} }),
  },
  {
    service: "logs",
    event: "CreateLogStream",
    readOnly: false,
    request: (name) => ({ logGroupName: `/aws/lambda/${name}`, logStreamName: `2026/[$LATEST]${name}` }),
  },
  { service: "dynamodb", event: "DescribeTable", readOnly: true, request: (tableName) => ({ tableName }) },
  {
    service: "sts",
    event: "AssumeRole",
    readOnly: true,
    request: (name, account) => ({ roleArn: `arn:aws:iam::${account}:role/app-${name}`, roleSessionName: name }),
  },
  // The neighbour in our own event source, called by a seller's registration page.
  {
    service: "metering-marketplace",
    event: "ResolveCustomer",
    readOnly: false,
    request: () => ({ registrationToken: "HIDDEN_DUE_TO_SECURITY_REASONS" }),
    response: (name) => ({ customerAWSAccountId: "111122223333", productCode: name }),
  },
];

const people: readonly ((accountId: string, random: Random) => Caller)[] = [
  session("Deployer", "ci"),
  session("Operator", "on-call"),
  session("app/Web", "i-0a1b2c3d4e5f60718"),
];

const userAgents = [
  "aws-cli/2.31.0",
  "Boto3/1.40.0 md/Botocore#1.40.0",
  "aws-sdk-js/3.1138.0",
  "console.amazonaws.com",
];

function session(role: string, sessionName: string): (accountId: string, random: Random) => Caller {
  return (accountId, random) => ({
    accessKeyId: `ASIA${text(random, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}`,
    roleArn: `arn:aws:iam::${accountId}:role/${role}`,
    sessionName,
  });
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)] as T;
}
