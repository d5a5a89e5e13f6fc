import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { spillingStore } from "../../src/cli/evidence-store.ts";
import { InputError } from "../../src/cli/input-error.ts";
import { submissionStore } from "../../src/cli/submissions/store.ts";
import { type TemporaryFile, temporaryFile } from "../../src/cli/temporary-file.ts";
import type { EvidenceEvent } from "../../src/evidence/event.ts";
import { memoryStore } from "../../src/evidence/store.ts";
import { DAY, HOUR } from "../../src/usage/instants.ts";
import { UNIT } from "../../src/usage/quantity.ts";
import { fileSubmission } from "../../src/verify/packed-submissions.ts";
import type { Submission } from "../../src/verify/submissions.ts";
import { all, makeFolders } from "./support.ts";

// As they are parsed.
const PLAIN = { noNullPrototype: true } as const;
const START = Date.parse("2025-03-10T00:00:00Z");

describe("what does not fit into memory", () => {
  const folders = makeFolders();
  const temporary = process.env.TMPDIR;
  let folder: string;
  let file: TemporaryFile;
  beforeEach(() => {
    folder = folders.make();
    process.env.TMPDIR = folder;
    file = temporaryFile();
  });
  afterEach(() => {
    file.close();
    if (temporary === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = temporary;
  });
  after(folders.remove);

  it("is in a file without a name, so that nothing is left however the process ends", () => {
    file.append(START, Buffer.from("one"));
    assert.deepEqual(readdirSync(folder), []);
    assert.deepEqual([...file.read(START)].map(String), ["one"]);
  });

  it("comes back by its time, in the pieces and the order in which it was put there", () => {
    for (const [time, text] of [
      [1, "a"],
      [2, "bb"],
      [1, "ccc"],
    ] as const)
      file.append(START + time * DAY, Buffer.from(text));
    assert.deepEqual([...file.read(START + DAY)].map(String), ["a", "ccc"]);
    assert.deepEqual([...file.read(START + 2 * DAY)].map(String), ["bb"]);
    assert.deepEqual([...file.read(START)], []);
    assert.deepEqual([...file.times()], [START + DAY, START + 2 * DAY]);
  });

  it("is refused by the folder's name where the folder takes no file, with the way out", () => {
    process.env.TMPDIR = join(folder, "none");
    assert.throws(
      () => file.append(START, Buffer.from("one")),
      (error) => {
        assert.ok(error instanceof InputError);
        const way = "make room there, or name another folder in the environment variable TMPDIR";
        assert.equal(error.message, `The temporary file in ${join(folder, "none")} cannot be used (ENOENT); ${way}.`);
        return true;
      },
    );
    mkdirSync(join(folder, "none"));
    file.append(START, Buffer.from("one"));
    assert.deepEqual([...file.read(START)].map(String), ["one"]);
  });

  // Often the same, or two that are alike but for one of their texts would never meet.
  const text = fc.oneof(fc.constantFrom("a", "b"), fc.string({ maxLength: 5 }));
  const buyer = fc.oneof(
    fc.record({ accountId: text, licenseArn: text }, PLAIN),
    fc.record({ customerIdentifier: text }, PLAIN),
    fc.record({ accountId: text }, PLAIN),
    fc.record({ accountId: text, customerIdentifier: text }, PLAIN),
  );
  const quantity = fc.nat({ max: 2_147_483_647 }).map((units) => BigInt(units) * UNIT);
  const hour = fc.integer({ min: -30, max: 30 }).map((count) => START + count * HOUR);
  const instant = fc.tuple(hour, fc.nat({ max: HOUR - 1 })).map(([begin, past]) => begin + past);

  const event = fc.record({
    eventId: text,
    eventTime: fc.nat(),
    region: text,
    principal: fc.option(text, { nil: undefined }),
    errorCode: fc.option(text, { nil: undefined }),
    errorMessage: fc.option(text, { nil: undefined }),
    objects: fc.array(text, { minLength: 1, maxLength: 1 }),
    unseen: fc.constantFrom("none", "left-out", "not-understood"),
    records: fc.array(
      fc.record({
        productCode: fc.option(text, { nil: undefined }),
        buyer,
        dimension: text,
        timestamp: instant,
        quantity,
        status: fc.constantFrom("Success", "DuplicateRecord", "CustomerNotSubscribed", "unprocessed", "none"),
      } as const),
      { maxLength: 4 },
    ),
    completes: fc.option(text, { nil: undefined }),
  } as const);
  const plain = ({ completes, records, ...rest }: EvidenceEvent): EvidenceEvent => ({
    ...rest,
    records: [...records].map((each) => ({ ...each })),
    ...(completes === undefined ? {} : { completes }),
  });

  it("is the same calls as in memory, by the days of their records, however few are kept there", async () => {
    const batches = fc.array(fc.array(event, { maxLength: 4 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(batches, fc.nat({ max: 8 }), async (given, most) => {
        const room = temporaryFile();
        const [spilled, kept] = [spillingStore(room, most), memoryStore()];
        for (const [index, events] of given.entries()) {
          const calls = events.map((each) => plain(each as EvidenceEvent));
          for (const store of [spilled, kept]) await store.add({ key: `log-${index}`, size: 1 }, calls);
        }
        assert.deepEqual(spilled.days().toSorted(), kept.days().toSorted());
        assert.deepEqual(await spilled.loose(), await kept.loose());
        for (const day of kept.days())
          assert.deepEqual((await spilled.eventsOf(day)).map(plain), await kept.eventsOf(day));
        room.close();
      }),
      { numRuns: 300 },
    );
  });

  const window = { from: START, to: START + 20 * HOUR };
  const span = { from: START - 20 * HOUR, to: window.to };
  const submitted = fc
    .record({
      region: text,
      productCode: fc.option(text, { nil: undefined }),
      buyer,
      dimension: text,
      timestamp: instant,
      quantity,
      state: fc.constantFrom(undefined, "sealed", "accepted", "refused", "expired", "disputed"),
      reason: fc.option(text, { nil: undefined }),
    } as const)
    .map(fileSubmission)
    .filter((each) => each.hour >= span.from && each.hour < span.to);

  it("is the same submissions as were read, by their hours, however few are kept in memory", () => {
    fc.assert(
      fc.property(fc.array(submitted, { maxLength: 200 }), fc.nat({ max: 2000 }), (given, mostBytes) => {
        const room = temporaryFile();
        const store = submissionStore(room, { window, span, mostBytes });
        for (const each of given) store.add(each);
        for (let each = span.from; each < span.to; each += HOUR)
          assert.deepEqual(
            all(store.ofHour(each)),
            given.filter(({ hour }) => hour === each && hour >= window.from),
          );
        room.close();
      }),
      { numRuns: 200 },
    );
  });

  it("tells in which hours each meter was used, in whichever Regions and before the window too", () => {
    const store = submissionStore(file, { window, span });
    const meter = { productCode: undefined, buyer: { customerIdentifier: "c" }, dimension: "d", quantity: UNIT };
    const add = (region: string, hours: number, changes: Partial<Submission> = {}) =>
      store.add(
        fileSubmission({
          ...meter,
          region,
          timestamp: START + hours * HOUR,
          state: undefined,
          reason: undefined,
          ...changes,
        }),
      );
    add("us-east-1", -2);
    add("us-west-2", 3);
    add("us-east-1", 4, { dimension: "other" });
    assert.deepEqual(
      store.used().map(({ dimension, hours }) => [dimension, [...hours].map((each) => (each - START) / HOUR)]),
      [
        ["d", [-2, 3]],
        ["other", [4]],
      ],
    );
    assert.deepEqual(all(store.ofHour(START - 2 * HOUR)), []);
  });
});
