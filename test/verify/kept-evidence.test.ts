import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { sharedSigningKey } from "../../sandbox/cloudtrail/signing.ts";
import { type Evidence, wholeEvidence } from "../../src/evidence/evidence.ts";
import { parseLogKey } from "../../src/evidence/keys.ts";
import { parsePublicKeys } from "../../src/evidence/public-keys.ts";
import { readEvidence } from "../../src/evidence/read.ts";
import type { BucketSource } from "../../src/evidence/source.ts";
import { type EvidenceStore, memoryStore } from "../../src/evidence/store.ts";
import { DAY, HOUR } from "../../src/usage/instants.ts";
import { keepEvidence, OutOfTimeError } from "../../src/verify/kept-evidence.ts";
import type { ReportBucket } from "../../src/verify/report-bucket.ts";
import { unpacked } from "../evidence/events.ts";
import {
  type Bucket,
  filesWith,
  inBucket,
  keysFile,
  keysOf,
  rewrite,
  type Seen,
  START,
  type Stored,
  submissionOf,
  trailOf,
} from "../evidence/trail.ts";

const LOGS = { account: "999988887777", region: "us-east-1" };
const keys = parsePublicKeys(keysFile(sharedSigningKey()));

/** A report bucket in memory. */
function memoryBucket(): ReportBucket & { readonly objects: Map<string, Uint8Array> } {
  const objects = new Map<string, Uint8Array>();
  return {
    objects,
    list: async (prefix) => [...objects.keys()].filter((key) => key.startsWith(prefix)).sort(),
    read: async (key) => objects.get(key) as Uint8Array,
    async write(key, _type, body) {
      objects.set(key, typeof body === "string" ? Buffer.from(body) : body);
    },
  };
}

/** The trail's bucket as S3 shows it, and which of its objects were read. */
function watched(objects: ReadonlyMap<string, Stored>): { source: BucketSource; read: string[] } {
  const read: string[] = [];
  const source = inBucket(objects) as BucketSource;
  const etag = (key: string) =>
    createHash("md5")
      .update(objects.get(key)?.bytes ?? "")
      .digest("hex");
  return {
    read,
    source: {
      ...source,
      async *list(prefix) {
        for await (const object of source.list(prefix)) yield { ...object, etag: etag(object.key) };
      },
      async read(key) {
        read.push(key);
        return source.read(key);
      },
      async readSigned(key) {
        read.push(key);
        return source.readSigned(key);
      },
    },
  };
}

const evidenceOf = async (source: BucketSource, store: EvidenceStore, now: number): Promise<Evidence> => {
  const window = { from: START, to: Math.min(START + DAY, Math.floor(now / HOUR) * HOUR) };
  const integrity = { publicKeys: async () => keys, now };
  const evidence = await wholeEvidence(await readEvidence(source, [LOGS], window, now, { store, integrity }));
  // What is kept from run to run has its records as objects.
  const { events, proof } = evidence;
  const unpackedProof = proof && { ...proof, young: proof.young.map(unpacked), failed: proof.failed.map(unpacked) };
  return { ...evidence, events: events.map(unpacked), ...(unpackedProof && { proof: unpackedProof }) };
};

/** A run at an instant: what it finds, and the log files and digests that it reads. */
async function run(bucket: ReportBucket, objects: ReadonlyMap<string, Stored>, now: number, until = now + 1) {
  const { source, read } = watched(objects);
  const kept = keepEvidence({ bucket, source, wantsHash: true, now: () => now, until });
  const day = kept.dayOf(START);
  const evidence = await evidenceOf(day.source, day.store, now);
  await day.complete();
  await kept.flush();
  return { evidence, read };
}

/** What the trail had delivered up to an instant. */
const deliveredBy = (bucket: Bucket, now: number): Bucket =>
  new Map(
    [...bucket].filter(([key]) => {
      const time = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)/.exec(key)?.slice(1).map(Number) as number[];
      const [year, month, date, hour, minute] = time as [number, number, number, number, number];
      return Date.UTC(year, month - 1, date, hour, minute) < now;
    }),
  );

