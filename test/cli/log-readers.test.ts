import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { startLogReaders } from "../../src/cli/log-readers.ts";
import { eventPacker, eventUnpacker } from "../../src/cli/packed-events.ts";
import type { EvidenceEvent } from "../../src/evidence/event.ts";
import { type LogFileRead, readLogFile } from "../../src/evidence/read-log.ts";
import { UnreadableError } from "../../src/evidence/unreadable.ts";
import { MOST_UNITS, UNIT } from "../../src/usage/quantity.ts";
import { logFile, meteringEvent, unpacked } from "../evidence/events.ts";

const files = Array.from({ length: 30 }, (_, n) => logFile(meteringEvent({ eventID: `e-${n}` })));

const NOTHING_OPTIONAL = {
  eventId: "e",
  eventTime: 1,
  region: "us-east-1",
  principal: undefined,
  errorCode: undefined,
  errorMessage: undefined,
  objects: ["key"],
  unseen: "left-out" as const,
};

const json = (value: unknown) =>
  JSON.stringify(value, (_, each) => (typeof each === "bigint" ? each.toString() : each));
const plainFile = ({ events, hash }: LogFileRead): LogFileRead => ({ events: events.map(unpacked), hash });

/** Threads and this one read the same in these files, each under its own key. */
async function assertReadAlike(given: readonly Uint8Array[]): Promise<void> {
  const readers = startLogReaders(2);
  try {
    const read = await Promise.all(given.map((file, n) => readers.read(Uint8Array.from(file), `key-${n}`, true)));
    const expected = await Promise.all(given.map((file, n) => readLogFile(file, `key-${n}`, true)));
    assert.deepEqual(read.map(plainFile), expected.map(plainFile));
  } finally {
    await readers.close();
  }
}

describe("threads that read log files", () => {
  it("hand over each event as it was read, to the last field that it does not have", () => {
    const record = { dimension: '\u202f"', timestamp: 5, status: "none" as const, productCode: undefined };
    const events: EvidenceEvent[] = [
      { ...NOTHING_OPTIONAL, records: [] },
      { ...NOTHING_OPTIONAL, principal: "p", errorCode: "c", errorMessage: "m", completes: "e-0", records: [] },
      {
        ...NOTHING_OPTIONAL,
        records: [
          { ...record, buyer: { customerIdentifier: "c" }, productCode: "code", quantity: 0n },
          { ...record, buyer: { accountId: "1", licenseArn: "l" }, quantity: MOST_UNITS * UNIT, status: "Success" },
        ],
      },
    ];
    const [pack, unpack] = [eventPacker(), eventUnpacker()];
    assert.deepEqual(unpack(pack(events)).map(unpacked), events);
    // What is in a file and was in one before it.
    const again = events.map((event) => ({ ...event, objects: ["key-2"], region: "eu-west-1" }));
    for (const each of [events, again, [], events]) assert.deepEqual(unpack(pack(each)).map(unpacked), each);
    // What was handed over is handed on, and written as JSON, as if it had been read here.
    const [packAgain, unpackAgain] = [eventPacker(), eventUnpacker()];
    assert.deepEqual(unpackAgain(packAgain(unpack(pack([...again, ...events])))).map(unpacked), [...again, ...events]);
    assert.deepEqual(JSON.parse(json(unpack(pack(events)))), JSON.parse(json(events)));
  });

  it("answer each reading with its own file's calls, and what this thread would read", () => assertReadAlike(files));

  it("answer large files and small ones that come together with their own calls each", async () => {
    const large = logFile(
      ...Array.from({ length: 3000 }, (_, n) => meteringEvent({ eventID: `large-${randomUUID()}-${n}` })),
    );
    assert.ok(large.length > 64 * 1024);
    await assertReadAlike([large, ...files.slice(0, 3), large, large, ...files.slice(3, 6), large, large, large]);
  });

  it("say of a broken file that it is unreadable, and go on with the next", async () => {
    const readers = startLogReaders(2);
    try {
      const broken = Array.from({ length: 5 }, () => readers.read(Buffer.from("{}"), "broken", false));
      for (const each of await Promise.allSettled(broken)) {
        assert.ok(each.status === "rejected" && each.reason instanceof UnreadableError);
        assert.equal(each.reason.message, "it is not gzip");
      }
      assert.equal((await readers.read(Uint8Array.from(files[0] as Buffer), "key", false)).events.length, 1);
    } finally {
      await readers.close();
    }
  });

  it("pass on what went wrong with a thread itself", async () => {
    const readers = startLogReaders(2);
    try {
      const noBytes = { 0: 0x1f, 1: 0x8b, length: 20, buffer: {} };
      await assert.rejects(readers.read(noBytes as never, "key", false), TypeError);
    } finally {
      await readers.close();
    }
  });

  it("are none where there is one processor", async () => {
    const readers = startLogReaders(1);
    assert.equal(readers.together, 1);
    await readers.close();
  });

  it("end at once, though log files wait for them", async () => {
    const readers = startLogReaders(2);
    const waiting = files.map((file) => readers.read(Uint8Array.from(file), "key", true));
    await readers.close();
    // What they had answered by then is there; nothing else ever comes.
    const come = await Promise.all(waiting.map((each) => Promise.race([each, Promise.resolve("not read")])));
    assert.ok(come.includes("not read"));
  });
});
