// What AWS would bill: the first record of each key and hour.
import { tagSet } from "./allocations.ts";
import { type BuyerName, findBuyer, type Listing } from "./listing.ts";
import type { UsageRecord } from "./request.ts";
import type { Admitted } from "./rules.ts";

/** One line of the bill. */
export interface BilledRecord {
  region: string;
  /** Product code, in the licence style too, where requests do not carry it. */
  productCode: string;
  /** As the record named it, which also tells the integration style. */
  buyer: BuyerName;
  dimension: string;
  /** The instant the hour begins, ISO 8601, UTC. */
  hour: string;
  /** Epoch seconds, as it was sent. */
  timestamp: number;
  /** Whole units. */
  quantity: bigint;
  allocations: { quantity: bigint; tags: Record<string, string> }[];
  /** When it was taken, ms of the service's clock. */
  firstAt: number;
  meteringRecordId: string;
}

export interface Entry {
  standing: BilledRecord;
  is: "first" | "identical" | "other";
}

export interface Books {
  /** Books the record unless its key and hour are booked already; answers what stands, and what the record is to it. */
  enter(admitted: Admitted, region: string, now: number, newId: () => string): Entry;
  /** Everything billed, in the order it was taken. */
  billed(): BilledRecord[];
}

/** Books are kept per Region: the same record sent to two Regions is billed in both. */
export function createBooks(): Books {
  const lines = new Map<string, { billed: BilledRecord; sent: UsageRecord }>();
  return {
    enter({ record, product, name }, region, now, newId) {
      const hour = `${new Date(record.Timestamp * 1000).toISOString().slice(0, 13)}:00:00.000Z`;
      // The two styles never share a key: a licence stands without a product code.
      const owner =
        "licenseArn" in name ? [name.licenseArn, name.accountId] : ["", product.code, name.customerIdentifier];
      const key = JSON.stringify([region, ...owner, record.Dimension, hour]);
      const standing = lines.get(key);
      if (standing !== undefined) {
        return { standing: standing.billed, is: isIdentical(standing.sent, record) ? "identical" : "other" };
      }
      const billed: BilledRecord = {
        region,
        productCode: product.code,
        buyer: name,
        dimension: record.Dimension,
        hour,
        timestamp: record.Timestamp,
        quantity: BigInt(record.Quantity ?? 0),
        allocations: (record.UsageAllocations ?? []).map((allocation) => ({
          quantity: BigInt(allocation.AllocatedUsageQuantity),
          tags: Object.fromEntries((allocation.Tags ?? []).map((tag) => [tag.Key, tag.Value])),
        })),
        firstAt: now,
        meteringRecordId: newId(),
      };
      lines.set(key, { billed, sent: record });
      return { standing: billed, is: "first" };
    },
    billed: () => [...lines.values()].map(({ billed }) => billed),
  };
}

/**
 * Groups of two and more lines that bill one buyer's dimension and hour more than once: in two Regions, or in both
 * integration styles. The listing tells which names are the same buyer.
 */
export function billedTwice(billed: readonly BilledRecord[], listing: Listing): BilledRecord[][] {
  const groups = Map.groupBy(billed, ({ buyer, productCode, dimension, hour }) => {
    const holder = findBuyer(listing, buyer, productCode);
    const who = holder === undefined ? JSON.stringify(buyer) : listing.buyers.indexOf(holder);
    return JSON.stringify([who, productCode, dimension, hour]);
  });
  return [...groups.values()].filter((group) => group.length > 1);
}

/** The same quantity, split the same way. The timestamp may be another of the hour: it is not part of the bill. */
function isIdentical(one: UsageRecord, other: UsageRecord): boolean {
  return (one.Quantity ?? 0) === (other.Quantity ?? 0) && split(one) === split(other);
}

function split({ UsageAllocations: allocations }: UsageRecord): string {
  return (allocations ?? [])
    .map((allocation) => `${tagSet(allocation)}=${allocation.AllocatedUsageQuantity}`)
    .sort()
    .join();
}
