import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";

/** An object as a listing names it. */
export interface StoredObject {
  readonly key: string;
  /** Its bytes, as they are stored. */
  readonly size: number;
  /** Names its content, where the source knows: another content has another. */
  readonly etag?: string | undefined;
}

/** A digest's bytes, and the signature (hex) that CloudTrail keeps in the object's metadata; undefined where there is none. */
export interface SignedObject {
  readonly bytes: Uint8Array;
  readonly signature: string | undefined;
}

/** Where log files come from. Errors of reading are thrown, not hidden: a file that could not be fetched is not an empty one. */
export interface EvidenceSource {
  /** The objects whose keys start with `prefix`, in any order. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** The names of the folders right under `prefix`, which is empty or ends with a slash. */
  folders(prefix: string): Promise<string[]>;
  /** The bytes of an object, as they are stored. */
  read(key: string): Promise<Uint8Array>;
  /** The name of the bucket, where it is one and not a copy. */
  readonly bucket?: string;
  /** Like `read`, with what only a bucket keeps: a copy has the signature of a digest in the next digest alone. */
  readSigned?(key: string): Promise<SignedObject>;
}

/** A source that is a bucket. */
export type BucketSource = EvidenceSource & Required<Pick<EvidenceSource, "bucket" | "readSigned">>;

/** A trail's bucket in S3. */
export function bucketSource(client: S3Client, bucket: string): BucketSource {
  async function* pages(prefix: string, delimiter?: string) {
    let ContinuationToken: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, Delimiter: delimiter, ContinuationToken }),
      );
      yield page;
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }

  async function fetch(key: string) {
    const { Body, Metadata } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if (!Body) throw new Error(`S3 answered without a body for s3://${bucket}/${key}; read it again.`);
    return { bytes: await Body.transformToByteArray(), signature: Metadata?.signature };
  }

  return {
    bucket,

    async *list(prefix) {
      for await (const { Contents } of pages(prefix))
        for (const { Key, Size, ETag } of Contents ?? [])
          if (Key !== undefined) yield { key: Key, size: Size ?? 0, etag: ETag };
    },

    async folders(prefix) {
      const names: string[] = [];
      for await (const { CommonPrefixes } of pages(prefix, "/"))
        for (const { Prefix } of CommonPrefixes ?? []) if (Prefix) names.push(Prefix.slice(prefix.length, -1));
      return names;
    },

    read: async (key) => (await fetch(key)).bytes,
    readSigned: fetch,
  };
}
