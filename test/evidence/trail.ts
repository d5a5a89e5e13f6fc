// A trail of the sandbox's CloudTrail with a call in every hour, what was submitted in them, and its bucket in memory.
import { gunzipSync, gzipSync } from "node:zlib";
import { createSigningKey, type SigningKey, sharedSigningKey } from "../../sandbox/cloudtrail/signing.ts";
import type { Trail } from "../../sandbox/cloudtrail/trail.ts";
import type { MeteringCall } from "../../sandbox/metering/call.ts";
import { type Evidence, wholeEvidence } from "../../src/evidence/evidence.ts";
import { parsePublicKeys } from "../../src/evidence/public-keys.ts";
import { readEvidence } from "../../src/evidence/read.ts";
import type { EvidenceSource } from "../../src/evidence/source.ts";
import { memoryStore } from "../../src/evidence/store.ts";
import { HOUR, MINUTE } from "../../src/usage/instants.ts";
import { UNIT } from "../../src/usage/quantity.ts";
import type { UsedMeter } from "../../src/verify/context.ts";
import { type Reconciled, reconcile } from "../../src/verify/reconcile.ts";
import type { Submission } from "../../src/verify/submissions.ts";
import { call, cloudTrail, narrow } from "../sandbox/cloudtrail/support.ts";

export const validated: Trail = { ...narrow, logFileValidation: true };
export const START = Date.parse("2026-11-23T00:00:00Z");
const BUYER = {
  accountId: "111122223333",
  licenseArn: "arn:aws:license-manager:us-east-1:294406891311:license:l-1",
};

/** An object of a bucket. */
export interface Stored {
  readonly bytes: Uint8Array;
  readonly metadata: Record<string, string>;
}

/** Objects by their keys. */
export type Bucket = Map<string, Stored>;

/** What a trail has seen: its bucket, and what the ledger would hold of it. */
export interface Seen {
  readonly bucket: Bucket;
  readonly submissions: Submission[];
  /** The first hour, and the one after the last. */
  readonly window: { readonly from: number; readonly to: number };
  /** Late enough for every digest. */
  readonly now: number;
  /** In which hours there was usage; not said by default. */
  readonly used?: readonly UsedMeter[];
}

/** Quantities differ from hour to hour, so that no hour's evidence could stand for another's. */
const quantityOf = (hour: number): number => 5 + (hour - START) / HOUR;

/** A submission of `START`'s hour or any after it, sent 20 minutes after the end of its hour. */
export const submissionOf = (hour: number): Submission => ({
  product: "analytics",
  region: "us-east-1",
  buyer: BUYER,
  dimension: "Calls",
  hour,
  timestamp: hour + 59 * MINUTE,
  quantity: BigInt(quantityOf(hour)) * UNIT,
  state: "accepted",
  attempts: 1,
  unknownAttempts: 0,
  lastAttemptAt: hour + HOUR + 20 * MINUTE,
  deadline: hour + 25 * HOUR,
});

/** What was submitted of an hour, and the calls that were made for it, in order of time. */
export interface Planted {
  readonly submissions: readonly Submission[];
  readonly calls: readonly MeteringCall[];
}

/** An hour in which nothing is wrong. */
const asItShould = (submission: Submission): Planted => ({ submissions: [submission], calls: [callOf(submission)] });

/** The trail of so many hours, each with a call or with what is planted in it, among other events; and six hours without. */
export async function trailOf(
  hours: number,
  signingKey = sharedSigningKey(),
  trail = validated,
  plant: (submission: Submission) => Planted | undefined = () => undefined,
): Promise<Seen> {
  const cloud = cloudTrail({ noisePerHour: 4, duplicates: 0.05, signingKey });
  const window = { from: START, to: START + hours * HOUR };
  cloud.clock.set(new Date(START).toISOString());
  cloud.trail.createTrail(trail);
  const submissions: Submission[] = [];
  for (let hour = window.from; hour < window.to; hour += HOUR) {
    const planted = plant(submissionOf(hour)) ?? asItShould(submissionOf(hour));
    submissions.push(...planted.submissions);
    for (const each of planted.calls) {
      cloud.clock.set(new Date(each.at).toISOString());
      cloud.trail.observe(each);
      await cloud.trail.deliver(each.at);
    }
  }
  const now = window.to + 6 * HOUR;
  await cloud.trail.deliver(now);
  const bucket = new Map([...cloud.bucket].map(([path, stored]) => [path.slice(path.indexOf("/") + 1), stored]));
  return { bucket, submissions, window, now };
}

