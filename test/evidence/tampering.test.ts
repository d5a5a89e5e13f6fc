import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type SigningKey, sharedSigningKey } from "../../sandbox/cloudtrail/signing.ts";
import { HOUR } from "../../src/usage/instants.ts";
import {
  type Bucket,
  filesWith,
  inFolder,
  inShort,
  keysOf,
  rewrite,
  type Seen,
  START,
  stranger,
  submissionOf,
  textOf,
  trailOf,
  validated,
  verifySeen,
} from "./trail.ts";

const HOURS = 30;
/** 05:00 to 06:00 on the second day: its call is logged in the digest of the hour after it. */
const HIT = submissionOf(START + 29 * HOUR - 2 * HOUR);
const name = (key: string | undefined) => (key as string).slice((key as string).lastIndexOf("/") + 1);

describe("evidence that somebody touched", () => {
  let clean: Seen;
  before(async () => {
    clean = await trailOf(HOURS);
  });

  /** A copy of what the trail has seen, to be tampered with. */
  const copy = (): Seen => ({ ...clean, bucket: new Map(clean.bucket), submissions: [...clean.submissions] });
  /** What verification says of it: how many records matched, how many digests stand how, and all findings. */
  async function found(seen: Seen, options: Parameters<typeof verifySeen>[1] = {}) {
    const { evidence, reconciled } = await verifySeen(seen, options);
    const { valid = 0, invalid = 0, missing = 0 } = evidence.proof?.digests ?? {};
    return { matched: reconciled.counts.matched, digests: [valid, invalid, missing], findings: inShort(reconciled) };
  }
  const logOf = (seen: Seen): string => filesWith(seen.bucket, HIT)[0] as string;
  /** The digest that names the log files of a record, and its place among all. */
  const digestOf = (seen: Seen, record = HIT): string =>
    keysOf(seen.bucket, "CloudTrail-Digest").find((key) =>
      textOf(seen.bucket, key).includes(filesWith(seen.bucket, record)[0] as string),
    ) as string;
  /** Digests of 30 hours with calls and of the six after them, less the last. */
  const ALL = HOURS + 5;

  it("is clean before: every record matches, and every digest is valid", async () => {
    assert.deepEqual(await found(clean), { matched: HOURS, digests: [ALL, 0, 0], findings: [] });
    assert.equal(filesWith(clean.bucket, HIT).length, 1, "the record that the tests are about was delivered once");
  });

  it("stays clean over a month", async () => {
    const month = await trailOf(30 * 24);
    assert.deepEqual(await found(month), { matched: 720, digests: [725, 0, 0], findings: [] });
  }).timeout(120_000);

  it("finds a log file with another quantity in it", async () => {
    const seen = copy();
    const key = logOf(seen);
    rewrite(seen.bucket, key, (text) => text.replaceAll(/"quantity":\d+/g, '"quantity":999'));
    assert.deepEqual(await found(seen), {
      matched: HOURS - 1,
      digests: [ALL, 0, 0],
      findings: [
        ["integrity", null, name(key), "it was changed after its digest was written"],
        ["unverifiable", "24T03", name(key), "only log files that fail verification have it"],
      ],
    });
  });

  it("finds a log file that was changed where nothing of ours is in it, and nothing else", async () => {
    const seen = copy();
    const key = keysOf(seen.bucket, "CloudTrail").find(
      (each) => !textOf(seen.bucket, each).includes("BatchMeterUsage"),
    );
    rewrite(seen.bucket, key as string, (text) => text.replace("us-east-1", "us-east-2"));
    const findings = [["integrity", null, name(key), "it was changed after its digest was written"]];
    assert.deepEqual(await found(seen), { matched: HOURS, digests: [ALL, 0, 0], findings });
  });

  it("finds a log file that a call was taken out of, and does not call its record missing", async () => {
    const seen = copy();
    const key = logOf(seen);
    rewrite(seen.bucket, key, () => '{"Records":[]}');
    assert.deepEqual((await found(seen)).findings, [
      ["integrity", null, name(key), "it was changed after its digest was written"],
      ["unverifiable", "24T03", name(key), "evidence that may hold the record is missing or fails"],
    ]);
  });

  it("finds a log file that is gone", async () => {
    const seen = copy();
    const key = logOf(seen);
    seen.bucket.delete(key);
    assert.deepEqual(await found(seen), {
      matched: HOURS - 1,
      digests: [ALL, 0, 0],
      findings: [
        ["integrity", null, name(key), "a digest names it, and it is not there"],
        ["unverifiable", "24T03", name(key), "evidence that may hold the record is missing or fails"],
      ],
    });
  });

  it("finds a log file that was put there, and takes it for no proof of a record that AWS never took", async () => {
    const seen = copy();
    const forged = logOf(seen).replace(/_[^_]+\.json\.gz$/, "_ForgedForgedForg.json.gz");
    const other = { ...HIT, dimension: "Hours" };
    const text = textOf(seen.bucket, logOf(seen))
      .replaceAll('"Calls"', '"Hours"')
      .replace(/"eventID":"./g, '"eventID":"f');
    seen.bucket.set(forged, { bytes: gzipSync(text), metadata: {} });
    seen.submissions.push(other);
    assert.deepEqual(await found(seen), {
      matched: HOURS,
      digests: [ALL, 0, 0],
      findings: [
        ["integrity", null, name(forged), "no digest names it"],
        ["unverifiable", "24T03", name(forged), "only log files that fail verification have it"],
      ],
    });
  });

  it("takes an event at the word of the verified file where a forged one has the same id", async () => {
    const seen = copy();
    // Before the true one in the order of keys, so that it would be the first of the two.
    const forged = logOf(seen).replace(/_[^_]+\.json\.gz$/, "_0000000000000000.json.gz");
    seen.bucket.set(forged, {
      bytes: gzipSync(textOf(seen.bucket, logOf(seen)).replaceAll('"quantity":32', '"quantity":1')),
      metadata: {},
    });
    assert.deepEqual(await found(seen), {
      matched: HOURS,
      digests: [ALL, 0, 0],
      findings: [["integrity", null, name(forged), "no digest names it"]],
    });
  });

  it("finds a digest that was changed to fit a changed log file", async () => {
    const seen = copy();
    const [log, digest] = [logOf(seen), digestOf(seen)];
    const before = createHash("sha256").update(textOf(seen.bucket, log)).digest("hex");
    rewrite(seen.bucket, log, (text) => text.replaceAll(/"quantity":\d+/g, '"quantity":999'));
    const after = createHash("sha256").update(textOf(seen.bucket, log)).digest("hex");
    rewrite(seen.bucket, digest, (text) => text.replace(before, after));
    assert.deepEqual(await found(seen), {
      matched: HOURS - 1,
      digests: [ALL - 1, 1, 0],
      findings: [
        ["integrity", null, name(digest), "its signature does not fit its content"],
        ["unverifiable", "24T03", name(log), "only log files that fail verification have it"],
      ],
    });
  });

  it("finds a digest that is gone, by the one after it", async () => {
    const seen = copy();
    const digest = digestOf(seen);
    seen.bucket.delete(digest);
    assert.deepEqual(await found(seen), {
      matched: HOURS - 1,
      digests: [ALL - 1, 0, 1],
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
    const seen = copy();
    for (const key of keysOf(seen.bucket, "CloudTrail-Digest").slice(-6)) seen.bucket.delete(key);
    const logs = [28, 29].map((hour) => name(filesWith(seen.bucket, submissionOf(START + hour * HOUR))[0]));
    const reason = "no valid digest covers what was delivered from 2026-11-24T05:00:00Z to 2026-11-24T09:00:00Z";
    assert.deepEqual(await found(seen), {
      matched: HOURS - 2,
      // The two newest are younger than three hours, and may still come.
      digests: [ALL - 6, 0, 4],
      findings: [
        ["integrity", null, "", reason],
        ["unverifiable", "24T04", logs[0], "only log files that fail verification have it"],
        ["unverifiable", "24T05", logs[1], "only log files that fail verification have it"],
      ],
    });
  });

  it("finds that the oldest digests are gone", async () => {
    const seen = copy();
    const [first, second] = keysOf(seen.bucket, "CloudTrail-Digest");
    seen.bucket.delete(first as string);
    seen.bucket.delete(second as string);
    const { digests, findings, matched } = await found(seen);
    assert.deepEqual([matched, digests], [HOURS - 1, [ALL - 2, 0, 2]]);
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

  it("says one thing where there is no digest at all", async () => {
    const seen = copy();
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
    const seen = copy();
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
    assert.deepEqual((await found(seen)).digests, [ALL - 1, 1, 0]);
    assert.equal((await found(seen)).matched, HOURS - 1);
  });

  it("finds a digest of another hour of the same trail in place of its own", async () => {
    const seen = copy();
    const [digest, earlier] = [digestOf(seen), keysOf(seen.bucket, "CloudTrail-Digest")[3] as string];
    seen.bucket.set(digest, seen.bucket.get(earlier) ?? assert.fail());
    const { digests, findings } = await found(seen);
    assert.deepEqual(digests, [ALL - 1, 1, 0]);
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
    const seen = copy();
    const digest = digestOf(seen);
    seen.bucket.set(digest, { bytes: (seen.bucket.get(digest) ?? assert.fail()).bytes, metadata: {} });
    const { digests, findings } = await found(seen);
    assert.deepEqual(digests, [ALL - 1, 1, 0]);
    assert.deepEqual(findings[0], ["integrity", null, name(digest), "it has no signature"]);
    assert.equal(findings.length, 2);
  });

  it("finds another version of a digest, though CloudTrail signed that too, by what the next one says of it", async () => {
    const seen = copy();
    const digest = digestOf(seen);
    resign(seen.bucket, digest, sharedSigningKey(), (body) => ({ ...body, logFiles: [] }));
    const { digests, findings } = await found(seen);
    assert.deepEqual(digests, [ALL - 1, 1, 0]);
    assert.deepEqual(findings[0], ["integrity", null, name(digest), "the digest after it names another version of it"]);
    assert.equal(findings.length, 2);
  });

  it("finds that a digest begins later than the one before it ends", async () => {
    const seen = copy();
    const digest = digestOf(seen);
    resign(seen.bucket, digest, sharedSigningKey(), (body) => ({ ...body, digestStartTime: "2026-11-24T04:15:00Z" }));
    // The next one names the version that stands, as if CloudTrail itself had left a gap.
    relink(seen.bucket, digest, sharedSigningKey());
    const { digests, findings } = await found(seen);
    assert.deepEqual(digests, [ALL, 0, 1]);
    assert.equal(
      findings[0]?.[3],
      "no valid digest covers what was delivered from 2026-11-24T04:00:00Z to 2026-11-24T04:15:00Z",
    );
    assert.equal(findings.length, 1);
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
      const seen = copy();
      const digest = digestOf(seen);
      seen.bucket.set(digest, { bytes, metadata: (seen.bucket.get(digest) ?? assert.fail()).metadata });
      const { matched, digests, findings } = await found(seen);
      assert.deepEqual([matched, digests, findings.length], [HOURS - 1, [ALL - 1, 1, 0], 2]);
      assert.match(findings[0]?.[3] ?? "", reason);
      assert.equal(findings[0]?.[2], name(digest));
    }
  });

  it("takes a digest that CloudTrail wrote afterwards for the one that is not there", async () => {
    const seen = copy();
    const digest = digestOf(seen);
    const key = digest.replace("Z.json.gz", "Z_backfill.json.gz");
    seen.bucket.set(key, seen.bucket.get(digest) ?? assert.fail());
    resign(seen.bucket, key, sharedSigningKey(), (body) => ({
      ...body,
      digestS3Object: key,
      previousDigestS3Bucket: null,
      previousDigestS3Object: null,
      previousDigestHashValue: null,
      previousDigestHashAlgorithm: null,
      previousDigestSignature: null,
    }));
    seen.bucket.delete(digest);
    assert.deepEqual(await found(seen), { matched: HOURS, digests: [ALL, 0, 0], findings: [] });
  });

  it("says of evidence younger than its digest that it is not yet verified, and of nothing that it fails", async () => {
    const seen = { ...copy(), now: clean.window.to + 60 * 60_000 };
    for (const key of seen.bucket.keys()) if (timeOf(key) > seen.now) seen.bucket.delete(key);
    const { matched, digests, findings } = await found(seen);
    assert.deepEqual([matched, digests], [HOURS - 1, [HOURS, 0, 0]]);
    assert.deepEqual(
      findings.map(([kind, hour, , reason]) => [kind, hour, reason]),
      [["not-yet-verified", "24T05", "the digest that will name its log file has not come"]],
    );
  });

  it("does not call a record missing before digests reach two hours past its last attempt", async () => {
    const lost = { ...submissionOf(clean.window.to - HOUR), dimension: "Hours" };
    const early = { ...copy(), now: (lost.lastAttemptAt as number) + 2 * HOUR };
    for (const key of early.bucket.keys()) if (timeOf(key) > early.now) early.bucket.delete(key);
    early.submissions.push(lost);
    assert.deepEqual(
      (await found(early)).findings.map(([kind, , , reason]) => [kind, reason]),
      [["not-yet-verified", "the digests of the two hours after its last attempt have not come"]],
    );
    const late = copy();
    late.submissions.push(lost);
    assert.deepEqual(
      (await found(late)).findings.map(([kind]) => kind),
      ["missing"],
    );
  });

  it("takes evidence as it is found, and says that it is unsigned, where integrity is off", async () => {
    const seen = copy();
    rewrite(seen.bucket, digestOf(seen), () => "{}");
    const { evidence, reconciled } = await verifySeen(seen, { integrity: false });
    assert.equal(evidence.proof, undefined);
    assert.deepEqual(reconciled.counts, { matched: HOURS });
  });

  describe("in a copy of the bucket, which keeps no metadata", () => {
    const inCopy = (seen: Seen) => found(seen, { source: inFolder(seen.bucket) });

    it("takes each digest's signature from the next, and waits for that of the last", async () => {
      assert.deepEqual(await inCopy(clean), { matched: HOURS, digests: [ALL - 1, 0, 0], findings: [] });
      const seen = copy();
      const last = keysOf(seen.bucket, "CloudTrail-Digest").indexOf(digestOf(seen, submissionOf(START + 29 * HOUR)));
      for (const key of keysOf(seen.bucket, "CloudTrail-Digest").slice(last + 1)) seen.bucket.delete(key);
      const { findings } = await inCopy({ ...seen, now: clean.window.to + 4 * HOUR });
      assert.deepEqual(
        findings.map(([kind, hour]) => [kind, hour]),
        [["not-yet-verified", "24T05"]],
      );
    });

    it("finds a digest that was changed, and one that is gone together with the one whose signature it holds", async () => {
      const changed = copy();
      const digest = digestOf(changed);
      rewrite(changed.bucket, digest, (text) => text.replace('"logFiles":[', '"logFiles": ['));
      assert.deepEqual((await inCopy(changed)).findings[0], [
        "integrity",
        null,
        name(digest),
        "its signature does not fit its content",
      ]);

      const gone = copy();
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
      const seen = copy();
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

  /** Minutes as they stand in keys, of delivery or of a digest's end; a digest is there ten minutes later. */
  function timeOf(key: string): number {
    const [, year, month, day, hour, minute] = /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)/.exec(name(key)) as RegExpExecArray;
    const time = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
    return key.includes("-Digest/") ? time + 10 * 60_000 : time;
  }
});

type Body = Record<string, unknown>;

/** Gives a digest other content, signed as CloudTrail would sign it. */
function resign(bucket: Bucket, key: string, signer: SigningKey, change: (body: Body) => Body): void {
  const body = change(JSON.parse(textOf(bucket, key)));
  const text = JSON.stringify(body);
  const hash = createHash("sha256").update(text).digest("hex");
  const place = `${body.digestS3Bucket}/${body.digestS3Object}`;
  const signature = signer.sign([body.digestEndTime, place, hash, body.previousDigestSignature ?? "null"].join("\n"));
  bucket.set(key, { bytes: gzipSync(text), metadata: { signature } });
}

/** Lets all digests after one name it as it stands now, and each other. */
function relink(bucket: Bucket, from: string, signer: SigningKey): void {
  const digests = keysOf(bucket, "CloudTrail-Digest");
  for (let index = digests.indexOf(from) + 1; index < digests.length; index++) {
    const before = digests[index - 1] as string;
    resign(bucket, digests[index] as string, signer, (body) => ({
      ...body,
      previousDigestHashValue: createHash("sha256").update(textOf(bucket, before)).digest("hex"),
      previousDigestSignature: bucket.get(before)?.metadata.signature,
    }));
  }
}
