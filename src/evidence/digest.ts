import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import * as v from "valibot";
import { type Instant, parseTime } from "../usage/instants.ts";
import { UnreadableError } from "./unreadable.ts";

/** What a digest says, as it stands in it: nothing of it is known to be true before its signature is verified. */
export interface Digest {
  readonly account: string;
  readonly start: Instant;
  readonly end: Instant;
  /** The end as it is written, which is what is signed. */
  readonly endText: string;
  /** Where it says that it is. */
  readonly bucket: string;
  readonly object: string;
  /** The fingerprint of the public key that it is signed with. */
  readonly fingerprint: string;
  /** The digest before it; undefined in the first of a trail. */
  readonly previous: PreviousDigest | undefined;
  /** The signature of the digest before it as it is written, which is signed too; null where there is none. */
  readonly previousSignature: string | null;
  readonly files: readonly DigestedFile[];
  /** Hex SHA-256 of its own text. */
  readonly hash: string;
}

export interface PreviousDigest {
  readonly bucket: string;
  readonly object: string;
  /** Hex SHA-256 of its text. */
  readonly hash: string;
}

/** A log file as a digest names it. */
export interface DigestedFile {
  readonly bucket: string;
  readonly object: string;
  /** Hex SHA-256 of its text, which is the file before compression. */
  readonly hash: string;
}

/** The largest digest that is read, uncompressed: one of an hour with 100,000 log files has 50 MB. */
const LARGEST = 256 * 1024 * 1024;

/** Reads a digest as it is stored. Throws `UnreadableError` where it is none, or uses what this code does not know. */
export function parseDigest(stored: Uint8Array): Digest {
  const text = inflate(stored);
  const parsed = v.safeParse(DigestSchema, parseJson(text), { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new UnreadableError(`its ${v.getDotPath(issue) ?? "text"} is not that of a digest (${issue.message})`);
  }
  const body = parsed.output;
  const { previousDigestS3Bucket, previousDigestS3Object, previousDigestHashValue } = body;
  return {
    account: body.awsAccountId,
    start: body.digestStartTime.instant,
    end: body.digestEndTime.instant,
    endText: body.digestEndTime.text,
    bucket: body.digestS3Bucket,
    object: body.digestS3Object,
    fingerprint: body.digestPublicKeyFingerprint,
    previous:
      previousDigestS3Object == null
        ? undefined
        : {
            bucket: previousDigestS3Bucket ?? body.digestS3Bucket,
            object: previousDigestS3Object,
            hash: (previousDigestHashValue ?? "").toLowerCase(),
          },
    previousSignature: body.previousDigestSignature ?? null,
    files: body.logFiles.map(({ s3Bucket, s3Object, hashValue }) => ({
      bucket: s3Bucket,
      object: s3Object,
      hash: hashValue.toLowerCase(),
    })),
    hash: createHash("sha256").update(text).digest("hex"),
  };
}

const Time = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const time = parseTime(dataset.value);
    if (time) return { instant: time.instant, text: dataset.value };
    addIssue({ message: "must be ISO 8601 with a zone" });
    return NEVER;
  }),
);
const Text = v.pipe(v.string(), v.minLength(1));
const HashAlgorithm = v.literal("SHA-256");

const DigestSchema = v.object({
  awsAccountId: Text,
  digestStartTime: Time,
  digestEndTime: Time,
  digestS3Bucket: Text,
  digestS3Object: Text,
  digestPublicKeyFingerprint: Text,
  digestSignatureAlgorithm: v.literal("SHA256withRSA"),
  previousDigestS3Bucket: v.nullish(Text),
  previousDigestS3Object: v.nullish(Text),
  previousDigestHashValue: v.nullish(Text),
  previousDigestHashAlgorithm: v.nullish(HashAlgorithm),
  previousDigestSignature: v.nullish(Text),
  logFiles: v.array(v.object({ s3Bucket: Text, s3Object: Text, hashValue: Text, hashAlgorithm: HashAlgorithm })),
});

function inflate(stored: Uint8Array): Buffer {
  if (stored.length === 0) throw new UnreadableError("it is empty");
  try {
    return gunzipSync(stored, { maxOutputLength: LARGEST });
  } catch (error) {
    throw new UnreadableError(`its gzip is broken (${(error as Error).message})`);
  }
}

function parseJson(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString());
  } catch {
    throw new UnreadableError("it is not JSON");
  }
}
