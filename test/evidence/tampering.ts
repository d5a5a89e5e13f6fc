// What the tests of tampering share: a trail's day and a half, one record of it to aim at, and CloudTrail's own pen.
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type SigningKey, sharedSigningKey } from "../../sandbox/cloudtrail/signing.ts";
import { HOUR } from "../../src/usage/instants.ts";
import {
  type Bucket,
  filesWith,
  inShort,
  keysOf,
  type Seen,
  START,
  submissionOf,
  textOf,
  verifySeen,
} from "./trail.ts";

/** How many hours have a call; six more have none, and the digest of the last is still to come. */
export const HOURS = 30;
export const ALL_DIGESTS = HOURS + 5;

/** 03:00 to 04:00 on the second day: its call is in the digest of 04:00 to 05:00. */
export const HIT = submissionOf(START + 27 * HOUR);

/** The last part of a key. */
export const name = (key: string | undefined): string => (key as string).slice((key as string).lastIndexOf("/") + 1);

/** A copy of what a trail has seen, to be tampered with. */
export const copyOf = (seen: Seen): Seen => ({
  ...seen,
  bucket: new Map(seen.bucket),
  submissions: [...seen.submissions],
});

/** What verification says: how many records matched, how many digests are valid, invalid and missing, and all findings. */
export async function found(seen: Seen, options: Parameters<typeof verifySeen>[1] = {}) {
  const { evidence, reconciled } = await verifySeen(seen, options);
  const { valid = 0, invalid = 0, missing = 0 } = evidence.proof?.digests ?? {};
  return { matched: reconciled.counts.matched, digests: [valid, invalid, missing], findings: inShort(reconciled) };
}

/** The log file that has the call of a record. */
export const logOf = ({ bucket }: Seen, record = HIT): string => filesWith(bucket, record)[0] as string;

/** The digest that names the log file of a record. */
export const digestOf = (seen: Seen, record = HIT): string =>
  keysOf(seen.bucket, "CloudTrail-Digest").find((key) =>
    textOf(seen.bucket, key).includes(logOf(seen, record)),
  ) as string;

/** When an object was there: minutes as they stand in keys, of delivery or of a digest's end, which is there ten minutes later. */
export function timeOf(key: string): number {
  const [, year, month, day, hour, minute] = /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)/.exec(name(key)) as RegExpExecArray;
  const time = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
  return key.includes("-Digest/") ? time + 10 * 60_000 : time;
}

type Body = Record<string, unknown>;

/** Gives a digest other content, signed as CloudTrail would sign it. */
export function resign(
  bucket: Bucket,
  key: string,
  change: (body: Body) => Body,
  signer: SigningKey = sharedSigningKey(),
): void {
  const body = change(JSON.parse(textOf(bucket, key)));
  const text = JSON.stringify(body);
  const hash = createHash("sha256").update(text).digest("hex");
  const place = `${body.digestS3Bucket}/${body.digestS3Object}`;
  const signature = signer.sign([body.digestEndTime, place, hash, body.previousDigestSignature ?? "null"].join("\n"));
  bucket.set(key, { bytes: gzipSync(text), metadata: { signature } });
}

/** Lets all digests after one name it as it stands now, and each other. */
export function relink(bucket: Bucket, from: string): void {
  const digests = keysOf(bucket, "CloudTrail-Digest");
  for (let index = digests.indexOf(from) + 1; index < digests.length; index++) {
    const before = digests[index - 1] as string;
    resign(bucket, digests[index] as string, (body) => ({
      ...body,
      previousDigestHashValue: createHash("sha256").update(textOf(bucket, before)).digest("hex"),
      previousDigestSignature: bucket.get(before)?.metadata.signature,
    }));
  }
}
