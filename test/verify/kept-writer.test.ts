import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { chunkWriter } from "../../src/verify/kept-writer.ts";
import type { ReportBucket } from "../../src/verify/report-bucket.ts";

const NOW = Date.parse("2026-11-23T20:17:00Z");

/** A writer, and the chunks that it wrote, in order: their folder and their lines. `fails` says whether the next write does. */
function watched() {
  const written: [folder: string, lines: string[]][] = [];
  const keys: string[] = [];
  const state = { fails: false };
  const bucket: ReportBucket = {
    list: async () => [],
    read: async () => new Uint8Array(),
    async write(key, _type, body) {
      if (state.fails) throw new Error("S3 is not there");
      keys.push(key);
      written.push([key.slice(0, key.lastIndexOf("/")), gunzipSync(body).toString().trimEnd().split("\n")]);
    },
  };
  return { writer: chunkWriter(bucket, () => NOW), written, keys, state };
}

const file = (line: string) => ({ folder: "files/", line });
const call = (line: string, day = "23") => ({ folder: `calls/${day}/`, line });

describe("the chunks that a run keeps", () => {
  it("have a line only once all that it speaks of is written", async () => {
    const { writer, written } = watched();
    await writer.add(file("f1"), [call("c1"), call("c2", "24")]);
    await writer.add(file("f2"), [call("c3")]);
    assert.deepEqual(written, []);
    await writer.flush();
    assert.deepEqual(written, [
      ["calls/23", ["c1", "c3"]],
      ["calls/24", ["c2"]],
      ["files", ["f1", "f2"]],
    ]);
    await writer.flush();
    assert.equal(written.length, 3);
  });

  it("never have a line whose calls could not be written", async () => {
    const { writer, written, state } = watched();
    await writer.add(file("f1"), [call("c1")]);
    state.fails = true;
    await assert.rejects(writer.flush(), /S3 is not there/);
    assert.deepEqual(written, []);
  });

  it("are written every 500 lines, and every 4 MB, so that a run that dies loses no more", async () => {
    const { writer, written } = watched();
    for (let n = 0; n < 1250; n++) await writer.add(file(`f${n}`));
    assert.deepEqual(
      written.map(([, lines]) => lines.length),
      [500, 500],
    );
    const large = watched();
    for (let n = 0; n < 5; n++) await large.writer.add(file(`f${n}`), [call("x".repeat(1024 * 1024))]);
    assert.deepEqual(
      large.written.map(([folder, lines]) => [folder, lines.length]),
      [
        ["calls/23", 4],
        ["files", 4],
      ],
    );
  });

  it("have keys in the order of their times, and another one for other lines at the same time", async () => {
    const [one, same, other] = [watched(), watched(), watched()];
    for (const [{ writer }, line] of [
      [one, "a"],
      [same, "a"],
      [other, "b"],
    ] as const) {
      await writer.add(file(line));
      await writer.flush();
    }
    assert.match(one.keys[0] as string, /^files\/20261123T201700000Z-[0-9a-f]{16}\.ndjson\.gz$/);
    assert.deepEqual(one.keys, same.keys);
    assert.notDeepEqual(one.keys, other.keys);
  });
});
