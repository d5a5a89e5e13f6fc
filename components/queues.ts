import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { denyInsecureTransport, policy } from "./documents.ts";
import type { Tags } from "./names.ts";

/** The usage queue and where its messages go that could not be processed for days. */
export interface Queues {
  usage: aws.sqs.Queue;
  deadLetters: aws.sqs.Queue;
}

/** SQS keeps no message longer. */
const FOURTEEN_DAYS = 14 * 24 * 60 * 60;

/**
 * The usage queue and its dead-letter queue. A message comes back every 3 minutes at most, so 1,000 receives are over two days of our
 * faults: a day of them dead-letters nothing.
 */
export function makeQueues(name: string, tags: Tags, parent: pulumi.Resource): Queues {
  const deadLetters = secureQueue(`${name}-usage-dead-letters`, { tags }, parent);
  const usage = secureQueue(
    `${name}-usage`,
    {
      // Six times the time limit of the ingest function, as Lambda recommends for queues.
      visibilityTimeoutSeconds: 180,
      redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 1000 }),
      tags,
    },
    parent,
  );
  return { usage, deadLetters };
}

/** A queue that is encrypted with SQS's own key (whoever sends needs no grant on a key) and takes requests over TLS only. */
function secureQueue(name: string, args: aws.sqs.QueueArgs, parent: pulumi.Resource): aws.sqs.Queue {
  const queue = new aws.sqs.Queue(
    name,
    { messageRetentionSeconds: FOURTEEN_DAYS, sqsManagedSseEnabled: true, ...args },
    { parent },
  );
  new aws.sqs.QueuePolicy(
    `${name}-policy`,
    { queueUrl: queue.url, policy: policy(denyInsecureTransport("sqs:*", queue.arn)) },
    { parent },
  );
  return queue;
}
