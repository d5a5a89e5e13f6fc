import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { meteringEvent } from "../evidence/events.ts";
import { makeFolders } from "./support.ts";

const MB = 1_000_000;

/** Reads a log file in a thread, and prints what it found and the most memory that all of it took. */
const SCRIPT = `
  import { readFileSync } from "node:fs";
  import { startLogReaders } from ${JSON.stringify(new URL("../../src/cli/log-readers.ts", import.meta.url).href)};
  const readers = startLogReaders(2);
  const { events, hash } = await readers.read(readFileSync(process.argv[2]), "key", true);
  await readers.close();
  console.log(JSON.stringify([events.map(({ eventId }) => eventId), hash, process.resourceUsage().maxRSS * 1024]));
`;

describe("a log file with 600 MB of text", () => {
  const folders = makeFolders();
  after(folders.remove);

  it("is read to its end in a thread, and hashed as its digest is, in at most 250 MB of memory", async () => {
    const other = JSON.stringify(meteringEvent({ eventSource: "s3.amazonaws.com", eventName: "PutObject" }));
    const middle = Buffer.from(`${other},`.repeat(Math.ceil(MB / other.length)));
    const parts = [
      Buffer.from(`{"Records":[${JSON.stringify(meteringEvent({ eventID: "first" }))},`),
      ...Array.from({ length: Math.ceil((600 * MB) / middle.length) }, () => middle),
      Buffer.from(`${JSON.stringify(meteringEvent({ eventID: "last" }))}]}`),
    ];
    // Texts that were compressed one by one are one text to gzip (RFC 1952, 2.2).
    const stored = new Map(parts.map((part) => [part, gzipSync(part)]));
    const folder = folders.make();
    const [path, script] = [join(folder, "large.json.gz"), join(folder, "read.mjs")];
    writeFileSync(script, SCRIPT);
    writeFileSync(path, Buffer.concat(parts.map((part) => stored.get(part) as Buffer)));
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);

    const { stdout } = await promisify(execFile)(process.execPath, [script, path]);
    const [ids, found, memory] = JSON.parse(stdout) as [string[], string, number];
    assert.deepEqual([ids, found], [["first", "last"], hash.digest("hex")]);
    assert.ok(memory < 250 * MB, `${memory / MB} MB were taken`);
  });
});
