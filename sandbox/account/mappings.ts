// Event source mappings: take messages from a queue to a function, and bring back in virtual time what it did not process.
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { Clock, Task } from "./clock.ts";
import type { QueueActivity } from "./emulators.ts";
import type { Interference } from "./interference.ts";
import type { Lambda, Outcome } from "./lambda/invoke.ts";
import type { LambdaFunction, Mapping, Queue } from "./state.ts";

export interface Poller {
  /** Told of what happens to queues: it polls only when there is something to find. */
  notice(activity: QueueActivity): void;
}

/** What a mapping works with. `sentAt`: when a message was sent, ms. */
interface Services {
  clock: Clock;
  lambda: Lambda;
  sqs: SQSClient;
  sentAt(messageId: string): number;
  onDeleted(messageIds: readonly string[]): void;
  interference: Interference;
}

/** Starts a mapping. One batch is under way at a time. */
export function startMapping(
  mapping: Mapping,
  { queue, target }: { queue: Queue; target: LambdaFunction },
  { clock, lambda, sqs, sentAt, onDeleted, interference }: Services,
): Poller {
  let waiting = 0;
  let polling = false;
  let cancelPoll: (() => void) | undefined;

  function plan(): void {
    if (!mapping.enabled || polling || waiting === 0) return;
    if (cancelPoll && waiting < mapping.batchSize) return;
    cancelPoll?.();
    // A full batch does not wait for the window to end.
    const wait = waiting >= mapping.batchSize ? 0 : mapping.windowSeconds * 1000;
    cancelPoll = clock.at(clock.now() + wait, poll);
  }

  async function poll(task: Task): Promise<void> {
    polling = true;
    cancelPoll = undefined;
    for (;;) {
      waiting = 0;
      const messages = await receive(task);
      if (messages.length > 0) await process(messages, task);
      // Less than a batch: the queue is empty, and what came meanwhile has been noticed.
      if (messages.length < mapping.batchSize) break;
    }
    polling = false;
    plan();
  }

  async function receive(task: Task): Promise<Message[]> {
    const messages: Message[] = [];
    while (messages.length < mapping.batchSize) {
      const command = new ReceiveMessageCommand({
        QueueUrl: queue.url,
        MaxNumberOfMessages: Math.min(10, mapping.batchSize - messages.length),
        // The emulator counts wall time: long enough that it never brings a message back by itself.
        VisibilityTimeout: 43_200,
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      });
      const { Messages = [] } = await task.call(() => sqs.send(command));
      if (Messages.length === 0) break;
      messages.push(...Messages);
    }
    return messages;
  }

  async function process(messages: Message[], task: Task): Promise<void> {
    const cancelReturns = new Map(messages.map((message) => [message.MessageId, returnLater(message)]));
    const { handed, kept } = interference.deliver?.(queue.name, messages) ?? { handed: messages, kept: none };
    if (handed.length === 0) return;
    const records = handed.map((message) => recordOf(message, queue, sentAt));
    const outcome = await task.wait(lambda.invoke(target, { Records: records }));
    const failed = failedIds(outcome, mapping, handed);
    const done = handed.filter(({ MessageId = "" }) => !failed.has(MessageId) && !kept.has(MessageId));
    for (const { MessageId } of done) cancelReturns.get(MessageId)?.();
    for (let start = 0; start < done.length; start += 10) {
      const Entries = done
        .slice(start, start + 10)
        .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await task.call(() => sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries })));
    }
    onDeleted(done.map(({ MessageId = "" }) => MessageId));
  }

  /** Makes the message visible again when its visibility timeout has passed, unless that is cancelled. */
  function returnLater({ ReceiptHandle }: Message): () => void {
    const command = new ChangeMessageVisibilityCommand({ QueueUrl: queue.url, ReceiptHandle, VisibilityTimeout: 0 });
    return clock.at(clock.now() + queue.visibilityTimeout * 1000, (task) => task.call(() => sqs.send(command)));
  }

  return {
    notice({ queue: name, messages }) {
      if (name !== undefined && name !== queue.name) return;
      waiting += messages;
      plan();
    },
  };
}

const none: ReadonlySet<string> = new Set();

/** The messages to keep: all when the function failed or said something that is no answer, else those it named. */
function failedIds(outcome: Outcome, { reportsItemFailures }: Mapping, messages: Message[]): Set<string | undefined> {
  const all = new Set(messages.map(({ MessageId }) => MessageId));
  if (outcome.status !== "succeeded") return all;
  const answer = outcome.value as { batchItemFailures?: { itemIdentifier?: string }[] | null } | null;
  if (!reportsItemFailures || !answer?.batchItemFailures) return new Set();
  const named = answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  // Source: "Implementing partial batch responses", Lambda developer guide: a name that is not in the batch fails it all.
  return named.every((id) => all.has(id)) ? new Set(named) : all;
}

/** A message as Lambda hands it over, its times those of the virtual clock. */
function recordOf(message: Message, queue: Queue, sentAt: (messageId: string) => number) {
  const region = queue.arn.split(":")[3];
  const sent = String(sentAt(message.MessageId as string));
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: { ...message.Attributes, SentTimestamp: sent, ApproximateFirstReceiveTimestamp: sent },
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, { DataType, StringValue, BinaryValue }]) => [
        name,
        {
          dataType: DataType,
          stringValue: StringValue,
          ...(BinaryValue && { binaryValue: Buffer.from(BinaryValue).toString("base64") }),
        },
      ]),
    ),
    md5OfBody: message.MD5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: queue.arn,
    awsRegion: region,
  };
}
