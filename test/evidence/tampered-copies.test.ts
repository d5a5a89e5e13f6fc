import assert from "node:assert/strict";
import { sharedSigningKey } from "../../sandbox/cloudtrail/signing.ts";
import { HOUR } from "../../src/usage/instants.ts";
import { ALL_DIGESTS, copyOf, digestOf, found, HOURS, name } from "./tampering.ts";
import { inFolder, keysOf, rewrite, type Seen, START, submissionOf, trailOf, validated, verifySeen } from "./trail.ts";

describe("digests of several trails, and of copies", () => {
  let clean: Seen;
  before(async () => {
    clean = await trailOf(HOURS);
  });

  describe("where two trails write to one bucket", () => {
    let both: Seen;
    before(async () => {
      const second = { ...validated, name: "second", arn: `${validated.arn}-second` };
      const other = await trailOf(HOURS, sharedSigningKey(), second);
      // Both log the same events in the same files here: keys of log files do not name the trail.
      const bucket = new Map(clean.bucket);
      for (const [key, stored] of other.bucket) if (key.includes("-Digest/")) bucket.set(key, stored);
      both = { ...clean, bucket };
    });

    it("takes a log file for proved by the digest of either", async () => {
      assert.deepEqual(await found(both), { matched: HOURS, digests: [2 * ALL_DIGESTS, 0, 0], findings: [] });
    });

    it("covers only the time that digests of both cover, and finds the newest gone of one alone", async () => {
      const seen = { ...both, bucket: new Map(both.bucket) };
      const second = keysOf(seen.bucket, "CloudTrail-Digest").filter((key) => key.includes("_second_"));
      for (const key of second.slice(-6)) seen.bucket.delete(key);
      const { evidence } = await verifySeen(seen);
      assert.deepEqual(evidence.proof?.covered, [{ region: "us-east-1", from: START, to: START + 29 * HOUR }]);
      const { digests, findings } = await found(seen);
      assert.deepEqual(digests, [2 * ALL_DIGESTS - 6, 0, 4]);
      assert.deepEqual(
        findings.map(([kind, , , reason]) => [kind, reason]),
        [["integrity", "no valid digest covers what was delivered from 2026-11-24T05:00:00Z to 2026-11-24T09:00:00Z"]],
      );
    });
  });

  describe("in a copy of the bucket, which keeps no metadata", () => {
    const inCopy = (seen: Seen) => found(seen, { source: inFolder(seen.bucket) });

    it("takes each digest's signature from the next, and waits for that of the last", async () => {
      assert.deepEqual(await inCopy(clean), { matched: HOURS, digests: [ALL_DIGESTS - 1, 0, 0], findings: [] });
      const seen = copyOf(clean);
      const last = keysOf(seen.bucket, "CloudTrail-Digest").indexOf(digestOf(seen, submissionOf(START + 29 * HOUR)));
      for (const key of keysOf(seen.bucket, "CloudTrail-Digest").slice(last + 1)) seen.bucket.delete(key);
      const { findings } = await inCopy({ ...seen, now: clean.window.to + 4 * HOUR });
      assert.deepEqual(
        findings.map(([kind, hour]) => [kind, hour]),
        [["not-yet-verified", "24T05"]],
      );
    });

    it("finds a digest that was changed, and one that is gone together with the one whose signature it holds", async () => {
      const changed = copyOf(clean);
      const digest = digestOf(changed);
      rewrite(changed.bucket, digest, (text) => text.replace('"logFiles":[', '"logFiles": ['));
      assert.deepEqual((await inCopy(changed)).findings[0], [
        "integrity",
        null,
        name(digest),
        "its signature does not fit its content",
      ]);

      const gone = copyOf(clean);
      const digests = keysOf(gone.bucket, "CloudTrail-Digest");
      gone.bucket.delete(digest);
      const { findings } = await inCopy(gone);
      const before = digests[digests.indexOf(digest) - 1];
      assert.deepEqual(
        findings.filter(([kind]) => kind === "integrity").map(([, , object, reason]) => [object, reason]),
        [
          [name(digest), "no valid digest covers what was delivered from 2026-11-24T03:00:00Z to 2026-11-24T05:00:00Z"],
          [name(before), "the digest that holds its signature is missing"],
        ],
      );
    });

    it("takes keys that begin further down than in the bucket", async () => {
      const deep = await trailOf(3, sharedSigningKey(), {
        ...validated,
        prefix: "audit/logs",
      });
      const shallow = new Map([...deep.bucket].map(([key, stored]) => [key.replace("audit/logs/", ""), stored]));
      assert.deepEqual(await inCopy({ ...deep, bucket: shallow }), { matched: 3, digests: [7, 0, 0], findings: [] });
    });

    it("finds a digest of another bucket", async () => {
      const seen = copyOf(clean);
      const other = await trailOf(HOURS, sharedSigningKey(), {
        ...validated,
        bucket: "other",
      });
      const digest = digestOf(seen);
      seen.bucket.set(digest, other.bucket.get(digest) ?? assert.fail());
      const { findings } = await inCopy(seen);
      assert.ok(
        findings.some(
          ([kind, , object, reason]) =>
            kind === "integrity" && object === name(digest) && reason?.startsWith("it is the digest of another place"),
        ),
      );
    });
  });
});
