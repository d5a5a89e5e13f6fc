import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { isMeteringCall, parseMeteringCall } from "../../src/evidence/event.ts";
import { type LogFileRead, readLogFile } from "../../src/evidence/read-log.ts";
import { UnreadableError } from "../../src/evidence/unreadable.ts";
import { logFile, meteringEvent, unpacked } from "./events.ts";

const NOISE = { eventName: "PutRolePolicy", requestParameters: { policyDocument: '{"Action":"BatchMeterUsage"}' } };
const PADDING = { eventName: "CreateTags", requestParameters: "x".repeat(100_000) };
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const idsOf = ({ events }: LogFileRead) => events.map(({ eventId }) => eventId);

/** The calls of a text, by reading all of it. */
const callsOf = (text: string) => {
  const { Records } = JSON.parse(text) as { Records: Record<string, unknown>[] };
  return Records.filter(isMeteringCall).map((event) => unpacked(parseMeteringCall(event, "key")));
};

describe("reading a log file", () => {
  it("answers its calls in their order, and the hash of its text only where it is asked for", async () => {
    const stored = logFile(NOISE, meteringEvent({ eventID: "b" }), NOISE, meteringEvent({ eventID: "a" }));
    const read = await readLogFile(stored, "key", true);
    assert.deepEqual(idsOf(read), ["b", "a"]);
    assert.equal(read.hash, sha256(gunzipSync(stored)));
    assert.equal((await readLogFile(stored, "key", false)).hash, undefined);
  });

  it("reads in pieces what is too large to be read at once, to the same end", async () => {
    const events = Array.from({ length: 200 }, (_, n) => [meteringEvent({ eventID: `e-${n}` }), PADDING]).flat();
    const stored = logFile(...events);
    const text = gunzipSync(stored);
    assert.ok(text.length > 20_000_000);
    const read = await readLogFile(stored, "key", true);
    assert.deepEqual(read.events.map(unpacked), callsOf(text.toString()));
    assert.equal(read.hash, sha256(text));
  });

  it("does not believe what a file says of its own length", async () => {
    // Members one after the other are one gzip file (RFC 1952), of which the last four bytes tell the length of the last alone.
    const text = gunzipSync(logFile(meteringEvent(), ...Array.from({ length: 200 }, () => PADDING)));
    const cut = text.length - 30;
    const members = Buffer.concat([gzipSync(text.subarray(0, cut)), gzipSync(text.subarray(cut))]);
    const read = await readLogFile(members, "key", true);
    assert.deepEqual(idsOf(read), ["e-1"]);
    assert.equal(read.hash, sha256(text));
  });

  it("reads the bytes that it is given, wherever they lie in memory", async () => {
    const stored = logFile(meteringEvent());
    const inside = Buffer.concat([Buffer.alloc(13, 1), stored, Buffer.alloc(13, 1)]).subarray(13, 13 + stored.length);
    assert.deepEqual(await readLogFile(inside, "key", true), await readLogFile(stored, "key", true));
  });

  it("says of every edited text what all of it says, or that it is unreadable", async () => {
    const good = gunzipSync(logFile(NOISE, meteringEvent(), { nested: [meteringEvent()] }, meteringEvent()));
    const edit = fc.record({
      at: fc.nat({ max: good.length - 1 }),
      length: fc.nat({ max: 40 }),
      put: fc.stringMatching(/^([{}[\]",:\\ 1a]|BatchMeterUsage){0,3}$/),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
        let text = good.toString();
        for (const { at, length, put } of edits) text = text.slice(0, at) + put + text.slice(at + length);
        const read = await readLogFile(gzipSync(text), "key", false).catch((error: unknown) => error);
        if (read instanceof UnreadableError) return;
        const { events } = read as LogFileRead;
        // Where the text as a whole is no JSON, what is left of it holds no call that was not in it before the edit.
        const expected = attempt(() => callsOf(text));
        if (expected) assert.deepEqual(events.map(unpacked), expected);
        else assert.ok(events.length <= 2 && events.every(({ eventId }) => text.includes(eventId)));
      }),
      { numRuns: 3000 },
    );
  });

  it("reads the same of an event whatever order its keys come in", async () => {
    const shuffled = (value: unknown, order: (keys: string[]) => string[]): unknown =>
      Array.isArray(value)
        ? value.map((each) => shuffled(each, order))
        : typeof value === "object" && value !== null
          ? Object.fromEntries(order(Object.keys(value)).map((key) => [key, shuffled((value as never)[key], order)]))
          : value;
    const expected = await readLogFile(logFile(meteringEvent()), "key", false);
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat()), async (numbers) => {
        const order = (keys: string[]) =>
          keys
            .map((key) => [numbers.next().value as number, key] as const)
            .sort(([a], [b]) => a - b)
            .map(([, key]) => key);
        const event = shuffled(meteringEvent(), order);
        assert.deepEqual(await readLogFile(logFile(NOISE, event), "key", false), expected);
      }),
    );
  });
});

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
