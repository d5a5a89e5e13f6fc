import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import {
  type Bucket,
  inBucket,
  inFolder,
  keysOf,
  type Seen,
  type Stored,
  textOf,
  trailOf,
  verifySeen,
} from "./trail.ts";

/** What is done to one object, drawn by its place among all. */
type Edit =
  | { readonly how: "flip"; readonly of: number; readonly at: number; readonly by: number }
  | { readonly how: "text"; readonly of: number; readonly at: number; readonly text: string }
  | { readonly how: "cut"; readonly of: number; readonly at: number }
  | { readonly how: "move"; readonly of: number; readonly to: number }
  | { readonly how: "delete"; readonly of: number }
  | { readonly how: "unsign"; readonly of: number; readonly by: number };

const place = fc.nat(10_000);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ how: fc.constant("flip" as const), of: place, at: place, by: fc.integer({ min: 1, max: 255 }) }),
  fc.record({
    how: fc.constant("text" as const),
    of: place,
    at: place,
    text: fc.constantFrom("0", "9", "null", '"', "{", "]", "Success", "1970-01-01T00:00:00Z", "\u0000"),
  }),
  fc.record({ how: fc.constant("cut" as const), of: place, at: place }),
  fc.record({ how: fc.constant("move" as const), of: place, to: place }),
  fc.record({ how: fc.constant("delete" as const), of: place }),
  fc.record({ how: fc.constant("unsign" as const), of: place, by: place }),
);

function apply(bucket: Bucket, change: Edit): void {
  const keys = [...bucket.keys()].sort();
  const key = keys[change.of % keys.length];
  const stored = key === undefined ? undefined : bucket.get(key);
  if (key === undefined || !stored) return;
  const { bytes } = stored;
  const put = (changed: Partial<Stored>) => bucket.set(key, { ...stored, ...changed });
  if (change.how === "delete") bucket.delete(key);
  if (change.how === "move") bucket.set(keys[change.to % keys.length] as string, stored);
  if (change.how === "cut") put({ bytes: bytes.slice(0, change.at % (bytes.length + 1)) });
  if (change.how === "unsign")
    put({ metadata: change.by % 2 === 0 ? {} : { signature: `${change.by}${stored.metadata.signature}` } });
  if (change.how === "flip") {
    const flipped = Buffer.from(bytes);
    const at = change.at % Math.max(1, flipped.length);
    flipped[at] = (flipped[at] ?? 0) ^ change.by;
    put({ bytes: flipped });
  }
  if (change.how === "text") {
    const text = textSafe(bucket, key);
    const at = change.at % (text.length + 1);
    put({ bytes: gzipSync(`${text.slice(0, at)}${change.text}${text.slice(at + change.text.length)}`) });
  }
}

/** The text of an object, or nothing where an earlier edit left none. */
function textSafe(bucket: Bucket, key: string): string {
  try {
    return textOf(bucket, key);
  } catch {
    return "";
  }
}

describe("evidence with random edits", () => {
  let clean: Seen;
  before(async () => {
    clean = await trailOf(6);
  });

  it("never crashes, and matches no record but those whose evidence and digest are untouched", async () => {
    const edits = fc.array(edit, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(edits, fc.boolean(), async (changes, asCopy) => {
        const bucket = new Map(clean.bucket);
        for (const change of changes) apply(bucket, change);
        const seen = { ...clean, bucket };
        const { evidence, reconciled } = await verifySeen(seen, {
          source: asCopy ? inFolder(bucket) : inBucket(bucket),
        });
        // What a verified event rests on is byte for byte what CloudTrail delivered.
        for (const { objects } of evidence.events)
          assert.ok(
            objects.some((key) => isText(bucket, key)),
            `${objects} was changed and is verified`,
          );
        const findings = reconciled.findings.length;
        const whole = reconciled.counts.matched === clean.submissions.length;
        assert.ok(whole || findings > 0, "a record that did not match is not spoken of");
        // The youngest log files are in no digest yet, or, in a copy, in one that is not signed yet.
        const due = keysOf(clean.bucket, "CloudTrail").filter(
          (key) =>
            key <
            "AWSLogs/999988887777/CloudTrail/us-east-1/2026/11/23/999988887777_CloudTrail_us-east-1_20261123T0900",
        );
        const changed = due.filter((key) => !isText(bucket, key));
        if (changed.length > 0) assert.ok(findings > 0, `${changed} changed or is gone, and nothing is found`);
      }),
      { numRuns: 400 },
    );
  }).timeout(120_000);

  it("never matches a record that AWS never took, whatever is done to the objects", async () => {
    const never = clean.submissions.map((each) => ({ ...each, dimension: "Hours" }));
    const forge = fc.array(fc.record({ of: place, name: fc.stringMatching(/^[A-Za-z0-9]{16}$/) }), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(forge, fc.array(edit, { maxLength: 3 }), fc.boolean(), async (forged, changes, asCopy) => {
        const bucket = new Map(clean.bucket);
        const logs = keysOf(bucket, "CloudTrail");
        for (const { of, name } of forged) {
          const from = logs[of % logs.length] as string;
          const text = textOf(clean.bucket, from).replaceAll('"Calls"', '"Hours"');
          bucket.set(of % 2 === 0 ? from : from.replace(/_[^_]+\.json\.gz$/, `_${name}.json.gz`), {
            bytes: gzipSync(text),
            metadata: {},
          });
        }
        for (const change of changes) apply(bucket, change);
        const seen = { ...clean, bucket, submissions: never };
        const { reconciled } = await verifySeen(seen, { source: asCopy ? inFolder(bucket) : inBucket(bucket) });
        assert.equal(reconciled.counts.matched, 0);
      }),
      { numRuns: 200 },
    );
  }).timeout(120_000);

  const isText = (bucket: Bucket, key: string): boolean =>
    clean.bucket.has(key) && bucket.has(key) && textSafe(bucket, key) === textOf(clean.bucket, key);
});
