// A made-up bucket in memory, and what was submitted of it.
import { createSigningKey } from "../../sandbox/cloudtrail/signing.ts";
import { type SubmissionStore, submissionStore } from "../../src/cli/submissions/store.ts";
import { temporaryFile } from "../../src/cli/temporary-file.ts";
import { type PublicKeys, parsePublicKeys } from "../../src/evidence/public-keys.ts";
import type { EvidenceSource } from "../../src/evidence/source.ts";
import type { Instant } from "../../src/usage/instants.ts";
import { UNIT } from "../../src/usage/quantity.ts";
import { fileSubmission } from "../../src/verify/packed-submissions.ts";
import type { Submission } from "../../src/verify/submissions.ts";
import { busyAccount, type Made } from "../logs/plans.ts";
import { meterOf, quantityOf, REGION, shuffledRecords, timestampOf } from "../logs/usage.ts";

/** What the benchmark reads and reconciles. */
export interface Input {
  readonly made: Made;
  readonly source: EvidenceSource;
  /** The log files alone, as they are stored. */
  readonly logs: readonly Uint8Array[];
  readonly keys: PublicKeys;
  readonly submissions: SubmissionStore;
  /** How many records there are in the calls, and submissions of them. */
  readonly records: number;
}

/** Makes a day of a busy account, of whose events `share` are metering calls. */
export function makeInput(bytes: number, share: number): Input {
  const signingKey = createSigningKey();
  const objects = new Map<string, { readonly bytes: Uint8Array; readonly signature: string | undefined }>();
  const made = busyAccount(1, bytes, share, signingKey, (key, bytes, signature) =>
    objects.set(key, { bytes: shared(bytes), signature }),
  );
  const get = (key: string) => objects.get(key) as { bytes: Uint8Array; signature: string | undefined };
  const { window } = made;
  const submissions = submissionStore(temporaryFile(), { window, span: window });
  for (const { meter, hour } of shuffledRecords(made.records)) submissions.add(submissionOf(meter, hour));
  return {
    made,
    source: {
      bucket: "evidence",
      async *list(prefix) {
        for (const [key, { bytes }] of objects) if (key.startsWith(prefix)) yield { key, size: bytes.length };
      },
      folders: async () => [],
      read: async (key) => get(key).bytes,
      readSigned: async (key) => get(key),
    },
    logs: [...objects.values()].filter(({ signature }) => signature === undefined).map(({ bytes }) => bytes),
    keys: parsePublicKeys(publicKeysFile(signingKey.publicKey)),
    submissions,
    records: made.records.reduce((sum, count) => sum + count, 0),
  };
}

/** A copy in memory that threads share, so that none of them has to be given another. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

/** What `aws cloudtrail list-public-keys` prints of a key. */
export const publicKeysFile = (publicKey: Uint8Array): string =>
  JSON.stringify({ PublicKeyList: [{ Value: Buffer.from(publicKey).toString("base64") }] });

function submissionOf(meter: number, hour: Instant): Submission {
  const { dimension, ...buyer } = meterOf(meter);
  return fileSubmission({
    dimension,
    buyer,
    region: REGION,
    productCode: undefined,
    timestamp: timestampOf(meter, hour),
    quantity: BigInt(quantityOf(meter, hour)) * UNIT,
    state: undefined,
    reason: undefined,
  });
}
