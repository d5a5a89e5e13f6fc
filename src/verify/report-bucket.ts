import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";

/** The bucket that reports, and what runs leave to each other, are kept in. */
export interface ReportBucket {
  /** The keys that start with a prefix, in order. */
  list(prefix: string): Promise<string[]>;
  read(key: string): Promise<Uint8Array>;
  write(key: string, contentType: string, body: string | Uint8Array): Promise<void>;
}

export function reportBucket(s3: S3Client, bucket: string): ReportBucket {
  return {
    async list(prefix) {
      const keys: string[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken }));
        for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
      return keys;
    },

    async read(key) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if (!Body) throw new Error(`S3 answered without a body for s3://${bucket}/${key}; read it again.`);
      return Body.transformToByteArray();
    },

    async write(Key, ContentType, Body) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key, ContentType, Body }));
    },
  };
}
