import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { HOUR } from "../../src/usage/instants.ts";
import { ALL_DIGESTS, copyOf, digestOf, found, HIT, HOURS, logOf, name, timeOf } from "./tampering.ts";
import { filesWith, keysOf, rewrite, type Seen, submissionOf, textOf, trailOf, verifySeen } from "./trail.ts";

describe("log files that somebody touched", () => {
  let clean: Seen;
  before(async () => {
    clean = await trailOf(HOURS);
  });

  it("is clean before: every record matches, and every digest is valid", async () => {
    assert.deepEqual(await found(clean), { matched: HOURS, digests: [ALL_DIGESTS, 0, 0], findings: [] });
    assert.equal(filesWith(clean.bucket, HIT).length, 1, "the record that the tests are about was delivered once");
  });

  it("stays clean over a month", async () => {
    const month = await trailOf(30 * 24);
    assert.deepEqual(await found(month), { matched: 720, digests: [725, 0, 0], findings: [] });
  }).timeout(120_000);

  it("finds a log file with another quantity in it", async () => {
    const seen = copyOf(clean);
    const key = logOf(seen);
    rewrite(seen.bucket, key, (text) => text.replaceAll(/"quantity":\d+/g, '"quantity":999'));
    assert.deepEqual(await found(seen), {
      matched: HOURS - 1,
      digests: [ALL_DIGESTS, 0, 0],
      findings: [
        ["integrity", null, name(key), "it was changed after its digest was written"],
        ["unverifiable", "24T03", name(key), "only log files that fail verification have it"],
      ],
    });
  });

  it("finds a log file that was changed where nothing of ours is in it, and nothing else", async () => {
    const seen = copyOf(clean);
    const key = keysOf(seen.bucket, "CloudTrail").find(
      (each) => !textOf(seen.bucket, each).includes("BatchMeterUsage"),
    );
    rewrite(seen.bucket, key as string, (text) => text.replace("us-east-1", "us-east-2"));
    const findings = [["integrity", null, name(key), "it was changed after its digest was written"]];
    assert.deepEqual(await found(seen), { matched: HOURS, digests: [ALL_DIGESTS, 0, 0], findings });
  });

  it("finds a log file that a call was taken out of, and does not call its record missing", async () => {
    const seen = copyOf(clean);
    const key = logOf(seen);
    rewrite(seen.bucket, key, () => '{"Records":[]}');
    assert.deepEqual((await found(seen)).findings, [
      ["integrity", null, name(key), "it was changed after its digest was written"],
      ["unverifiable", "24T03", name(key), "evidence that may hold the record is missing or fails"],
    ]);
  });

  it("finds a log file that is gone", async () => {
    const seen = copyOf(clean);
    const key = logOf(seen);
    seen.bucket.delete(key);
    assert.deepEqual(await found(seen), {
      matched: HOURS - 1,
      digests: [ALL_DIGESTS, 0, 0],
      findings: [
        ["integrity", null, name(key), "a digest names it, and it is not there"],
        ["unverifiable", "24T03", name(key), "evidence that may hold the record is missing or fails"],
      ],
    });
  });

  it("finds a log file that was put there, and takes it for no proof of a record that AWS never took", async () => {
    const seen = copyOf(clean);
    const forged = logOf(seen).replace(/_[^_]+\.json\.gz$/, "_ForgedForgedForg.json.gz");
    const other = { ...HIT, dimension: "Hours" };
    const text = textOf(seen.bucket, logOf(seen))
      .replaceAll('"Calls"', '"Hours"')
      .replace(/"eventID":"./g, '"eventID":"f');
    seen.bucket.set(forged, { bytes: gzipSync(text), metadata: {} });
    seen.submissions.push(other);
    assert.deepEqual(await found(seen), {
      matched: HOURS,
      digests: [ALL_DIGESTS, 0, 0],
      findings: [
        ["integrity", null, name(forged), "no digest names it"],
        ["unverifiable", "24T03", name(forged), "only log files that fail verification have it"],
      ],
    });
  });

  it("takes an event at the word of the verified file where a forged one has the same id", async () => {
    const seen = copyOf(clean);
    // Before the true one in the order of keys, so that it would be the first of the two.
    const forged = logOf(seen).replace(/_[^_]+\.json\.gz$/, "_0000000000000000.json.gz");
    seen.bucket.set(forged, {
      bytes: gzipSync(textOf(seen.bucket, logOf(seen)).replaceAll('"quantity":32', '"quantity":1')),
      metadata: {},
    });
    assert.deepEqual(await found(seen), {
      matched: HOURS,
      digests: [ALL_DIGESTS, 0, 0],
      findings: [["integrity", null, name(forged), "no digest names it"]],
    });
    assert.deepEqual((await verifySeen(seen)).evidence.proof?.failed, []);
  });

  it("does not call a record missing whose log file and digest are both gone", async () => {
    const seen = copyOf(clean);
    const [log, digest] = [logOf(seen), digestOf(seen)];
    seen.bucket.delete(log);
    seen.bucket.delete(digest);
    const { matched, findings } = await found(seen);
    assert.equal(matched, HOURS - 1);
    assert.deepEqual(
      findings.map(([kind, hour, , reason]) => [kind, hour, reason]),
      [
        [
          "integrity",
          null,
          "no valid digest covers what was delivered from 2026-11-24T04:00:00Z to 2026-11-24T05:00:00Z",
        ],
        ["unverifiable", "24T03", "evidence that may hold the record is missing or fails"],
      ],
    );
  });

  it("says of evidence younger than its digest that it is not yet verified, and of nothing that it fails", async () => {
    const seen = { ...copyOf(clean), now: clean.window.to + 60 * 60_000 };
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
    const early = { ...copyOf(clean), now: (lost.lastAttemptAt as number) + 2 * HOUR };
    for (const key of early.bucket.keys()) if (timeOf(key) > early.now) early.bucket.delete(key);
    early.submissions.push(lost);
    assert.deepEqual(
      (await found(early)).findings.map(([kind, , , reason]) => [kind, reason]),
      [["not-yet-verified", "the digests of the two hours after its last attempt have not come"]],
    );
    const late = copyOf(clean);
    late.submissions.push(lost);
    assert.deepEqual(
      (await found(late)).findings.map(([kind]) => kind),
      ["missing"],
    );
  });

  it("takes evidence as it is found, and says that it is unsigned, where integrity is off", async () => {
    const seen = copyOf(clean);
    rewrite(seen.bucket, digestOf(seen), () => "{}");
    const { evidence, reconciled } = await verifySeen(seen, { integrity: false });
    assert.equal(evidence.proof, undefined);
    assert.deepEqual(reconciled.counts, { matched: HOURS });
  });
});
