import assert from "node:assert/strict";
import fc from "fast-check";
import type { EvidenceRecord } from "../../src/evidence/record.ts";
import { HOUR } from "../../src/usage/instants.ts";
import { reconcile } from "../../src/verify/reconcile.ts";
import { at, call, check, input, LICENSED, record, SUBMITTER, submission, units } from "./cases.ts";

const CUSTOMER = { customerIdentifier: "c-1" };
const stranger = { ...LICENSED, accountId: "444455556666" };

describe("reconciling", () => {
  const untold = (each: EvidenceRecord): EvidenceRecord => ({ ...each, status: "none" });
  const buyers = [LICENSED, stranger, CUSTOMER, { ...CUSTOMER, accountId: LICENSED.accountId }];
  const one = <T>(...values: T[]) => fc.constantFrom(...values);
  const anyHour = fc.integer({ min: -1, max: 3 }).map((hour) => at("23T10:00") + hour * HOUR);
  const key = {
    buyer: one(...buyers),
    productCode: one(undefined, "4w1v"),
    dimension: one("ApiCalls", "Gb"),
    quantity: one(0n, units(5), units(6)),
  };
  const submissions = fc.array(
    fc.record({
      ...key,
      hour: anyHour,
      region: one("us-east-1", "us-west-2"),
      product: one("analytics", "archive", null),
      state: one(undefined, "open", "sealing", "sealed", "accepted", "refused", "expired", "disputed"),
      unsendable: one(undefined, undefined, true),
      lastAttemptAt: one(undefined, at("23T11:20"), at("23T19:30")),
      reason: one(undefined, "why"),
    } as const),
    { maxLength: 8 },
  );
  const events = fc.array(
    fc.record({
      records: fc.array(
        fc.record({
          ...key,
          timestamp: anyHour,
          status: one("Success", "DuplicateRecord", "CustomerNotSubscribed", "unprocessed", "none"),
        } as const),
        { maxLength: 4 },
      ),
      region: one("us-east-1", "us-west-2"),
      principal: one(SUBMITTER, "arn:aws:iam::1:user/u", undefined),
      errorCode: one(undefined, undefined, undefined, "ThrottlingException"),
      unseen: one("none", "none", "none", "left-out"),
      eventTime: one(at("23T11:20"), at("23T11:21")),
    } as const),
    { maxLength: 6 },
  );
  const scenario = fc.record({ submissions, events, orders: fc.array(fc.nat(), { minLength: 14, maxLength: 14 }) });
  const shuffled = <T>(values: readonly T[], orders: readonly number[]): T[] =>
    values
      .map((value, index) => [orders[index] ?? 0, value] as const)
      .sort(([a], [b]) => a - b)
      .map(([, value]) => value);

  const build = ({ submissions, events }: { submissions: object[]; events: object[] }) => ({
    submissions: submissions.map((changes) => {
      const each = submission(changes);
      return { ...each, timestamp: each.hour };
    }),
    events: events
      .map((changes, index) => call([], { ...changes, eventId: `e-${index}`, objects: [`log-${index % 3}`] }))
      .map((event) => (event.errorCode === undefined ? event : { ...event, records: [...event.records].map(untold) })),
  });

  it("gives the same answer for the same input in any order", () => {
    fc.assert(
      fc.property(scenario, ({ orders, ...given }) => {
        const built = build(given);
        const expected = JSON.stringify(reconcile(input(built)));
        const other = {
          submissions: shuffled(built.submissions, orders),
          events: shuffled(built.events, orders.toReversed()).map((event) => ({
            ...event,
            records: shuffled([...event.records], orders),
          })),
        };
        assert.equal(JSON.stringify(reconcile(input(other))), expected);
      }),
      { numRuns: 1000 },
    );
  });

  it("never counts more matches than AWS took records of exactly that key, Region and quantity", () => {
    fc.assert(
      fc.property(scenario, (given) => {
        const built = build(given);
        const took = new Set(
          built.events
            .filter(({ errorCode }) => errorCode === undefined)
            .flatMap(({ region, records }) =>
              [...records]
                .filter(({ status }) => status === "Success")
                .map(({ timestamp, quantity, dimension }) =>
                  JSON.stringify([region, timestamp, String(quantity), dimension]),
                ),
            ),
        );
        const provable = built.submissions.filter(
          ({ region, hour, quantity, dimension, state, unsendable }) =>
            !unsendable &&
            (state === undefined || state === "accepted" || state === "sealed") &&
            took.has(JSON.stringify([region, hour, String(quantity), dimension])),
        );
        assert.ok((reconcile(input(built)).counts.matched ?? 0) <= provable.length);
      }),
      { numRuns: 1000 },
    );
  });

  it("gives every submission exactly one verdict or says nothing of what is still in line", () => {
    const states = ["accepted", "refused", "expired", "disputed"] as const;
    for (const state of states)
      for (const events of [[], [call([record()])], [call([record({ quantity: 0n })])]]) {
        const { findings, counts } = check({ submissions: [submission({ state })], events });
        assert.equal((counts.matched ?? 0) + findings.length, 1);
      }
  });

  it("stands a hundred thousand findings", () => {
    const many = Array.from({ length: 100_000 }, (_, index) =>
      submission({ buyer: { customerIdentifier: `c-${index}` } }),
    );
    assert.deepEqual(check({ submissions: many }).counts, { matched: 0, missing: 100_000 });
  });
});