/** The call that sent a submission, and was answered Success. */
export function callOf({ timestamp, dimension, quantity, buyer, lastAttemptAt: at = 0 }: Submission): MeteringCall {
  const record = {
    Timestamp: timestamp / 1000,
    Dimension: dimension,
    Quantity: Number(quantity / UNIT),
    CustomerAWSAccountId: buyer.accountId as string,
    LicenseArn: buyer.licenseArn as string,
  };
  const results = {
    Results: [{ UsageRecord: record, MeteringRecordId: "m", Status: "Success" as const }],
    UnprocessedRecords: [],
  };
  return call({ at, requestId: `request-${at}`, request: { UsageRecords: [record] }, answer: results });
}

/** The bucket as S3 shows it. */
export function inBucket(objects: ReadonlyMap<string, Stored>, name = "evidence"): EvidenceSource {
  const get = (key: string): Stored => {
    const stored = objects.get(key);
    if (!stored) throw new Error(`no object ${key}`);
    return stored;
  };
  return {
    ...inFolder(objects),
    bucket: name,
    readSigned: async (key) => ({ bytes: get(key).bytes, signature: get(key).metadata.signature }),
  };
}

/** The bucket as a copy of it in a folder shows it: no name, no metadata. */
export const inFolder = (objects: ReadonlyMap<string, Stored>): EvidenceSource => ({
  async *list(prefix) {
    for (const [key, { bytes }] of objects) if (key.startsWith(prefix)) yield { key, size: bytes.length };
  },
  folders: async () => [],
  async read(key) {
    const stored = objects.get(key);
    if (!stored) throw new Error(`no object ${key}`);
    return stored.bytes;
  },
});

/** The keys of signers, as `aws cloudtrail list-public-keys` prints them. */
export const keysFile = (...signers: SigningKey[]): string =>
  JSON.stringify({
    PublicKeyList: signers.map(({ publicKey, fingerprint }) => ({
      Value: Buffer.from(publicKey).toString("base64"),
      ValidityStartTime: "2026-11-01T00:00:00+00:00",
      ValidityEndTime: "2027-11-01T00:00:00+00:00",
      Fingerprint: fingerprint,
    })),
  });

/** What verification makes of it: the evidence, and what submissions and evidence disagree on. */
export async function verifySeen(
  { bucket, submissions, window, now, used = [] }: Seen,
  { source = inBucket(bucket), signer = sharedSigningKey(), account = "999988887777", integrity = true } = {},
): Promise<{ evidence: Evidence; reconciled: Reconciled }> {
  const keys = parsePublicKeys(keysFile(signer));
  const read = await readEvidence(source, [{ account, region: "us-east-1" }], window, now, {
    store: memoryStore(),
    integrity: integrity ? { publicKeys: async () => keys, now } : undefined,
  });
  const evidence = await wholeEvidence(read);
  const reconciled = reconcile({
    window,
    now,
    submissions,
    evidence,
    products: new Map(),
    submitter: "arn:aws:iam::999988887777:role/metering/Submitter",
    used,
  });
  return { evidence, reconciled };
}

/** The findings in short: kind, hour, what of their objects' keys tells them apart, reason. */
export const inShort = ({ findings }: Reconciled): (string | null)[][] =>
  findings.map(({ kind, hour, objects, reason }) => [
    kind,
    hour?.slice(8, 13) ?? null,
    objects.map((key) => key.slice(key.lastIndexOf("/") + 1)).join(" "),
    reason,
  ]);

/** The keys of log files, or of digests, in the order of their times. */
export const keysOf = (bucket: Bucket, kind: "CloudTrail" | "CloudTrail-Digest"): string[] =>
  [...bucket.keys()].filter((key) => key.includes(`/${kind}/`)).sort();

/** The log files that have the call of an hour. */
export const filesWith = (bucket: Bucket, { timestamp }: Submission): string[] => {
  const at = timestamp + 21 * MINUTE;
  return keysOf(bucket, "CloudTrail").filter((key) => textOf(bucket, key).includes(`request-${at}`));
};

export const textOf = (bucket: Bucket, key: string): string => gunzipSync((bucket.get(key) as Stored).bytes).toString();

/** Writes other text into an object; its metadata stays. */
export function rewrite(bucket: Bucket, key: string, change: (text: string) => string): void {
  const stored = bucket.get(key) as Stored;
  bucket.set(key, { ...stored, bytes: gzipSync(change(textOf(bucket, key))) });
}

/** Who signs digests without being CloudTrail. */
export const stranger = createSigningKey();
