// AWS SDK clients that talk to the account's services, signed with the credentials of whoever they are made for.
import { CloudTrailClient, CloudTrailServiceException } from "@aws-sdk/client-cloudtrail";
import { DynamoDBClient, DynamoDBServiceException } from "@aws-sdk/client-dynamodb";
import { MarketplaceMeteringClient } from "@aws-sdk/client-marketplace-metering";
import { S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { SNSClient, SNSServiceException } from "@aws-sdk/client-sns";
import { SQSClient, SQSServiceException } from "@aws-sdk/client-sqs";
import { emulatorArn } from "./emulators.ts";
import type { Access, Credentials } from "./iam/access.ts";
import { needsOf, type SdkCall } from "./iam/requests.ts";
import type { Database } from "./memory/database.ts";
import type { State } from "./state.ts";

/** Base addresses of the services. */
export interface Endpoints {
  /** Or the database itself, in memory. */
  dynamodb: string | Database;
  s3: string;
  sqs: string;
  sns: string;
  /** Of the metering service, once there is one. */
  metering?: string;
  /** Of CloudTrail's API, once there is one. */
  cloudtrail?: string;
}

export interface Clients {
  dynamodb: DynamoDBClient;
  s3: S3Client;
  sqs: SQSClient;
  sns: SNSClient;
  metering: MarketplaceMeteringClient;
  cloudtrail: CloudTrailClient;
}

/** Stands around every call of a client: `next` makes the call and answers its output. */
export type Around = (call: SdkCall, next: () => Promise<unknown>) => Promise<unknown>;

/** Clients in the account's Region. They are destroyed by whoever made them. */
export function makeClients(endpoints: Endpoints, region: string, credentials: Credentials, around: Around): Clients {
  const common = { region, credentials, logger: mute };
  const { dynamodb } = endpoints;
  const clients: Clients = {
    // All of a run's calls but a few: to put a command's steps together once, not at each call, saves a third of the time.
    dynamodb: new DynamoDBClient({
      ...common,
      endpoint: typeof dynamodb === "string" ? dynamodb : nowhere,
      cacheMiddleware: true,
    }),
    s3: new S3Client({ ...common, endpoint: endpoints.s3, forcePathStyle: true }),
    // The address of a queue is an address of the emulator already, but only of the emulator that made it.
    sqs: new SQSClient({ ...common, endpoint: endpoints.sqs, useQueueUrlAsEndpoint: false }),
    sns: new SNSClient({ ...common, endpoint: endpoints.sns }),
    // One call is one try, as the submitter wants it: a second one would hide what the first did.
    metering: new MarketplaceMeteringClient({ ...common, endpoint: endpoints.metering ?? nowhere, maxAttempts: 1 }),
    cloudtrail: new CloudTrailClient({ ...common, endpoint: endpoints.cloudtrail ?? nowhere }),
  };
  for (const service of services) surround(clients[service] as unknown as Surroundable, service, around);
  if (typeof dynamodb !== "string") answerFrom(dynamodb, clients.dynamodb as unknown as Surroundable);
  return clients;
}

export function destroyClients(clients: Clients): void {
  for (const service of services) clients[service].destroy();
}

/**
 * Refuses what the policies do not allow, as the service itself would.
 * @throws the service's own exception, `AccessDenied` or `AccessDeniedException`.
 */
export function enforce(
  call: SdkCall,
  session: { roleArn: string; sessionName: string },
  access: Access,
  state: State,
): void {
  for (const { action, resource, context } of needsOf(call, state)) {
    const verdict = access.ask({ roleArn: session.roleArn }, action, resource, context);
    if (verdict === "allowed") continue;
    const { accountId, partition } = state.place;
    const user = `arn:${partition}:sts::${accountId}:assumed-role/${session.roleArn.split("/").at(-1)}/${session.sessionName}`;
    const because =
      verdict === "explicitly denied"
        ? "with an explicit deny in a policy"
        : `because no identity-based policy allows the ${action} action`;
    throw denial(
      call.service,
      `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ${because}`,
    );
  }
}

const services = ["dynamodb", "s3", "sqs", "sns", "metering", "cloudtrail"] as const;

// Without `info`, clients do not make out what they would log of each call: that took a tenth of a run.
const mute = { debug() {}, warn() {}, error() {} } as unknown as Console;

// A port that nobody listens on: calls fail as those to a service that cannot be reached.
const nowhere = "http://127.0.0.1:1";

type Step = (args: { input: Record<string, unknown> }) => Promise<{ output: unknown; response: unknown }>;
interface Surroundable {
  middlewareStack: {
    add(middleware: (next: Step, context: { commandName?: string }) => Step, where: Record<string, string>): void;
  };
}

function surround(client: Surroundable, service: SdkCall["service"], around: Around): void {
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        let response: unknown;
        const output = await around(
          { service, command: commandName.replace(/Command$/, ""), input: args.input },
          async () => {
            const answer = await next(service === "sns" ? { ...args, input: forEmulator(args.input) } : args);
            response = answer.response;
            return answer.output;
          },
        );
        return { output, response };
      },
    { step: "initialize", priority: "high", name: "account" },
  );
}

/** Lets a database answer in place of a server. */
function answerFrom(database: Database, client: Surroundable): void {
  client.middlewareStack.add(
    (_, { commandName = "" }) =>
      async ({ input }) => ({ output: database(commandName.replace(/Command$/, ""), input), response: undefined }),
    { step: "initialize", priority: "low", name: "database" },
  );
}

/** The emulator knows a topic under an account id of its own. */
function forEmulator(input: Record<string, unknown>): Record<string, unknown> {
  return typeof input.TopicArn === "string" ? { ...input, TopicArn: emulatorArn(input.TopicArn) } : input;
}

function denial(service: SdkCall["service"], message: string): Error {
  const jsonProtocol = {
    name: "AccessDeniedException",
    $fault: "client",
    $metadata: { httpStatusCode: 400 },
    message,
  } as const;
  const forbidden = { name: "AccessDenied", $fault: "client", $metadata: { httpStatusCode: 403 }, message } as const;
  switch (service) {
    case "s3":
      return new S3ServiceException(forbidden);
    case "sqs":
      return new SQSServiceException(forbidden);
    case "sns":
      return new SNSServiceException({ ...forbidden, name: "AuthorizationError" });
    case "cloudtrail":
      return new CloudTrailServiceException(jsonProtocol);
    default:
      return new DynamoDBServiceException(jsonProtocol);
  }
}
