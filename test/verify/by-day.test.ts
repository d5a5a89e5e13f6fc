import assert from "node:assert/strict";
import fc from "fast-check";
import { spillingStore } from "../../src/cli/evidence-store.ts";
import { submissionStore } from "../../src/cli/submissions/store.ts";
import { type TemporaryFile, temporaryFile } from "../../src/cli/temporary-file.ts";
import type { EvidenceEvent } from "../../src/evidence/event.ts";
import { callsByDay, wholeEvidence } from "../../src/evidence/evidence.ts";
import type { Standing } from "../../src/evidence/integrity.ts";
import { type Calls, partCalls } from "../../src/evidence/proof.ts";
import type { NamedBuyer } from "../../src/evidence/record.ts";
import { daysOf, type EvidenceStore, memoryStore } from "../../src/evidence/store.ts";
import { DAY, HOUR } from "../../src/usage/instants.ts";
import { countCalls, goByDay } from "../../src/verify/by-day.ts";
import { fileMeters } from "../../src/verify/file-meters.ts";
import { evidencedOf, reportHours, submittedOf } from "../../src/verify/hours.ts";
import { linkBook } from "../../src/verify/links.ts";
import { fileSubmission } from "../../src/verify/packed-submissions.ts";
import { type Reconciled, reconcile, startReconciling } from "../../src/verify/reconcile.ts";
import { submissionsByHour } from "../../src/verify/slices.ts";
import type { Submission } from "../../src/verify/submissions.ts";
import { at, call, hours, LICENSED, PRODUCTS, SUBMITTER, submission, units } from "./cases.ts";

const WINDOW = { from: at("23T05:00"), to: at("25T20:00") };
const CUSTOMER = { customerIdentifier: "c-1" };
const PROOF = {
  digests: { valid: 1, invalid: 0, missing: 0 },
  faults: [{ objects: ["digest-1"], reason: "it has no signature" }],
  blind: [{ region: "us-west-2", until: at("23T20:00"), objects: ["log-9"] }],
  covered: [{ region: "us-east-1", from: at("23T00:00"), to: at("25T12:00") }],
};
const FRAME = {
  window: WINDOW,
  now: at("26T03:00"),
  products: PRODUCTS,
  submitter: SUBMITTER,
  regions: ["us-east-1", "us-west-2"],
  used: [
    { product: "archive", buyer: CUSTOMER, dimension: "Gb", hours: new Set(hours(at("16T00:00"), at("24T03:00"))) },
  ],
};
const FILES: ReadonlyMap<string, Standing> = new Map([
  ["log-0", "verified"],
  ["log-1", "verified"],
  ["log-2", "verified"],
  ["log-3", "young"],
  ["log-4", "failed"],
]);

const one = <const T>(...values: T[]) => fc.constantFrom(...values);
// Around both ends of the window and two midnights, so that many calls have records of two days.
const anyHour = one("23T04", "23T05", "23T23", "24T00", "24T23", "25T00", "25T01", "25T19", "25T20").map((hour) =>
  at(`${hour}:00`),
);
const key = {
  buyer: one<NamedBuyer>(LICENSED, { ...LICENSED, accountId: "444455556666" }, CUSTOMER, {
    ...CUSTOMER,
    accountId: LICENSED.accountId,
  }),
  productCode: one(undefined, "4w1v"),
  dimension: one("ApiCalls", "Gb"),
  quantity: one(0n, units(5), units(6)),
};
const region = one("us-east-1", "us-west-2");
const submissions = fc.array(
  fc
    .record({
      ...key,
      region,
      hour: anyHour.filter((hour) => hour >= WINDOW.from && hour < WINDOW.to),
      state: one(undefined, "sealed", "accepted", "refused", "expired", "disputed"),
      lastAttemptAt: one(undefined, at("23T11:20"), at("26T02:30")),
    } as const)
    .map((changes): Submission => {
      const product = changes.buyer === LICENSED ? "analytics" : "archive";
      return submission({ ...changes, product, timestamp: changes.hour, deadline: changes.hour + DAY });
    }),
  { maxLength: 10 },
);
const events = fc
  .array(
    fc.record({
      records: fc.array(
        fc.record({
          ...key,
          timestamp: anyHour,
          status: one("Success", "Success", "DuplicateRecord", "CustomerNotSubscribed", "unprocessed", "none"),
        } as const),
        { maxLength: 4 },
      ),
      region,
      principal: one(SUBMITTER, "arn:aws:iam::1:user/u", undefined),
      errorCode: one(undefined, undefined, undefined, "ThrottlingException"),
      errorMessage: one(undefined, "Rate exceeded"),
      unseen: one("none", "none", "none", "left-out"),
      eventTime: one(at("23T11:20"), at("24T00:21"), at("25T02:00")),
      completes: fc.option(fc.nat({ max: 7 }), { nil: undefined, freq: 4 }),
      files: fc.uniqueArray(one(...FILES.keys(), "log-9"), { minLength: 1, maxLength: 3 }),
    } as const),
    { maxLength: 8 },
  )
  .map((all) =>
    all.flatMap(({ files, completes, ...changes }, index) => {
      const records =
        changes.errorCode === undefined
          ? changes.records
          : changes.records.map((each) => ({ ...each, status: "none" as const }));
      const event = call(records, {
        ...changes,
        eventId: `e-${index}`,
        ...(completes === undefined || completes === index ? {} : { completes: `e-${completes}` }),
      });
      return files.map((file): EvidenceEvent => ({ ...event, objects: [file] }));
    }),
  );
const scenario = fc.record({ submissions, events, seed: fc.nat() });

/** In another order, of which `seed` says which. */
const shuffled = <T>(values: readonly T[], seed: number): T[] =>
  values
    .map((value, index) => [((index + 1) * (seed + 7)) % 101, value] as const)
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value);

