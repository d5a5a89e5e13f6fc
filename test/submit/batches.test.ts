import assert from "node:assert/strict";
import fc from "fast-check";
import { type Batch, batches, halves, type Sendable, toRequest } from "../../src/submit/batches.ts";
import { limits } from "../../src/usage/limits.ts";
import { sendable } from "../support/sendable.ts";
import { hour } from "../support/usage.ts";

async function* inOrder(records: readonly Sendable[]) {
  yield* records;
}
const fill = (records: readonly Sendable[]) => Array.fromAsync(batches(inOrder(records)));
const numbers = (found: readonly Batch[]) =>
  found.map(({ records }) => records.map(({ usageRecord }) => usageRecord.Quantity));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
const wide = (n: number, entries: number) =>
  sendable(n, {
    allocations: range(0, entries).map((entry) => ({ tags: { k: `${entry}`.padEnd(250, "x") }, quantity: 1n })),
  });

describe("batches", () => {
  it("hold at most 25 records, in the order in which they came", async () => {
    const found = await fill(range(1, 61).map((n) => sendable(n)));
    assert.deepEqual(numbers(found), [range(1, 26), range(26, 51), range(51, 61)]);
    assert.ok(found.every(({ tries }) => tries === 0));
    assert.deepEqual(await fill([]), []);
  });

  it("hold one product each, and one product code each", async () => {
    const moved = sendable(7, { product: "archive" });
    const other = { ...moved, record: { ...moved.record, seal: { ...moved.record.seal, productCode: "newer-code" } } };
    const mixed = [
      sendable(1),
      sendable(2, { product: "archive" }),
      sendable(3),
      other,
      sendable(4, { product: "archive" }),
    ];
    assert.deepEqual(numbers(await fill(mixed)), [[1, 3], [2, 4], [7]]);
  });

  it("stay small enough for CloudTrail to log them, unless one record alone is larger", async () => {
    const found = await fill([wide(1, 250), wide(2, 10), wide(3, 1_000), wide(4, 100), wide(5, 100), wide(6, 200)]);
    assert.deepEqual(numbers(found), [[1, 2], [3], [4, 5], [6]]);
    for (const { records } of found) {
      const bytes = Buffer.byteLength(JSON.stringify(toRequest(records)));
      assert.ok(bytes < 100_000 || records.length === 1, `${bytes}`);
      assert.ok(bytes < limits.requestBytes);
    }
  });

  it("do not keep one product's few records waiting behind another's many", async () => {
    const few = sendable(9_999, { product: "archive" });
    const found = await fill([few, ...range(1, 3_001).map((n) => sendable(n))]);
    const place = numbers(found).findIndex(([first]) => first === 9_999);
    assert.equal(place, 39);
    assert.equal(found.length, 121);
  });

  it("send by itself what must go alone, after the others that came before it", async () => {
    const archive = sendable(4, { product: "archive" });
    const found = await fill([sendable(1), archive, sendable(2), ...[5, 6].map((n) => sendable(n, { alone: true }))]);
    assert.deepEqual(numbers(found), [[1, 2], [4], [5], [6]]);
  });

  it("hold every record exactly once, whatever comes", () => {
    const record = fc
      .tuple(fc.integer({ min: 1, max: 1_000 }), fc.constantFrom("analytics", "archive"), fc.boolean())
      .map(([n, product, alone]) => sendable(n, { product, alone }));
    return fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 80 }), async (records) => {
        const found = await fill(records);
        const sent = found.flatMap((batch) => batch.records);
        assert.deepEqual(new Set(sent), new Set(records));
        assert.equal(sent.length, records.length);
        for (const batch of found) {
          assert.ok(batch.records.length >= 1 && batch.records.length <= 25);
          assert.equal(new Set(batch.records.map((each) => each.record.ref.meter.product)).size, 1);
          assert.ok(batch.records.length === 1 || batch.records.every((each) => !each.alone));
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("the halves of a batch", () => {
  it("are all of it, in order, so that a record that AWS refuses is found in five steps", () => {
    let batch: Batch = { records: range(1, 26).map((n) => sendable(n)), tries: 1 };
    const sizes: number[] = [];
    while (batch.records.length > 1) {
      const [first, second] = halves(batch) as [Batch, Batch];
      assert.deepEqual([...first.records, ...second.records], batch.records);
      assert.deepEqual([first.tries, second.tries], [1, 1]);
      sizes.push(first.records.length);
      batch = first;
    }
    assert.deepEqual(sizes, [13, 7, 4, 2, 1]);
  });
});

describe("the request", () => {
  it("names licensed buyers by account and licence, and no product code", () => {
    assert.deepEqual(toRequest([sendable(2)]), {
      UsageRecords: [
        {
          Timestamp: new Date(hour(10) + 300_000),
          Dimension: "ApiCalls",
          Quantity: 2,
          CustomerAWSAccountId: "111122223334",
          LicenseArn: "arn:aws:license-manager:us-east-1:294406891311:license:l-2",
        },
      ],
    });
  });

  it("names customers by identifier under their product code, and splits the quantity by tags", () => {
    const allocations = [
      { tags: { Team: "blue", Env: "prod" }, quantity: 2n },
      { tags: {}, quantity: 1n },
    ];
    assert.deepEqual(toRequest([sendable(3, { product: "archive", allocations })]), {
      ProductCode: "archive-code",
      UsageRecords: [
        {
          Timestamp: new Date(hour(10) + 300_000),
          Dimension: "Gb",
          Quantity: 3,
          CustomerIdentifier: "cust-3",
          UsageAllocations: [
            {
              AllocatedUsageQuantity: 2,
              Tags: [
                { Key: "Team", Value: "blue" },
                { Key: "Env", Value: "prod" },
              ],
            },
            { AllocatedUsageQuantity: 1 },
          ],
        },
      ],
    });
  });
});
