// What whoever drives an account does with its queues and buckets.
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Access } from "./iam/access.ts";
import type { State } from "./state.ts";

export interface StoredObject {
  key: string;
  body: Uint8Array;
  metadata: Record<string, string>;
}

/** @throws {Error} naming the first message that the queue refused. */
export async function sendMessages(sqs: SQSClient, queueUrl: string, bodies: readonly string[]): Promise<void> {
  for (const batch of batchesOf(bodies)) {
    const Entries = batch.map((body, index) => ({ Id: String(index), MessageBody: body }));
    const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    const [failed] = Failed;
    if (failed) throw new Error(`The queue refused ${batch[Number(failed.Id)]}: ${failed.Code} ${failed.Message}.`);
  }
}

export async function queueSize(sqs: SQSClient, queueUrl: string): Promise<{ visible: number; inFlight: number }> {
  const command = new GetQueueAttributesCommand({
    QueueUrl: queueUrl,
    AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
  });
  const { Attributes = {} } = await sqs.send(command);
  return {
    visible: Number(Attributes.ApproximateNumberOfMessages),
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
  };
}

export async function readBucket(s3: S3Client, bucket: string): Promise<StoredObject[]> {
  const objects: StoredObject[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
    for (const { Key: key = "" } of Contents) {
      const { Body, Metadata: metadata = {} } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      objects.push({ key, body: (await Body?.transformToByteArray()) ?? new Uint8Array(), metadata });
    }
  }
  return objects;
}

export async function putAsCloudTrail(
  s3: S3Client,
  { buckets, trails }: State,
  access: Access,
  bucket: string,
  key: string,
  bytes: Uint8Array,
  metadata: Record<string, string>,
): Promise<void> {
  const object = `${buckets.get(bucket)?.arn}/${key}`;
  const isAllowed = trails.some(({ arn, bucket: its }) => {
    const context = { "aws:SourceArn": arn, "s3:x-amz-acl": "bucket-owner-full-control" };
    return (
      its === bucket &&
      access.ask({ service: "cloudtrail.amazonaws.com" }, "s3:PutObject", object, context) === "allowed"
    );
  });
  if (!isAllowed)
    throw new Error(
      `CloudTrail may not write ${key} to ${bucket}: the bucket's policy lets no trail of the account do so.`,
    );
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, Metadata: metadata }));
}

/** At most 10 messages, and together less than the 256 KB that older queues take. */
function batchesOf(bodies: readonly string[]): string[][] {
  const batches: string[][] = [];
  let bytes = 0;
  for (const body of bodies) {
    const size = Buffer.byteLength(body);
    const last = batches.at(-1);
    if (last === undefined || last.length === 10 || bytes + size > 250_000) {
      batches.push([body]);
      bytes = size;
    } else {
      last.push(body);
      bytes += size;
    }
  }
  return batches;
}
