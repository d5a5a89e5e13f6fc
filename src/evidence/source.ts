import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";

/** Where log files come from. Errors of reading are thrown, not hidden: a file that could not be fetched is not an empty one. */
export interface EvidenceSource {
  /** The keys that start with `prefix`, in any order. */
  list(prefix: string): AsyncIterable<string>;
  /** The bytes of an object, as they are stored. */
  read(key: string): Promise<Uint8Array>;
}

/** A trail's bucket in S3. */
export function bucketSource(client: S3Client, bucket: string): EvidenceSource {
  return {
    async *list(prefix) {
      let ContinuationToken: string | undefined;
      do {
        const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken }));
        for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield Key;
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
    },

    async read(key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if (!Body) throw new Error(`S3 answered without a body for s3://${bucket}/${key}; read it again.`);
      return Body.transformToByteArray();
    },
  };
}
