import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";

/** Reports 5 API calls. Stamp `id` and `time` once, and send the same message again as often as needed: it is counted once. */
export async function sendUsage(sqs: SQSClient, queueUrl: string): Promise<void> {
  const event = {
    id: "evt-8f2c",
    product: "analytics",
    buyer: {
      accountId: "111122223333",
      licenseArn: "arn:aws:license-manager:us-east-1:294406891311:license:l-1",
    },
    dimension: "ApiCalls",
    quantity: "5",
    time: "2026-11-23T10:05:00Z",
    tags: { Team: "blue" },
  };
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(event) }));
}
