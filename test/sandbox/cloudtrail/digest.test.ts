import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { CloudTrailClient, ListPublicKeysCommand } from "@aws-sdk/client-cloudtrail";
import { startCloudTrailApi } from "../../../sandbox/cloudtrail/server.ts";
import type { Trail } from "../../../sandbox/cloudtrail/trail.ts";
import { call, cloudTrail, narrow, wide } from "./support.ts";

const validated: Trail = { ...narrow, logFileValidation: true };
const at = (time: string) => Date.parse(`2026-11-23T${time}Z`);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** The digests in a bucket, oldest first, with what stands in them. */
function digestsIn(bucket: ReadonlyMap<string, { bytes: Uint8Array; metadata: Record<string, string> }>) {
  return [...bucket]
    .filter(([key]) => key.includes("/CloudTrail-Digest/"))
    .map(([path, { bytes, metadata }]) => {
      const text = gunzipSync(bytes);
      return { path, text, metadata, body: JSON.parse(text.toString()) };
    });
}

describe("sandbox cloudtrail: digests", () => {
  it("writes one each hour, ten minutes after it, also when nothing was delivered, under the key that CloudTrail gives", async () => {
    const { trail, bucket } = cloudTrail();
    trail.createTrail({ ...validated, prefix: "audit", organizationId: "o-1" });
    assert.equal(trail.nextDelivery(), at("11:10:00"));
    await trail.deliver(at("11:09:59"));
    assert.equal(bucket.size, 0);
    await trail.deliver(at("11:10:00"));
    assert.equal(trail.nextDelivery(), at("12:10:00"));
    await trail.deliver(at("13:30:00"));
    const folder = "evidence/audit/AWSLogs/o-1/999988887777/CloudTrail-Digest/us-east-1/2026/11/23/";
    assert.deepEqual(
      [...bucket.keys()],
      ["11", "12", "13"].map(
        (hour) => `${folder}999988887777_CloudTrail-Digest_us-east-1_metering_us-east-1_20261123T${hour}0000Z.json.gz`,
      ),
    );
    assert.deepEqual(
      digestsIn(bucket).map(({ body }) => [body.digestStartTime, body.digestEndTime, body.logFiles]),
      [
        ["2026-11-23T10:20:30Z", "2026-11-23T11:00:00Z", []],
        ["2026-11-23T11:00:00Z", "2026-11-23T12:00:00Z", []],
        ["2026-11-23T12:00:00Z", "2026-11-23T13:00:00Z", []],
      ],
    );
  });

  it("names each log file once, in the digest of the hour of its delivery, with the hash of its text", async () => {
    const { trail, clock, bucket } = cloudTrail({ noisePerHour: 60 });
    trail.createTrail(validated);
    trail.observe(call());
    clock.set("2026-11-23T10:57:00Z");
    trail.observe(call({ at: clock.now(), requestId: "second" }));
    await trail.deliver(at("15:00:00"));
    const files = [...bucket].filter(([path]) => path.includes("/CloudTrail/"));
    const named = digestsIn(bucket).flatMap(({ body }) => body.logFiles.map((file: object) => ({ ...file, body })));
    // The files of 14:00 to 15:00 are in no digest yet.
    assert.equal(named.length, files.filter(([path]) => !/T1[45]\d\dZ_/.test(path)).length);
    for (const { s3Bucket, s3Object, hashValue, hashAlgorithm, body } of named) {
      const { bytes } = bucket.get(`${s3Bucket}/${s3Object}`) as { bytes: Uint8Array };
      assert.equal(hashValue, sha256(gunzipSync(bytes)));
      assert.equal(hashAlgorithm, "SHA-256");
      const hour = /T(\d\d)\d\dZ_/.exec(s3Object)?.[1];
      assert.equal(Date.parse(body.digestEndTime), at(`${Number(hour) + 1}:00:00`));
    }
  });

  it("chains digests, and signs each as CloudTrail says it does", async () => {
    const { trail, bucket } = cloudTrail();
    trail.createTrail(validated);
    trail.observe(call());
    await trail.deliver(at("14:00:00"));
    const digests = digestsIn(bucket);
    const [{ value, fingerprint } = assert.fail()] = trail.listPublicKeys(at("10:00:00"), at("14:00:00"));
    assert.equal(fingerprint, createHash("md5").update(value).digest("hex"));
    const publicKey = createPublicKey({ key: Buffer.from(value), format: "der", type: "pkcs1" });
    assert.equal(publicKey.asymmetricKeyDetails?.modulusLength, 2048);
    assert.equal(digests.length, 3);
    for (const [index, { path, text, metadata, body }] of digests.entries()) {
      const before = digests[index - 1];
      assert.equal(body.previousDigestS3Bucket, before ? "evidence" : null);
      assert.equal(body.previousDigestS3Object, before?.body.digestS3Object ?? null);
      assert.equal(body.previousDigestHashValue, before ? sha256(before.text) : null);
      assert.equal(body.previousDigestHashAlgorithm, before ? "SHA-256" : null);
      assert.equal(body.previousDigestSignature, before?.metadata.signature ?? null);
      assert.equal(`${body.digestS3Bucket}/${body.digestS3Object}`, path);
      assert.equal(body.digestPublicKeyFingerprint, fingerprint);
      assert.equal(body.digestSignatureAlgorithm, "SHA256withRSA");
      assert.equal(body.awsAccountId, "999988887777");
      const signed = [body.digestEndTime, path, sha256(text), body.previousDigestSignature ?? "null"].join("\n");
      assert.ok(verify("sha256", Buffer.from(signed), publicKey, Buffer.from(metadata.signature as string, "hex")));
    }
    const [first, second] = digests;
    assert.deepEqual(
      [first?.body.oldestEventTime, first?.body.newestEventTime, second?.body.newestEventTime],
      ["2026-11-23T10:20:30Z", "2026-11-23T10:20:30Z", null],
    );
  });

  it("keeps a chain for each Region of a trail and each trail, and none without log file validation", async () => {
    const { trail, bucket } = cloudTrail();
    trail.createTrail(narrow);
    assert.equal(trail.nextDelivery(), undefined);
    trail.createTrail(validated);
    trail.createTrail({ ...wide, logFileValidation: true });
    await trail.deliver(at("12:30:00"));
    const chains = Map.groupBy(digestsIn(bucket), ({ path }) => /_CloudTrail-Digest_(.+)_us-east-1_\d/.exec(path)?.[1]);
    assert.deepEqual(
      [...chains].map(([chain, { length }]) => [chain, length]),
      [
        ["us-east-1_metering", 2],
        ["us-east-1_wide", 2],
        ["eu-west-1_wide", 2],
      ],
    );
  });

  it("writes a digest again whose write failed, with the same content", async () => {
    const written: string[] = [];
    const { trail } = cloudTrail({
      put: async (_, key, bytes) => {
        written.push(`${key} ${sha256(bytes)}`);
        if (written.length === 1) throw new Error("no such bucket");
      },
    });
    trail.createTrail(validated);
    await assert.rejects(trail.deliver(at("11:10:00")), { message: "no such bucket" });
    await trail.deliver(at("11:10:00"));
    assert.equal(written.length, 2);
    assert.equal(written[0], written[1]);
  });

  it("answers ListPublicKeys of AWS's own client, for the times it asks about", async () => {
    const { trail, clock } = cloudTrail();
    const api = await startCloudTrailApi(trail, clock);
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const client = new CloudTrailClient({ endpoint: api.endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
    const list = async (StartTime?: Date, EndTime?: Date) =>
      (await client.send(new ListPublicKeysCommand({ StartTime, EndTime }))).PublicKeyList ?? [];
    try {
      const [key] = trail.listPublicKeys(clock.now(), clock.now());
      assert.deepEqual(
        (await list()).map(({ Fingerprint, Value }) => [Fingerprint, Buffer.from(Value as Uint8Array).toString("hex")]),
        [[key?.fingerprint, Buffer.from(key?.value as Uint8Array).toString("hex")]],
      );
      assert.deepEqual((await list(new Date("2027-11-23"), new Date("2027-12-24"))).length, 1);
      assert.deepEqual(await list(new Date("2025-01-01"), new Date("2025-02-01")), []);
      await assert.rejects(list(new Date("2026-02-01"), new Date("2026-01-01")), { name: "InvalidTimeRangeException" });
    } finally {
      client.destroy();
      await api.close();
    }
  });
});
