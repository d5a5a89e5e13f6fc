import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { sharedSigningKey } from "../../sandbox/cloudtrail/signing.ts";
import { HOUR } from "../../src/usage/instants.ts";
import { ALL_DIGESTS, copyOf, digestOf, found, HOURS, logOf, name, relink, resign, timeOf } from "./tampering.ts";
import {
  filesWith,
  keysOf,
  rewrite,
  type Seen,
  START,
  stranger,
  submissionOf,
  textOf,
  trailOf,
  validated,
} from "./trail.ts";

describe("digests that somebody touched", () => {
  let clean: Seen;
  before(async () => {
    clean = await trailOf(HOURS);
  });

  it("finds a digest that was changed to fit a changed log file", async () => {
    const seen = copyOf(clean);
    const [log, digest] = [logOf(seen), digestOf(seen)];
    const before = createHash("sha256").update(textOf(seen.bucket, log)).digest("hex");
    rewrite(seen.bucket, log, (text) => text.replaceAll(/"quantity":\d+/g, '"quantity":999'));
    const after = createHash("sha256").update(textOf(seen.bucket, log)).digest("hex");
    rewrite(seen.bucket, digest, (text) => text.replace(before, after));
    assert.deepEqual(await found(seen), {
      matched: HOURS - 1,
      digests: [ALL_DIGESTS - 1, 1, 0],
      findings: [
        ["integrity", null, name(digest), "its signature does not fit its content"],
        ["unverifiable", "24T03", name(log), "only log files that fail verification have it"],
      ],
    });
  });

  it("finds a digest that is gone, by the one after it", async () => {
    const seen = copyOf(clean);
    const digest = digestOf(seen);
    seen.bucket.delete(digest);
    assert.deepEqual(await found(seen), {
      matched: HOURS - 1,
      digests: [ALL_DIGESTS - 1, 0, 1],
      findings: [
        [
          "integrity",
          null,
          name(digest),
          "no valid digest covers what was delivered from 2026-11-24T04:00:00Z to 2026-11-24T05:00:00Z",
        ],
        ["unverifiable", "24T03", name(logOf(seen)), "only log files that fail verification have it"],
      ],
    });
  });

  it("finds that the newest digests are gone, which leaves no trace in any other", async () => {
    const seen = copyOf(clean);
    for (const key of keysOf(seen.bucket, "CloudTrail-Digest").slice(-6)) seen.bucket.delete(key);
    const logs = [28, 29].map((hour) => name(filesWith(seen.bucket, submissionOf(START + hour * HOUR))[0]));
    const reason = "no valid digest covers what was delivered from 2026-11-24T05:00:00Z to 2026-11-24T09:00:00Z";
    assert.deepEqual(await found(seen), {
      matched: HOURS - 2,
      // The two newest are younger than three hours, and may still come.
      digests: [ALL_DIGESTS - 6, 0, 4],
      findings: [
        ["integrity", null, "", reason],
        ["unverifiable", "24T04", logs[0], "only log files that fail verification have it"],
        ["unverifiable", "24T05", logs[1], "only log files that fail verification have it"],
      ],
    });
  });

  it("finds that the oldest digests are gone", async () => {
    const seen = copyOf(clean);
    const [first, second] = keysOf(seen.bucket, "CloudTrail-Digest");
    seen.bucket.delete(first as string);
    seen.bucket.delete(second as string);
    const { digests, findings, matched } = await found(seen);
    assert.deepEqual([matched, digests], [HOURS - 1, [ALL_DIGESTS - 2, 0, 2]]);
    assert.deepEqual(
      findings.map(([kind, hour, objects, reason]) => [kind, hour, kind === "integrity" ? objects : "", reason]),
      [
        [
          "integrity",
          null,
          name(second),
          "no valid digest covers what was delivered from 2026-11-23T00:00:00Z to 2026-11-23T02:00:00Z",
        ],
        ["unverifiable", "23T00", "", "only log files that fail verification have it"],
      ],
    );
  });

  it("asks for digests of 26 hours after the window, in which its records could still be sent", async () => {
    const early = { from: START, to: START + 2 * HOUR };
    const submissions = clean.submissions.slice(0, 2);
    const cut = (hours: number): Seen => {
      const bucket = new Map(clean.bucket);
      for (const key of bucket.keys()) if (timeOf(key) > early.to + hours * HOUR) bucket.delete(key);
      return { bucket, submissions, window: early, now: clean.now + 1000 * HOUR };
    };
    assert.deepEqual(await found(cut(27)), { matched: 2, digests: [28, 0, 0], findings: [] });
    const { digests, findings } = await found(cut(20));
    assert.deepEqual(digests, [21, 0, 7]);
    assert.equal(
      findings[0]?.[3],
      "no valid digest covers what was delivered from 2026-11-23T21:00:00Z to 2026-11-24T04:00:00Z",
    );
  });

  it("says one thing where there is no digest at all", async () => {
    const seen = copyOf(clean);
    for (const key of keysOf(seen.bucket, "CloudTrail-Digest")) seen.bucket.delete(key);
    const { matched, digests, findings } = await found(seen);
    assert.deepEqual([matched, digests], [0, [0, 0, 32]]);
    assert.deepEqual(
      findings.map(([kind]) => kind),
      ["integrity", ...Array.from({ length: HOURS }, () => "unverifiable")],
    );
    assert.match(
      findings[0]?.[3] ?? "",
      /^no valid digest covers what was delivered from 2026-11-23T01:[23]\d:00Z to 2026-11-24T09:00:00Z$/,
    );
  });

  it("finds a digest of another bucket in place of its own", async () => {
    const seen = copyOf(clean);
    const other = await trailOf(HOURS, sharedSigningKey(), {
      ...validated,
      bucket: "other",
    });
    const digest = digestOf(seen);
    seen.bucket.set(digest, other.bucket.get(digest) ?? assert.fail());
    assert.deepEqual((await found(seen)).findings[0], [
      "integrity",
      null,
      name(digest),
      `it is the digest of another place, s3://other/${digest}`,
    ]);
    assert.deepEqual((await found(seen)).digests, [ALL_DIGESTS - 1, 1, 0]);
    assert.equal((await found(seen)).matched, HOURS - 1);
  });

  it("finds a digest of another hour of the same trail in place of its own", async () => {
    const seen = copyOf(clean);
    const [digest, earlier] = [digestOf(seen), keysOf(seen.bucket, "CloudTrail-Digest")[3] as string];
    seen.bucket.set(digest, seen.bucket.get(earlier) ?? assert.fail());
    const { digests, findings } = await found(seen);
    assert.deepEqual(digests, [ALL_DIGESTS - 1, 1, 0]);
    assert.deepEqual(findings[0]?.slice(0, 4), [
      "integrity",
      null,
      name(digest),
      `it is the digest of another place, s3://evidence/${earlier}`,
    ]);
    assert.equal(findings.length, 2);
  });

  it("finds digests that somebody else signed, every one of them", async () => {
    const forged = await trailOf(3, stranger);
    const { matched, digests, findings } = await found(forged);
    assert.deepEqual([matched, digests], [0, [0, 8, 0]]);
    const reasons = new Set(findings.filter(([kind]) => kind === "integrity").map(([, , , reason]) => reason));
    assert.deepEqual(
      reasons,
      new Set([`it is signed with a key that is none of CloudTrail's (fingerprint ${stranger.fingerprint})`]),
    );
  });

  it("finds a digest whose signature was taken away", async () => {
    const seen = copyOf(clean);
    const digest = digestOf(seen);
    seen.bucket.set(digest, { bytes: (seen.bucket.get(digest) ?? assert.fail()).bytes, metadata: {} });
    const { digests, findings } = await found(seen);
    assert.deepEqual(digests, [ALL_DIGESTS - 1, 1, 0]);
    assert.deepEqual(findings[0], ["integrity", null, name(digest), "it has no signature"]);
    assert.equal(findings.length, 2);
  });

  it("finds another version of a digest, though CloudTrail signed that too, by what the next one says of it", async () => {
    const seen = copyOf(clean);
    const digest = digestOf(seen);
    resign(seen.bucket, digest, (body) => ({ ...body, logFiles: [] }));
    const { digests, findings } = await found(seen);
    assert.deepEqual(digests, [ALL_DIGESTS - 1, 1, 0]);
    assert.deepEqual(findings[0], ["integrity", null, name(digest), "the digest after it names another version of it"]);
    assert.equal(findings.length, 2);
  });

  it("finds that a digest begins later than the one before it ends", async () => {
    const seen = copyOf(clean);
    const digest = digestOf(seen);
    resign(seen.bucket, digest, (body) => ({ ...body, digestStartTime: "2026-11-24T04:15:00Z" }));
    // The next one names the version that stands, as if CloudTrail itself had left a gap.
    relink(seen.bucket, digest);
    const { digests, findings } = await found(seen);
    assert.deepEqual(digests, [ALL_DIGESTS, 0, 1]);
    assert.equal(
      findings[0]?.[3],
      "no valid digest covers what was delivered from 2026-11-24T04:00:00Z to 2026-11-24T04:15:00Z",
    );
    assert.equal(findings.length, 1);
  });

  it("finds a digest that is of another time or account than its name says, though CloudTrail signed it", async () => {
    for (const change of [
      { digestEndTime: "2026-11-24T04:59:59Z" },
      { awsAccountId: "111111111111" },
      { digestStartTime: "2026-11-24T05:00:00Z" },
    ]) {
      const seen = copyOf(clean);
      const digest = digestOf(seen);
      resign(seen.bucket, digest, (body) => ({ ...body, ...change }));
      relink(seen.bucket, digest);
      const { digests, findings } = await found(seen);
      assert.deepEqual(digests, [ALL_DIGESTS - 1, 1, 0]);
      assert.deepEqual(findings[0], [
        "integrity",
        null,
        name(digest),
        "its account and times are not those of its name",
      ]);
    }
  });

  it("finds that a digest names another hash, another signature or another bucket for the one before it", async () => {
    for (const change of [
      { previousDigestHashValue: "00" },
      { previousDigestSignature: "00" },
      { previousDigestS3Bucket: "other" },
    ]) {
      const seen = copyOf(clean);
      const digests = keysOf(seen.bucket, "CloudTrail-Digest");
      const [digest, next] = digests.slice(digests.indexOf(digestOf(seen))) as [string, string];
      resign(seen.bucket, next, (body) => ({ ...body, ...change }));
      relink(seen.bucket, next);
      const { digests: counts, findings } = await found(seen);
      assert.deepEqual(counts, [ALL_DIGESTS - 1, 1, 0]);
      assert.deepEqual(findings[0], [
        "integrity",
        null,
        name(digest),
        "the digest after it names another version of it",
      ]);
    }
  });

  it("finds a digest that is none: empty, cut off, not gzip, not JSON, or of another algorithm", async () => {
    const texts: [Uint8Array, RegExp][] = [
      [new Uint8Array(), /^it is empty$/],
      [Buffer.from("digest"), /^its gzip is broken \(incorrect header check\)$/],
      [gzipSync("[1"), /^it is not JSON$/],
      [gzipSync("{}"), /^its awsAccountId is not that of a digest/],
      [
        gzipSync(textOf(clean.bucket, digestOf(clean)).replace("SHA256withRSA", "SHA1withRSA")),
        /^its digestSignatureAlgorithm is not that of a digest/,
      ],
    ];
    for (const [bytes, reason] of texts) {
      const seen = copyOf(clean);
      const digest = digestOf(seen);
      seen.bucket.set(digest, { bytes, metadata: (seen.bucket.get(digest) ?? assert.fail()).metadata });
      const { matched, digests, findings } = await found(seen);
      assert.deepEqual([matched, digests, findings.length], [HOURS - 1, [ALL_DIGESTS - 1, 1, 0], 2]);
      assert.match(findings[0]?.[3] ?? "", reason);
      assert.equal(findings[0]?.[2], name(digest));
    }
  });

  it("takes a digest that CloudTrail wrote afterwards for the one that is not there", async () => {
    const seen = copyOf(clean);
    const digest = digestOf(seen);
    const key = digest.replace("Z.json.gz", "Z_backfill.json.gz");
    seen.bucket.set(key, seen.bucket.get(digest) ?? assert.fail());
    resign(seen.bucket, key, (body) => ({
      ...body,
      digestS3Object: key,
      previousDigestS3Bucket: null,
      previousDigestS3Object: null,
      previousDigestHashValue: null,
      previousDigestHashAlgorithm: null,
      previousDigestSignature: null,
    }));
    seen.bucket.delete(digest);
    assert.deepEqual(await found(seen), { matched: HOURS, digests: [ALL_DIGESTS, 0, 0], findings: [] });
  });
});
