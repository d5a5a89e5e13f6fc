import assert from "node:assert/strict";
import fc from "fast-check";
import { type Allocation, allocate } from "../../src/usage/allocations.ts";
import type { Tags } from "../../src/usage/events.ts";
import { limits } from "../../src/usage/limits.ts";
import { sum, UNIT } from "../../src/usage/quantity.ts";
import { units } from "../support/usage.ts";

const use = (quantity: string, tags: Tags = {}) => ({ quantity: units(quantity), tags });
const shown = (allocations: readonly Allocation[]) =>
  allocations.map(({ tags, quantity }) => [...Object.entries(tags).flat(), quantity.toString()].join(" "));
const untagged = (allocations: readonly Allocation[]) =>
  allocations.filter(({ tags }) => Object.keys(tags).length === 0);

describe("usage allocations", () => {
  it("keep the whole units of each tag set, largest first; fractions and what was carried in go untagged", () => {
    const usage = [
      use("1.5", { Team: "blue" }),
      use("2", { Team: "blue" }),
      use("7.25", { Team: "red" }),
      use("0.75", { Team: "grey" }),
      use("4"),
    ];
    // 15.5 used and 1.5 carried in make 17 units.
    const { allocations, folded } = allocate(17n, usage);
    assert.deepEqual(shown(allocations), ["Team red 7", "Team blue 3", "7"]);
    assert.deepEqual(folded, { sets: 0, units: 0n });
  });

  it("have no untagged entry where nothing is left for it, and no entry at all where no tag set keeps a unit", () => {
    assert.deepEqual(shown(allocate(3n, [use("3", { Team: "blue" })]).allocations), ["Team blue 3"]);
    assert.deepEqual(allocate(3n, [use("3"), use("0.9", { Team: "blue" })]).allocations, []);
    assert.deepEqual(allocate(0n, [use("0", { Team: "blue" })]).allocations, []);
    assert.deepEqual(allocate(0n, []).allocations, []);
  });

  it("end where the quantity is used up, and leave out the sets for which nothing is left", () => {
    const usage = [use("5", { t: "a" }), use("4", { t: "b" }), use("3", { t: "c" })];
    assert.deepEqual(shown(allocate(7n, usage).allocations), ["t a 5", "t b 2"]);
  });

  it("of equal size stand in canonical order, however the tags were written", () => {
    const usage = [
      use("2", { b: "1", a: "2" }),
      use("2", { a: "1" }),
      use("1", { a: "2", b: "1" }),
      use("3", { a: "0" }),
    ];
    assert.deepEqual(shown(allocate(8n, usage).allocations), ["a 0 3", "a 2 b 1 3", "a 1 2"]);
  });

  it("fold sets with a sixth tag key, by name, into the untagged one and count what was folded", () => {
    const keys = ["f", "e", "d", "c", "b", "a"];
    const usage = keys.map((key, index) => use((index + 1).toString(), { [key]: "x" }));
    const { allocations, folded } = allocate(21n, usage);
    assert.deepEqual(shown(allocations), ["a x 6", "b x 5", "c x 4", "d x 3", "e x 2", "1"]);
    assert.deepEqual(folded, { sets: 1, units: 1n });
  });

  it("do not let a set without a whole unit take one of the five keys", () => {
    const usage = ["a", "b", "c", "d", "e"].map((key) => use("1", { [key]: "x" }));
    const { allocations, folded } = allocate(5n, [use("0.5", { A: "x" }), ...usage]);
    assert.equal(allocations.length, 5);
    assert.deepEqual(folded, { sets: 0, units: 0n });
  });

  it("hold 2,500 entries, the untagged one among them", () => {
    const sets = (count: number) => Array.from({ length: count }, (_, n) => use("1", { n: `${n}` }));
    const full = allocate(2_500n, sets(2_500));
    assert.deepEqual([full.allocations.length, untagged(full.allocations).length, full.folded.sets], [2_500, 0, 0]);
    const carried = allocate(2_501n, sets(2_500));
    assert.equal(carried.allocations.length, 2_500);
    assert.deepEqual(untagged(carried.allocations), [{ tags: {}, quantity: 2n }]);
    assert.deepEqual(carried.folded, { sets: 1, units: 1n });
    const more = allocate(2_501n, sets(2_501));
    assert.equal(more.allocations.length, 2_500);
    assert.deepEqual(untagged(more.allocations), [{ tags: {}, quantity: 2n }]);
    assert.deepEqual(more.folded, { sets: 2, units: 2n });
  });

  it("stay under 256 KB, and fold what would pass it", () => {
    const long = Array.from({ length: 1_000 }, (_, n) => use("1", { k: `${n}`.padEnd(256, "x") }));
    const { allocations, folded } = allocate(1_000n, long);
    const bytes = Buffer.byteLength(JSON.stringify(allocations.map(onTheWire)));
    assert.ok(bytes <= limits.allocationBytes && bytes > limits.allocationBytes * 0.95, `${bytes}`);
    assert.equal(allocations.length - 1 + folded.sets, 1_000);
    assert.deepEqual(untagged(allocations), [{ tags: {}, quantity: BigInt(folded.sets) }]);
  });

  it("keep tags named like what every object inherits", () => {
    const tags = JSON.parse('{"__proto__":"x","constructor":"y"}') as Tags;
    const { allocations } = allocate(2n, [use("2", tags)]);
    assert.deepEqual(shown(allocations), ["__proto__ x constructor y 2"]);
  });

  const tags = fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e", "f", "g"), fc.constantFrom("1", "2"), {
    maxKeys: 3,
  });
  const usage = fc.array(
    fc.record({ tags, quantity: fc.bigInt({ min: 0n, max: 20n * UNIT }).map((quantity) => quantity / 3n) }),
    { maxLength: 40 },
  );

  it("add up to the units, hold no set twice, at most five keys and no more of a set than it used", () => {
    fc.assert(
      fc.property(usage, fc.bigInt({ min: 0n, max: 300n }), (used, quantity) => {
        const { allocations, folded } = allocate(quantity, used);
        if (allocations.length === 0) return;
        assert.equal(
          allocations.reduce((total, allocation) => total + allocation.quantity, 0n),
          quantity,
        );
        assert.ok(allocations.every((allocation) => allocation.quantity > 0n));
        assert.equal(new Set(allocations.map((allocation) => canonical(allocation.tags))).size, allocations.length);
        assert.ok(new Set(allocations.flatMap((allocation) => Object.keys(allocation.tags))).size <= limits.tagKeys);
        for (const allocation of allocations.filter((each) => Object.keys(each.tags).length > 0)) {
          const same = used.filter((each) => canonical(each.tags) === canonical(allocation.tags));
          assert.ok(allocation.quantity <= sum(same.map((each) => each.quantity)) / UNIT);
        }
        assert.ok(folded.units >= BigInt(folded.sets));
      }),
    );
  });

  it("are the same in whatever order the usage came", () => {
    fc.assert(
      fc.property(usage, fc.bigInt({ min: 0n, max: 300n }), fc.nat(), (used, quantity, turn) => {
        const at = used.length === 0 ? 0 : turn % used.length;
        const other = [...used.slice(at).reverse(), ...used.slice(0, at)];
        assert.deepEqual(allocate(quantity, other), allocate(quantity, used));
      }),
    );
  });
});

const canonical = (tags: Tags): string => JSON.stringify(Object.entries(tags).sort());
const onTheWire = ({ tags, quantity }: Allocation) => ({
  AllocatedUsageQuantity: Number(quantity),
  ...(Object.keys(tags).length > 0 && { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
});
