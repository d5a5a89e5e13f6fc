import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { wholeEvidence } from "../../src/evidence/evidence.ts";
import { type ReadProgress, readEvidence, type Watching } from "../../src/evidence/read.ts";
import { readLogFile } from "../../src/evidence/read-log.ts";
import type { EvidenceSource } from "../../src/evidence/source.ts";
import { memoryStore } from "../../src/evidence/store.ts";
import { logFile, logKey, meteringEvent } from "./events.ts";

const PLACE = { account: "999988887777", region: "us-east-1" };
const WINDOW = { from: Date.parse("2026-11-23T10:00:00Z"), to: Date.parse("2026-11-23T12:00:00Z") };
const LATER = Date.parse("2026-12-24T00:00:00Z");

/** A source of these files; a number is the size of one that nobody may read. */
function sourceOf(files: Record<string, Uint8Array | number>): EvidenceSource {
  return {
    async *list(prefix) {
      for (const [key, body] of Object.entries(files))
        if (key.startsWith(prefix)) yield { key, size: typeof body === "number" ? body : body.length };
    },
    folders: () => Promise.resolve([]),
    async read(key) {
      const body = files[key];
      if (body instanceof Uint8Array) return body;
      throw new Error(`${key} was read`);
    },
  };
}

const read = async (files: Record<string, Uint8Array | number>, watching?: Watching, places = [PLACE]) =>
  wholeEvidence(await readEvidence(sourceOf(files), places, WINDOW, LATER, { ...watching, store: memoryStore() }));

describe("what lies in the folders of log files", () => {
  const first = logKey("20261123T1125Z");
  const second = logKey("20261124T0005Z");
  const file = logFile(meteringEvent());

  it("and is none by its name is skipped and named, and empty objects that stand for folders are not", async () => {
    const folder = first.slice(0, first.lastIndexOf("/") + 1);
    const strange = first.replace("us-east-1_", "us-west-2_");
    const { skipped, objects } = await read({
      [first]: file,
      [`${folder}notes.txt`]: 5,
      [strange]: 5,
      [folder]: 0,
    });
    assert.deepEqual(skipped, [strange, `${folder}notes.txt`].sort());
    assert.equal(objects, 1);
  });

  it("tells of which Regions it is and how late the latest was delivered", async () => {
    const west = { ...PLACE, region: "us-west-2" };
    const empty = { ...PLACE, region: "eu-west-1" };
    const files = { [logKey("20261123T1125Z", "a", "us-west-2")]: logFile(), [second]: logFile(), [first]: file };
    const evidence = await read(files, {}, [PLACE, west, empty]);
    assert.deepEqual(evidence.regions, ["us-east-1", "us-west-2"]);
    assert.equal(evidence.latestDelivery, Date.parse("2026-11-24T00:05:00Z"));
    assert.equal((await read({})).latestDelivery, undefined);
  });

  it("and is far larger than any log file is not even read", async () => {
    const { unreadable, bytes, objects } = await read({ [first]: 300_000_000 });
    assert.deepEqual(
      unreadable.map(({ key, reason }) => [key, reason]),
      [[first, "it has 300000000 bytes, where CloudTrail ends a log file at 50 MB"]],
    );
    assert.deepEqual([bytes, objects], [300_000_000, 1]);
  });

  it("is told of as it is read, from nothing to all of it", async () => {
    const steps: ReadProgress[] = [];
    await read({ [first]: file, [second]: file }, { onProgress: (step) => steps.push(step) });
    const size = file.length;
    assert.deepEqual(
      steps.map(({ objects, ofObjects, bytes, ofBytes }) => [objects, ofObjects, bytes, ofBytes]),
      [
        [0, 2, 0, 2 * size],
        [1, 2, size, 2 * size],
        [2, 2, 2 * size, 2 * size],
      ],
    );
  });

  it("is not listed, and not read further, once the reading is stopped", async () => {
    const controller = new AbortController();
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [logKey("20261123T1125Z", `f${n}`), file]));
    const steps: ReadProgress[] = [];
    const onProgress = (step: ReadProgress) => {
      steps.push(step);
      if (step.objects === 1) controller.abort();
    };
    await assert.rejects(read(many, { onProgress, signal: controller.signal }), { name: "AbortError" });
    assert.ok(steps.length < 10);
    await assert.rejects(read({ [first]: 5 }, { signal: controller.signal }), { name: "AbortError" });
  });

  it("is read in groups of small files, where whoever reads wants them, and large ones each by itself", async () => {
    const mostAtOnce = async (size: number, together: number, atATime = 1) => {
      const keys = Array.from({ length: 7 }, (_, n) => logKey("20261123T1125Z", `f${n}`));
      let [now, most] = [0, 0];
      const source: EvidenceSource = {
        ...sourceOf({}),
        async *list(prefix) {
          for (const key of keys) if (key.startsWith(prefix)) yield { key, size };
        },
        read: () => Promise.resolve(file),
      };
      const readers = {
        async read(...given: Parameters<typeof readLogFile>) {
          now += 1;
          most = Math.max(most, now);
          await setImmediate();
          now -= 1;
          return readLogFile(...given);
        },
        atATime,
        together,
      };
      const { objects } = await readEvidence(source, [PLACE], WINDOW, LATER, { store: memoryStore(), readers });
      assert.equal(objects, 7);
      return most;
    };
    assert.equal(await mostAtOnce(1000, 1), 1);
    assert.equal(await mostAtOnce(1000, 3), 3);
    assert.equal(await mostAtOnce(250 * 1024, 3), 2);
    assert.equal(await mostAtOnce(500 * 1024, 3), 1);
    // Two of the first, and then one in each of the other places, none of which is left with nothing.
    assert.equal(await mostAtOnce(1000, 4, 4), 5);
  });
});
