// DynamoDB, S3, SQS and SNS as servers in this process, on free loopback ports.
import type { AddressInfo } from "node:net";
import dynalite from "dynalite";
import { buildApp } from "fauxqs";
import { createDatabase, type Database } from "./memory/database.ts";

/** What the queues' emulator was asked to do, of interest to those who poll it. */
export interface QueueActivity {
  /** The queue's name; nothing where a topic may have sent to any queue. */
  queue?: string;
  /** How many messages became visible. */
  messages: number;
  /** Ids of the messages sent. */
  sent: string[];
}

export interface Emulators {
  /** A base address, `http://127.0.0.1:PORT`, or the database itself, in memory. */
  dynamodb: string | Database;
  /** A base address. */
  storageAndMessaging: string;
  close(): Promise<void>;
}

/** The ARN of a queue or topic as its emulator has it, which puts an account id of its own into all of them. */
export function emulatorArn(arn: string): string {
  return arn.split(":").with(4, "000000000000").join(":");
}

/** Where the account's tables are: behind a server's HTTP, or in memory, which takes a hundredth of the time. */
export type TableStore = "server" | "memory";

/** @param onActivity told of each message sent or made visible again, by whatever client. */
export async function startEmulators(
  onActivity: (activity: QueueActivity) => void,
  tableStore: TableStore = "server",
): Promise<Emulators> {
  const tables = tableStore === "memory" ? undefined : await startTables();

  const app = buildApp({ logger: false });
  // The emulator's own limit for an object is 11 MB.
  app.addContentTypeParser(/^[^;]+/, { parseAs: "buffer", bodyLimit: LARGEST_OBJECT }, (_request, body, done) =>
    done(null, body),
  );
  app.addHook("onSend", async (request, reply, payload) => {
    const activity = reply.statusCode === 200 ? activityOf(request.headers, request.body, payload) : undefined;
    if (activity) onActivity(activity);
    return payload;
  });
  const storageAndMessaging = await app.listen({ port: 0, host: "127.0.0.1" });

  return {
    dynamodb: tables?.address ?? createDatabase(),
    storageAndMessaging,
    async close() {
      await app.close();
      await tables?.close();
    },
  };
}

/** S3 takes up to 5 GB in one request; a buffer of this process holds less. */
const LARGEST_OBJECT = 2 ** 30;

async function startTables() {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((closed, failed) => {
        server.close((error) => (error ? failed(error) : closed()));
        server.closeAllConnections();
      }),
  };
}

function activityOf(
  headers: Record<string, string | string[] | undefined>,
  body: unknown,
  payload: unknown,
): QueueActivity | undefined {
  const request = (body ?? {}) as { QueueUrl?: string; Action?: string; VisibilityTimeout?: number };
  const queue = request.QueueUrl?.split("/").at(-1);
  const target = headers["x-amz-target"];
  if (queue === undefined) return request.Action?.startsWith("Publish") ? { messages: 1, sent: [] } : undefined;
  if (target === "AmazonSQS.ChangeMessageVisibility" && request.VisibilityTimeout === 0)
    return { queue, messages: 1, sent: [] };
  if (target !== "AmazonSQS.SendMessage" && target !== "AmazonSQS.SendMessageBatch") return undefined;
  const answer = (typeof payload === "string" ? JSON.parse(payload) : payload) as SendAnswer;
  const sent = answer.MessageId ? [answer.MessageId] : (answer.Successful ?? []).map(({ MessageId }) => MessageId);
  return { queue, messages: sent.length, sent };
}

interface SendAnswer {
  MessageId?: string;
  Successful?: { MessageId: string }[];
}
