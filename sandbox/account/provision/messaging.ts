import { CreateTopicCommand, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { emulatorArn } from "../emulators.ts";
import { parsePolicy } from "../iam/policy.ts";
import { uuidOf } from "../random.ts";
import { arnOf, type Queue } from "../state.ts";
import { found, type Made, physicalName, policyText, type Registration, type Site } from "./resource.ts";

interface QueueInputs {
  visibilityTimeoutSeconds?: number;
  delaySeconds?: number;
  fifoQueue?: boolean;
  redrivePolicy?: string;
  kmsMasterKeyId?: string;
}

/** The queue. Its visibility timeout is kept for the event source mapping, which counts it in virtual time; retention is recorded. */
export async function makeQueue(registration: Registration, site: Site): Promise<Made> {
  const inputs = registration.inputs as QueueInputs & Record<string, unknown>;
  if (inputs.delaySeconds || inputs.fifoQueue) {
    throw new Error(
      `Queue "${registration.name}" has ${inputs.fifoQueue ? "fifoQueue" : "delaySeconds"}, which is not emulated.`,
    );
  }
  const name = physicalName(registration, site, 80);
  const { QueueUrl } = await site.clients.sqs.send(new CreateQueueCommand({ QueueName: name }));
  const arn = arnOf(site.state.place, "sqs", name);
  const queue: Queue = {
    name,
    arn,
    url: `${site.queueAddress}/${site.state.place.accountId}/${name}`,
    visibilityTimeout: inputs.visibilityTimeoutSeconds ?? 30,
    settings: inputs,
    ...(inputs.kmsMasterKeyId && { kmsKeyArn: inputs.kmsMasterKeyId }),
  };
  site.state.queues.set(name, queue);
  if (inputs.redrivePolicy) await applyRedrive(QueueUrl as string, inputs.redrivePolicy, registration, site);
  return { id: queue.url, outputs: { name, arn, url: queue.url } };
}

async function applyRedrive(url: string, redrivePolicy: string, registration: Registration, site: Site): Promise<void> {
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(redrivePolicy) as Record<string, string>;
  const target = [...site.state.queues.values()].find(({ arn }) => arn === deadLetterTargetArn);
  found(target, registration, `dead-letter queue ${deadLetterTargetArn}`);
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: emulatorArn(String(deadLetterTargetArn)),
    maxReceiveCount: Number(maxReceiveCount),
  });
  await site.clients.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { RedrivePolicy } }));
}

export function makeQueuePolicy(registration: Registration, site: Site): Made {
  const url = String(registration.inputs.queueUrl);
  const queue = [...site.state.queues.values()].find((candidate) => candidate.url === url);
  found(queue, registration, `queue ${url}`).policy = parsePolicy(registration.inputs.policy);
  return { id: url, outputs: { policy: policyText(registration.inputs.policy) } };
}

export async function makeTopic(registration: Registration, site: Site): Promise<Made> {
  const name = physicalName(registration, site, 256);
  await site.clients.sns.send(new CreateTopicCommand({ Name: name }));
  const arn = arnOf(site.state.place, "sns", name);
  const kmsKeyArn = registration.inputs.kmsMasterKeyId as string | undefined;
  site.state.topics.set(arn, { name, arn, subscriptions: [], ...(kmsKeyArn && { kmsKeyArn }) });
  return { id: arn, outputs: { name, arn } };
}

export function makeTopicPolicy(registration: Registration, site: Site): Made {
  const arn = String(registration.inputs.arn);
  found(site.state.topics.get(arn), registration, `topic ${arn}`).policy = parsePolicy(registration.inputs.policy);
  return { id: arn, outputs: { policy: policyText(registration.inputs.policy) } };
}

/** A subscription of a queue delivers; one of an e-mail address is recorded, as long as nobody confirms it. */
export async function makeSubscription(registration: Registration, site: Site): Promise<Made> {
  const {
    topic: topicArn,
    protocol,
    endpoint,
    rawMessageDelivery = false,
  } = registration.inputs as Record<string, string>;
  const topic = found(site.state.topics.get(String(topicArn)), registration, `topic ${topicArn}`);
  if (protocol !== "sqs" && protocol !== "email") {
    throw new Error(`Subscription "${registration.name}" has protocol ${protocol}: only sqs and email are emulated.`);
  }
  topic.subscriptions.push({ protocol, endpoint: String(endpoint) });
  if (protocol === "sqs") {
    await site.clients.sns.send(
      new SubscribeCommand({
        TopicArn: emulatorArn(topic.arn),
        Protocol: protocol,
        Endpoint: emulatorArn(String(endpoint)),
        Attributes: { RawMessageDelivery: String(rawMessageDelivery) },
      }),
    );
  }
  const arn = `${topic.arn}:${uuidOf(site.seed, registration.type, registration.name)}`;
  return { id: arn, outputs: { arn, pendingConfirmation: protocol === "email" } };
}
