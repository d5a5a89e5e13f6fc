import assert from "node:assert/strict";
import type { UsageAllocation } from "@aws-sdk/client-marketplace-metering";
import { closeAll, metering, record, refusal } from "./support.ts";

describe("sandbox metering: usage allocations", () => {
  afterEach(closeAll);

  const split = (quantity: number, tags?: Record<string, string>): UsageAllocation => ({
    AllocatedUsageQuantity: quantity,
    ...(tags && { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
  });

  it("books what is allocated to tag sets, and to no tags, when it sums to the quantity", async () => {
    const { service, send } = await metering();
    const allocations = [split(2, { Team: "blue", Env: "prod" }), split(3)];
    assert.deepEqual((await send([record({ UsageAllocations: allocations })])).statuses, ["Success"]);
    assert.deepEqual(service.billed()[0]?.allocations, [
      { quantity: 2n, tags: { Team: "blue", Env: "prod" } },
      { quantity: 3n, tags: {} },
    ]);
  });

  it("takes 2500 allocations, tags at their longest and every character AWS lists", async () => {
    const { send } = await metering();
    const many = Array.from({ length: 2500 }, (_, n) => split(1, { N: String(n) }));
    assert.deepEqual((await send([record({ Quantity: 2500, UsageAllocations: many })])).statuses, ["Success"]);
    const odd = [split(5, { ["k".repeat(100)]: "v".repeat(256), "aZ09+ -=._:/@": "aZ09+ -=._:/@" })];
    assert.deepEqual((await send([record({ Dimension: "Hours", UsageAllocations: odd })])).statuses, ["Success"]);
  });

  it("takes exactly five tag keys across a record", async () => {
    const { send } = await metering();
    const five = [split(2, { A: "1", B: "1", C: "1" }), split(3, { C: "2", D: "1", E: "1" })];
    assert.deepEqual((await send([record({ UsageAllocations: five })])).statuses, ["Success"]);
  });

  const six = { A: "1", B: "1", C: "1", D: "1", E: "1", F: "1" };
  const refused: [string, UsageAllocation[], string, string][] = [
    [
      "a sum below the quantity",
      [split(2, { A: "1" }), split(2)],
      "InvalidUsageAllocationsException",
      "Usage allocations sum to 4: must equal the usage quantity 5",
    ],
    [
      "a sum above the quantity",
      [split(6)],
      "InvalidUsageAllocationsException",
      "Usage allocations sum to 6: must equal the usage quantity 5",
    ],
    ["no allocation", [], "InvalidUsageAllocationsException", "0 usage allocations: must be 1 to 2500"],
    [
      "2501 allocations",
      [split(5), ...Array.from({ length: 2500 }, (_, n) => split(0, { N: String(n) }))],
      "InvalidUsageAllocationsException",
      "2501 usage allocations: must be 1 to 2500",
    ],
    [
      "one tag set twice, in another order",
      [split(2, { A: "1", B: "2" }), split(3, { B: "2", A: "1" })],
      "InvalidUsageAllocationsException",
      "Each usage allocation must have a unique set of tags",
    ],
    [
      "two untagged allocations",
      [split(2), split(3)],
      "InvalidUsageAllocationsException",
      "Each usage allocation must have a unique set of tags",
    ],
    [
      "six tags in one allocation",
      [split(5, six)],
      "InvalidTagException",
      "6 tags in one usage allocation: must be 1 to 5",
    ],
    [
      "six tag keys across the record",
      [split(2, { A: "1", B: "1", C: "1" }), split(3, { D: "1", E: "1", F: "1" })],
      "InvalidTagException",
      "6 tag keys in one usage record: must be 5 at most",
    ],
    [
      "an empty list of tags",
      [{ AllocatedUsageQuantity: 5, Tags: [] }],
      "InvalidTagException",
      "0 tags in one usage allocation: must be 1 to 5",
    ],
    ["an empty tag key", [split(5, { "": "1" })], "InvalidTagException", "Tag key '' is invalid"],
    ["an empty tag value", [split(5, { A: "" })], "InvalidTagException", "Tag value '' of key 'A' is invalid"],
    [
      "a tag key of 101 characters",
      [split(5, { ["k".repeat(101)]: "1" })],
      "InvalidTagException",
      `Tag key '${"k".repeat(101)}' is invalid`,
    ],
    [
      "a tag value of 257 characters",
      [split(5, { A: "v".repeat(257) })],
      "InvalidTagException",
      `Tag value '${"v".repeat(257)}' of key 'A' is invalid`,
    ],
    [
      "a character AWS does not list",
      [split(5, { A: "grün" })],
      "InvalidTagException",
      "Tag value 'grün' of key 'A' is invalid",
    ],
    [
      "one key twice in an allocation",
      [
        {
          AllocatedUsageQuantity: 5,
          Tags: [
            { Key: "A", Value: "1" },
            { Key: "A", Value: "2" },
          ],
        },
      ],
      "InvalidTagException",
      "A tag key stands twice in one usage allocation",
    ],
  ];
  for (const [what, allocations, name, message] of refused) {
    it(`refuses ${what}`, async () => {
      const { service, send } = await metering();
      const problem = await refusal(send([record({ UsageAllocations: allocations })]));
      assert.deepEqual(problem, { name, message, status: 400 });
      assert.deepEqual(service.billed(), []);
    });
  }
});
