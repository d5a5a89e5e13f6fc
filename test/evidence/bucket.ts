import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { startFauxqs } from "fauxqs";

/** An S3 to test against, in this process. */
export interface TestS3 {
  readonly client: S3Client;
  /** Makes an empty bucket and answers its name. */
  makeBucket(): Promise<string>;
  put(bucket: string, key: string, body: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export async function startS3(): Promise<TestS3> {
  const server = await startFauxqs({ port: 0, logger: false });
  const client = new S3Client({
    endpoint: server.address,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  let buckets = 0;
  return {
    client,
    async makeBucket() {
      const Bucket = `bucket-${buckets++}`;
      await client.send(new CreateBucketCommand({ Bucket }));
      return Bucket;
    },
    async put(Bucket, Key, Body) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    async close() {
      client.destroy();
      await server.stop();
    },
  };
}
