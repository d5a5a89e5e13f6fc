import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { type Evidence, wholeEvidence } from "../../src/evidence/evidence.ts";
import { readEvidence } from "../../src/evidence/read.ts";
import { readLogFile } from "../../src/evidence/read-log.ts";
import { bucketSource, type EvidenceSource } from "../../src/evidence/source.ts";
import { memoryStore } from "../../src/evidence/store.ts";
import { UnreadableError } from "../../src/evidence/unreadable.ts";
import { startS3, type TestS3 } from "./bucket.ts";
import { logFile, logKey, meteringEvent, unpacked } from "./events.ts";

const PLACE = { account: "999988887777", region: "us-east-1" };
const WINDOW = { from: Date.parse("2026-11-23T10:00:00Z"), to: Date.parse("2026-11-23T12:00:00Z") };
const LATER = Date.parse("2026-12-24T00:00:00Z");

describe("reading evidence from a trail's bucket", () => {
  let s3: TestS3;
  before(async () => {
    s3 = await startS3();
  });
  after(() => s3.close());

  async function read(files: Record<string, Uint8Array>, now = LATER, places = [PLACE]): Promise<Evidence> {
    const bucket = await s3.makeBucket();
    for (const [key, body] of Object.entries(files)) await s3.put(bucket, key, body);
    return wholeEvidence(
      await readEvidence(bucketSource(s3.client, bucket), places, WINDOW, now, { store: memoryStore() }),
    );
  }
  const ids = ({ events }: Evidence) => events.map(({ eventId }) => eventId);

  it("counts files, bytes and calls, and skips what is not a log file", async () => {
    const file = logFile(meteringEvent(), { eventName: "CreateTags" });
    const digest = logKey("20261123T1125Z").replace("/CloudTrail/", "/CloudTrail-Digest/");
    const evidence = await read({
      [logKey("20261123T1125Z")]: file,
      [digest]: Buffer.from("not read"),
      [`${logKey("20261123T1125Z")}.sha256`]: Buffer.from("not read"),
    });
    assert.deepEqual(ids(evidence), ["e-1"]);
    assert.equal(evidence.objects, 1);
    assert.equal(evidence.bytes, file.length);
    assert.deepEqual(evidence.unreadable, []);
  });

  it("reads three days past the window's end and not a file delivered before its beginning", async () => {
    const at = (time: string) => ({ [logKey(time)]: logFile(meteringEvent({ eventID: time })) });
    const files = {
      ...at("20261123T0959Z"),
      ...at("20261123T1000Z"),
      ...at("20261126T2359Z"),
      ...at("20261127T0000Z"),
    };
    assert.deepEqual(ids(await read(files)), ["20261123T1000Z", "20261126T2359Z"]);
  });

  it("does not look for files of days that have not come", async () => {
    const listed: string[] = [];
    const source: EvidenceSource = {
      async *list(prefix) {
        listed.push(prefix);
        yield* [];
      },
      folders: () => Promise.resolve([]),
      read: () => Promise.reject(new Error("nothing to read")),
    };
    await readEvidence(source, [PLACE], WINDOW, Date.parse("2026-11-24T00:30:00Z"), { store: memoryStore() });
    const folder = "AWSLogs/999988887777/CloudTrail/us-east-1/2026/11";
    assert.deepEqual(listed, [`${folder}/23/`, `${folder}/24/`]);
  });

  it("reads every page of a listing", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 1001 }, (_, index) => [logKey("20261123T1125Z", `f${index}`), logFile()]),
    );
    assert.equal((await read(files)).objects, 1001);
  }).timeout(60_000);

  it("keeps a call that was delivered twice once, with both of its files", async () => {
    const [first, second] = [logKey("20261123T1125Z"), logKey("20261123T1140Z")];
    const copy = logFile(meteringEvent(), meteringEvent({ eventID: "e-0" }));
    const { events } = await read({ [second]: copy, [first]: logFile(meteringEvent(), meteringEvent()) });
    assert.deepEqual(
      events.map(({ eventId, objects }) => [eventId, objects]),
      [
        ["e-0", [second]],
        ["e-1", [first, second]],
      ],
    );
  });

  it("puts calls in the order of their time, wherever they were found", async () => {
    const at = (eventID: string, eventTime: string) => meteringEvent({ eventID, eventTime });
    const evidence = await read({
      [logKey("20261123T1125Z")]: logFile(at("c", "2026-11-23T11:03:00Z"), at("b", "2026-11-23T11:02:00Z")),
      [logKey("20261123T1130Z")]: logFile(at("a", "2026-11-23T11:02:00Z")),
    });
    assert.deepEqual(ids(evidence), ["a", "b", "c"]);
  });

  it("reads each of several Regions", async () => {
    const west = logFile(meteringEvent({ eventID: "west", awsRegion: "us-west-2" }));
    const files = {
      [logKey("20261123T1125Z")]: logFile(meteringEvent()),
      [logKey("20261123T1125Z", "a", "us-west-2")]: west,
    };
    assert.deepEqual(ids(await read(files)), ["e-1"]);
    assert.deepEqual(ids(await read(files, LATER, [PLACE, { ...PLACE, region: "us-west-2" }])), ["e-1", "west"]);
  });

  it("names every file it cannot read, with the reason, and uses nothing of it", async () => {
    const good = logFile(meteringEvent());
    const cut = good.subarray(0, good.length - 9);
    const flipped = Buffer.from(good);
    flipped[good.length - 6] = (flipped[good.length - 6] as number) ^ 1;
    const broken: Record<string, [Uint8Array, RegExp]> = {
      a: [Buffer.from(""), /^it is empty$/],
      b: [Buffer.from('{"Records":[]}'), /^it is not gzip$/],
      c: [cut, /^its gzip is broken \(unexpected end of file\)$/],
      d: [flipped, /^its gzip is broken \(incorrect data check\)$/],
      e: [gzipSync("[]"), /^it is not a JSON object$/],
      f: [gzipSync('{"Records":[{"eventName":"BatchMeterUsage"'), /^it breaks off before its end$/],
      g: [gzipSync('{"Records":[{"eventName":"BatchMeterUsage",}]}'), /^an event in it is not JSON$/],
      h: [
        logFile(meteringEvent(), meteringEvent({ eventID: undefined })),
        /^a BatchMeterUsage event in it has no valid eventID$/,
      ],
      i: [gzipSync(""), /^it has no Records$/],
    };
    const files = Object.fromEntries(
      Object.entries(broken).map(([name, [body]]) => [logKey("20261123T1125Z", name), body]),
    );
    const { events, objects, unreadable } = await read(files);
    assert.deepEqual(events, []);
    assert.equal(objects, 9);
    for (const [index, [name, [, reason]]] of Object.entries(broken).entries()) {
      assert.equal(unreadable[index]?.key, logKey("20261123T1125Z", name));
      assert.match(unreadable[index]?.reason ?? "", reason);
      assert.equal(unreadable[index]?.deliveredAt, Date.parse("2026-11-23T11:25:00Z"));
      assert.equal(unreadable[index]?.region, "us-east-1");
    }
    assert.equal(unreadable.length, 9);
  });

  it("throws where a file cannot be fetched, which is not the same as having nothing in it", async () => {
    const bucket = await s3.makeBucket();
    const real = bucketSource(s3.client, bucket);
    const source: EvidenceSource = {
      async *list() {
        yield { key: logKey("20261123T1125Z"), size: 1 };
      },
      folders: () => Promise.resolve([]),
      read: real.read,
    };
    await assert.rejects(readEvidence(source, [PLACE], WINDOW, LATER, { store: memoryStore() }), { name: "NoSuchKey" });
    await assert.rejects(
      readEvidence(bucketSource(s3.client, "no-such-bucket"), [PLACE], WINDOW, LATER, { store: memoryStore() }),
      {
        name: "NoSuchBucket",
      },
    );
  });
});

describe("a log file of random or damaged bytes", () => {
  const readable = async (bytes: Uint8Array) => {
    try {
      return (await readLogFile(bytes, "key", false)).events.map(unpacked);
    } catch (error) {
      assert.ok(error instanceof UnreadableError, String(error));
      return [];
    }
  };

  it("is unreadable or has the calls it says, and nothing else is thrown", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await readable(bytes);
        assert.deepEqual(await readable(gzipSync(bytes)), []);
      }),
    );
  });

  it("never says that AWS took something else than the undamaged file says", async () => {
    const good = logFile(meteringEvent());
    const expected = await readable(good);
    assert.equal(expected.length, 1);
    const position = fc.integer({ min: 0, max: good.length - 1 });
    await fc.assert(
      fc.asyncProperty(position, fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = Buffer.from(good);
        damaged[at] = (damaged[at] as number) ^ change;
        const events = await readable(damaged);
        if (events.length > 0) assert.deepEqual(events, expected);
      }),
    );
  });
});
