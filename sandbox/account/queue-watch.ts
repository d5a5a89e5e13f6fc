// CloudWatch's metrics of queues, in virtual time: the emulator's own would be of the host's.
import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { QueueActivity } from "./emulators.ts";
import type { Observations } from "./lambda/invoke.ts";
import type { State } from "./state.ts";

/** Knows of every message when it was sent, until it is deleted. */
export function createQueueWatch(
  { queues }: State,
  clock: { now(): number },
  { metrics }: Pick<Observations, "metrics">,
) {
  const messages = new Map<string, { queue: string | undefined; at: number }>();
  return {
    sent({ queue, sent }: QueueActivity): void {
      for (const messageId of sent) messages.set(messageId, { queue, at: clock.now() });
    },
    sentAt: (messageId: string) => messages.get(messageId)?.at,
    deleted(messageIds: readonly string[]): void {
      for (const messageId of messageIds) messages.delete(messageId);
    },
    /** Notes, for each queue, how many messages can be received and how old the oldest is, in seconds. */
    async measure(sqs: SQSClient): Promise<void> {
      const time = clock.now();
      for (const { name, url } of queues.values()) {
        const command = new GetQueueAttributesCommand({
          QueueUrl: url,
          AttributeNames: ["ApproximateNumberOfMessages"],
        });
        const { Attributes = {} } = await sqs.send(command);
        const oldest = [...messages.values()].reduce(
          (least, { queue, at }) => (queue === name ? Math.min(least, at) : least),
          time,
        );
        const common = { namespace: "AWS/SQS", time, dimensions: { QueueName: name } };
        metrics.push(
          {
            ...common,
            name: "ApproximateNumberOfMessagesVisible",
            unit: "Count",
            value: Number(Attributes.ApproximateNumberOfMessages),
          },
          { ...common, name: "ApproximateAgeOfOldestMessage", unit: "Seconds", value: (time - oldest) / 1000 },
        );
      }
    },
  };
}