describe("evidence that is kept from run to run", () => {
  let seen: Seen;
  before(async () => {
    seen = await trailOf(24);
  });

  it("is what a single reading finds, signatures and all, and every object is read once", async () => {
    const bucket = memoryBucket();
    const read: string[] = [];
    let last: Evidence | undefined;
    for (let now = START + 3 * HOUR; now <= seen.now; now += 3 * HOUR) {
      const found = await run(bucket, deliveredBy(seen.bucket, now), now);
      read.push(...found.read);
      last = found.evidence;
    }
    const { source } = watched(deliveredBy(seen.bucket, seen.now));
    const whole = await evidenceOf(source, memoryStore(), seen.now);
    assert.deepEqual(last, whole);
    assert.ok(whole.events.length >= 23 && whole.proof && whole.proof.digests.invalid === 0);
    assert.deepEqual(read.length, new Set(read).size);
    assert.deepEqual(read.toSorted(), [...deliveredBy(seen.bucket, seen.now).keys()].sort());
  });

  it("is that also where runs end anywhere, and objects come in any order", async () => {
    const all = [...seen.bucket.keys()];
    const whole = await evidenceOf(watched(seen.bucket).source, memoryStore(), seen.now);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }), reads: fc.nat(60) }), { maxLength: 4 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        async (runs, chances) => {
          const bucket = memoryBucket();
          const read: string[] = [];
          const places = new Map(all.map((key) => [key, chances.next().value as number]));
          for (const { share, reads } of [...runs, { share: 1, reads: Number.POSITIVE_INFINITY }]) {
            const there = new Map([...seen.bucket].filter(([key]) => (places.get(key) as number) <= share));
            const { source, read: now } = watched(there);
            // Time is how much has been read.
            const kept = keepEvidence({ bucket, source, wantsHash: true, now: () => now.length, until: reads });
            const day = kept.dayOf(START);
            const found = await evidenceOf(day.source, day.store, seen.now).catch((error: unknown) => {
              if (!(error instanceof OutOfTimeError)) throw error;
            });
            await kept.flush();
            read.push(...now);
            if (reads === Number.POSITIVE_INFINITY) assert.deepEqual(found, whole);
          }
          assert.equal(read.length, new Set(read).size);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("notices a log file, and a digest, that were changed after they were read", async () => {
    const bucket = memoryBucket();
    const objects = new Map(seen.bucket);
    await run(bucket, objects, seen.now);
    const [log] = filesWith(objects, submissionOf(START + 5 * HOUR)) as [string];
    rewrite(objects, log, (text) => text.replaceAll('"quantity":10', '"quantity":99'));
    const edited = await run(bucket, objects, seen.now);
    assert.deepEqual(edited.read, [log]);
    assert.deepEqual(edited.evidence.proof?.faults, [
      { objects: [log], reason: "it was changed after its digest was written" },
    ]);
    assert.ok(edited.evidence.proof?.failed.every(({ objects: [key] }) => key === log));
    // Also when its day is over for so long that it is listed no more.
    const later = seen.now + 2 * DAY;
    for (const now of [later, later + HOUR]) {
      const { read, evidence } = await run(bucket, objects, now);
      const isKnown = evidence.proof?.faults.some(({ objects: [key] }) => key === log);
      assert.deepEqual([read, isKnown], [[], true]);
    }
    const digest = keysOf(objects, "CloudTrail-Digest")[4] as string;
    rewrite(objects, digest, (text) => text.replace(/"hashValue":"./, '"hashValue":"0'));
    const { evidence, read } = await run(bucket, objects, seen.now);
    assert.deepEqual(read, [digest]);
    assert.equal(evidence.proof?.digests.invalid, 1);
  });

  it("proves nothing by a digest that was changed where it is kept", async () => {
    const bucket = memoryBucket();
    await run(bucket, seen.bucket, seen.now);
    const [chunk] = [...bucket.objects.keys()].filter((key) => key.includes("CloudTrail-Digest")) as [string];
    const lines = gunzipSync(bucket.objects.get(chunk) as Uint8Array)
      .toString()
      .split("\n");
    const forged = lines.map((line, n) => {
      if (n !== 3) return line;
      const digest = JSON.parse(line);
      const text = gunzipSync(Buffer.from(digest.bytes, "base64")).toString();
      const bytes = gzipSync(text.replace(/"newestEventTime":"\d/, '"newestEventTime":"3')).toString("base64");
      return JSON.stringify({ ...digest, bytes });
    });
    bucket.objects.set(chunk, gzipSync(forged.join("\n")));
    const { evidence, read } = await run(bucket, seen.bucket, seen.now);
    assert.deepEqual(read, []);
    assert.equal(evidence.proof?.digests.invalid, 1);
  });

  it("reads a log file again that was read when digests were not checked", async () => {
    const bucket = memoryBucket();
    const { source } = watched(seen.bucket);
    const kept = keepEvidence({ bucket, source, wantsHash: false, now: () => seen.now, until: seen.now + 1 });
    const { source: ofDay, store } = kept.dayOf(START);
    const window = { from: START, to: START + DAY };
    await readEvidence(ofDay, [LOGS], window, seen.now, { store });
    await kept.flush();
    const { read, evidence } = await run(bucket, seen.bucket, seen.now);
    assert.deepEqual(read.filter((key) => parseLogKey(key)).sort(), keysOf(seen.bucket, "CloudTrail"));
    assert.deepEqual(evidence.proof?.faults, []);
  });

  it("reads a log file again that has another size, where the source knows no ETags", async () => {
    const bucket = memoryBucket();
    const objects = new Map(seen.bucket);
    const readOf = async () => {
      const { source, read } = watched(objects);
      const { list } = source;
      const nameless: BucketSource = {
        ...source,
        async *list(prefix) {
          for await (const { key, size } of list(prefix)) yield { key, size };
        },
      };
      const kept = keepEvidence({
        bucket,
        source: nameless,
        wantsHash: true,
        now: () => seen.now,
        until: seen.now + 1,
      });
      const day = kept.dayOf(START);
      await evidenceOf(day.source, day.store, seen.now);
      await kept.flush();
      return read;
    };
    assert.ok((await readOf()).length > 24);
    const [log] = filesWith(objects, submissionOf(START + 5 * HOUR)) as [string];
    rewrite(objects, log, (text) => `${text} `);
    assert.deepEqual(await readOf(), [log]);
  });

  it("reads nothing once its time is over, and says so by an error of its own", async () => {
    await assert.rejects(run(memoryBucket(), seen.bucket, seen.now, seen.now), OutOfTimeError);
  });
});
