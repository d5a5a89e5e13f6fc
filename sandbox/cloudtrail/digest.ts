// Digests: the signed list of the log files that a trail delivered in an hour, each naming the one before it.
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { isoSeconds } from "./event.ts";
import { folderOf } from "./log-file.ts";
import type { SigningKey } from "./signing.ts";
import type { Trail } from "./trail.ts";

/** A log file as the digest of its hour lists it. */
export interface DigestedFile {
  key: string;
  /** Hex SHA-256 of the file before compression. */
  hash: string;
  deliveredAt: number;
  /** Times of its events, ISO 8601. */
  newestEventTime: string;
  oldestEventTime: string;
}

/** The digests of one trail, account and Region, as far as they are written. Times in ms. */
export interface DigestChain {
  trail: Trail;
  accountId: string;
  region: string;
  /** Where the next digest begins, and ends: on the hour. */
  start: number;
  end: number;
  /** Files delivered and in no digest yet. */
  files: DigestedFile[];
  previous?: { key: string; hash: string; signature: string };
}

export interface WrittenDigest {
  key: string;
  bytes: Uint8Array;
  /** User metadata of the object. */
  metadata: Record<string, string>;
  /** The chain once this digest is in the bucket. */
  next: DigestChain;
}

/** A chain whose first digest begins at an instant. */
export function startChain(trail: Trail, accountId: string, region: string, at: number): DigestChain {
  const start = Math.floor(at / second) * second;
  return { trail, accountId, region, start, end: hourAfter(start), files: [] };
}

/** The next digest of a chain, with all files delivered before its end; an hour without any has one too. */
export function writeDigest(chain: DigestChain, signingKey: SigningKey): WrittenDigest {
  const { trail, accountId, region, start, end, previous } = chain;
  const files = chain.files.filter(({ deliveredAt }) => deliveredAt < end);
  const key = digestKey(trail, accountId, region, end);
  const endTime = isoSeconds(end);
  const newest = files.map(({ newestEventTime }) => newestEventTime).sort();
  const oldest = files.map(({ oldestEventTime }) => oldestEventTime).sort();
  const text = JSON.stringify({
    awsAccountId: accountId,
    digestStartTime: isoSeconds(start),
    digestEndTime: endTime,
    digestS3Bucket: trail.bucket,
    digestS3Object: key,
    digestPublicKeyFingerprint: signingKey.fingerprint,
    digestSignatureAlgorithm: signatureAlgorithm,
    newestEventTime: newest.at(-1) ?? null,
    oldestEventTime: oldest[0] ?? null,
    previousDigestS3Bucket: previous ? trail.bucket : null,
    previousDigestS3Object: previous?.key ?? null,
    previousDigestHashValue: previous?.hash ?? null,
    previousDigestHashAlgorithm: previous ? "SHA-256" : null,
    previousDigestSignature: previous?.signature ?? null,
    logFiles: files.map((file) => ({
      s3Bucket: trail.bucket,
      s3Object: file.key,
      hashValue: file.hash,
      hashAlgorithm: "SHA-256",
      newestEventTime: file.newestEventTime,
      oldestEventTime: file.oldestEventTime,
    })),
  });
  const hash = createHash("sha256").update(text).digest("hex");
  // Source: "Custom implementations of CloudTrail log file integrity validation", CloudTrail user guide.
  const signed = [endTime, `${trail.bucket}/${key}`, hash, previous?.signature ?? "null"].join("\n");
  const signature = signingKey.sign(signed);
  const rest = chain.files.filter(({ deliveredAt }) => deliveredAt >= end);
  return {
    key,
    bytes: gzipSync(text),
    metadata: { signature, "signature-algorithm": signatureAlgorithm },
    next: { ...chain, start: end, end: hourAfter(end), files: rest, previous: { key, hash, signature } },
  };
}

/**
 * `[prefix/]AWSLogs/[o-orgid/]ACCOUNT/CloudTrail-Digest/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail-Digest_REGION_TRAIL_HOMEREGION_YYYYMMDDTHHMMSSZ.json.gz`,
 * by the end of the hour.
 */
function digestKey(trail: Trail, accountId: string, region: string, end: number): string {
  const time = isoSeconds(end).replaceAll(/[-:]/g, "");
  const name = `${accountId}_CloudTrail-Digest_${region}_${trail.name}_${trail.homeRegion}_${time}.json.gz`;
  return [...folderOf(trail, accountId, "CloudTrail-Digest", region, end), name].join("/");
}

const signatureAlgorithm = "SHA256withRSA";
const second = 1_000;
const hour = 3_600_000;

function hourAfter(at: number): number {
  return (Math.floor(at / hour) + 1) * hour;
}
