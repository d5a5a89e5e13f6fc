import type { Tags } from "./events.ts";
import { limits } from "./limits.ts";
import { type Quantity, UNIT, wholeUnits } from "./quantity.ts";

/** A part of a record's quantity that AWS shows under a set of tags; no tags: the part that has none. */
export interface Allocation {
  readonly tags: Tags;
  readonly quantity: bigint;
}

/** The tag sets that could not keep their own allocation, how many and with how many whole units. */
export interface Folded {
  readonly sets: number;
  readonly units: bigint;
}

/**
 * Splits a record's whole units over the tag sets of its usage: each set keeps its whole units, largest first until they are used up;
 * everything else (fractions, what was carried in, sets that AWS has no room for) goes to the untagged set. Adds up to `units`; empty
 * where no set keeps a unit. AWS: at most 2,500 allocations, 5 distinct tag keys, no two alike, their sum the record's quantity.
 */
export function allocate(
  units: bigint,
  usage: Iterable<{ tags: Tags; quantity: Quantity }>,
): { allocations: Allocation[]; folded: Folded } {
  const sets = tagSets(usage);
  const keys = new Set(
    [...new Set(sets.flatMap(({ tags }) => Object.keys(tags)))].sort(byText).slice(0, limits.tagKeys),
  );
  // The untagged set counts too, unless the others use everything up.
  const wholes = sets.reduce((total, { whole }) => total + whole, 0n);
  const most = limits.allocations - (sets.length <= limits.allocations && wholes >= units ? 0 : 1);
  let remaining = units;
  let bytes = UNTAGGED_BYTES;
  const allocations: Allocation[] = [];
  const folded = { sets: 0, units: 0n };
  for (const { tags, whole } of sets) {
    const size = allocationBytes(tags);
    const room = allocations.length < most && bytes + size <= limits.allocationBytes;
    const fits = room && Object.keys(tags).every((key) => keys.has(key));
    const quantity = whole < remaining ? whole : remaining;
    if (fits && quantity > 0n) {
      allocations.push({ tags, quantity });
      remaining -= quantity;
      bytes += size;
    } else if (!fits) {
      folded.sets += 1;
      folded.units += whole;
    }
  }
  if (allocations.length > 0 && remaining > 0n) allocations.push({ tags: {}, quantity: remaining });
  return { allocations, folded };
}

/** Tag sets with a whole unit of usage, the largest first; ties in the order of their canonical texts. */
function tagSets(usage: Iterable<{ tags: Tags; quantity: Quantity }>) {
  const sums = new Map<string, { tags: Tags; quantity: Quantity }>();
  for (const { tags, quantity } of usage) {
    const entries = Object.entries(tags).sort(([a], [b]) => byText(a, b));
    if (entries.length === 0) continue;
    const text = JSON.stringify(entries);
    sums.set(text, { tags: Object.fromEntries(entries), quantity: (sums.get(text)?.quantity ?? 0n) + quantity });
  }
  return [...sums]
    .filter(([, { quantity }]) => quantity >= UNIT)
    .sort(([a, left], [b, right]) => {
      const [more, less] = [wholeUnits(right.quantity), wholeUnits(left.quantity)];
      return more === less ? byText(a, b) : more > less ? 1 : -1;
    })
    .map(([, { tags, quantity }]) => ({ tags, whole: wholeUnits(quantity) }));
}

// The shape a record has on the wire, with a quantity of the greatest length.
const allocationBytes = (tags: Tags): number =>
  Buffer.byteLength(
    JSON.stringify({
      AllocatedUsageQuantity: 2_147_483_647,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  ) + 1;

const UNTAGGED_BYTES = allocationBytes({});

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