async function filled(store: EvidenceStore, events: readonly EvidenceEvent[], seed: number): Promise<EvidenceStore> {
  const files = Map.groupBy(events, ({ objects }) => objects[0] as string);
  for (const [key, calls] of shuffled([...files], seed)) await store.add({ key, size: 1 }, calls);
  return store;
}

const standingOf = (key: string) => FILES.get(key);

function atOnce(submissions: readonly Submission[], { events, young, failed }: Calls): Reconciled {
  return reconcile({ ...FRAME, submissions, evidence: { events, unreadable: [], proof: { ...PROOF, young, failed } } });
}

describe("reconciling day by day", () => {
  let file: TemporaryFile;
  beforeEach(() => {
    file = temporaryFile();
  });
  afterEach(() => file.close());

  it("says byte for byte what reconciling all days at once says, wherever calls are kept and in whatever order they come", async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ submissions, events, seed }) => {
        const all = partCalls(events, standingOf);
        const expected = JSON.stringify([atOnce(submissions, all), countCalls(all.events)]);
        const spilling = temporaryFile();
        for (const empty of [memoryStore(), spillingStore(spilling, 2)]) {
          const calls = await callsByDay(await filled(empty, events, seed), standingOf);
          const evidence = { ...calls, unreadable: [], proof: PROOF };
          const reconciler = startReconciling({ ...FRAME, evidence, links: linkBook(submissions) });
          const given = submissionsByHour(shuffled(submissions, seed));
          const counts = await goByDay(
            FRAME,
            calls,
            async () => given,
            (slice) => reconciler.add(slice),
          );
          assert.equal(JSON.stringify([reconciler.end(), counts]), expected);
        }
        spilling.close();
      }),
      { numRuns: 500 },
    );
  }).timeout(60_000);

  it("says of rows of a file, kept as numbers and in part in a temporary file, what it says of submissions", async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ submissions, events, seed }) => {
        const [calls, rows] = [temporaryFile(), temporaryFile()];
        const given = submissions.map(fileSubmission);
        const store = submissionStore(rows, { window: WINDOW, span: WINDOW, mostBytes: 64 });
        for (const each of given) store.add(each);
        const evidence = await callsByDay(await filled(spillingStore(calls, 2), events, seed), standingOf);
        const frame = { ...FRAME, evidence: { ...evidence, unreadable: [], proof: PROOF }, links: linkBook(given) };
        const said = await Promise.all(
          [submissionsByHour(given), store.ofHour].map(async (ofHour) => {
            const reconciler = startReconciling(frame);
            const meters = fileMeters();
            const sums: unknown[] = [];
            await goByDay(
              FRAME,
              evidence,
              async () => ofHour,
              (slice) => {
                reconciler.add(slice);
                meters.add(slice);
                const reported = reportHours(
                  WINDOW,
                  { submitted: submittedOf(slice) },
                  evidencedOf(slice, () => null),
                );
                sums.push(reported);
              },
            );
            return [reconciler.end(), meters.meters(), sums];
          }),
        );
        assert.deepEqual(said[1], said[0]);
        calls.close();
        rows.close();
      }),
      { numRuns: 500 },
    );
  }).timeout(60_000);

  it("gathers the same calls as parting them all at once", async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ events, seed }) => {
        const calls = await callsByDay(await filled(memoryStore(), events, seed), standingOf);
        const files = { objects: 1, bytes: 1, skipped: [], regions: [], latestDelivery: undefined, unreadable: [] };
        const { events: found, proof } = await wholeEvidence({ ...calls, ...files, proof: PROOF });
        const { events: expected, young, failed } = partCalls(events, standingOf);
        assert.deepEqual(found, expected);
        assert.deepEqual(proof, { ...PROOF, young, failed });
        for (const day of calls.days)
          for (const call of Object.values(await calls.callsOf(day)).flat()) assert.ok(daysOf(call).includes(day));
      }),
      { numRuns: 500 },
    );
  });

  it("has no more than the calls of one day in hand", async () => {
    const store = await filled(
      memoryStore(),
      hours(WINDOW.from, WINDOW.to).map((hour, index) =>
        call([{ ...LICENSED_RECORD, timestamp: hour }], { eventId: `e-${index}`, objects: ["log-0"] }),
      ),
      1,
    );
    const calls = await callsByDay(store, standingOf);
    const taken: [number, number][] = [];
    const submissionsOf = async (day: number, { events }: Calls) => {
      taken.push([day, events.length]);
      return () => [];
    };
    const seen: number[] = [];
    const counts = await goByDay(FRAME, calls, submissionsOf, ({ hour, keys }) => seen.push(hour + keys.length));
    assert.deepEqual(taken, [
      [at("23T00:00"), 19],
      [at("24T00:00"), 24],
      [at("25T00:00"), 20],
    ]);
    assert.deepEqual(
      seen,
      hours(WINDOW.from, WINDOW.to).map((hour) => hour + 1),
    );
    assert.deepEqual(counts, { calls: 63, records: 63 });
  });

  it("lets other work in between, such as Ctrl-C", async () => {
    const calls = await callsByDay(memoryStore(), standingOf);
    const order: string[] = [];
    setImmediate(() => order.push("other"));
    await goByDay(
      { window: { from: WINDOW.from, to: WINDOW.from + 3 * HOUR }, submitter: undefined },
      calls,
      async () => () => [],
      () => order.push("hour"),
    );
    assert.deepEqual(order, ["hour", "other", "hour", "hour"]);
  });
});

const LICENSED_RECORD = {
  productCode: undefined,
  buyer: LICENSED,
  dimension: "ApiCalls",
  quantity: units(5),
  status: "Success",
} as const;
