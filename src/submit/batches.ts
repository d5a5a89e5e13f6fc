import type { BatchMeterUsageCommandInput, UsageRecord } from "@aws-sdk/client-marketplace-metering";
import type { HourlyRecord } from "../ledger/records.ts";
import type { Seal } from "../ledger/seals.ts";
import type { Allocation } from "../usage/allocations.ts";
import { limits } from "../usage/limits.ts";
import { wholeUnits } from "../usage/quantity.ts";

/** A sealed record with everything that goes over the wire. */
export interface Sendable {
  readonly record: HourlyRecord & { readonly seal: Seal };
  readonly usageRecord: UsageRecord;
  /** The last instant at which it may be sent. */
  readonly lastSend: number;
  /** Sent by itself, since it made AWS refuse a whole request before. */
  readonly alone: boolean;
}

/** What goes out in one request: records of one product. */
export interface Batch {
  readonly records: readonly Sendable[];
  /** How often its records were sent before in this run. */
  readonly tries: number;
}

/** How many further records a batch waits for to be filled, lest one product's many keep another's few from their deadline. */
const PATIENCE = 1_000;

/** Fills batches in the order of the records: one product each, at most 25 records, and small enough for CloudTrail to log them whole. */
export async function* batches(records: AsyncIterable<Sendable>): AsyncGenerator<Batch> {
  // The one that has waited longest stands first.
  const filling = new Map<string, { records: Sendable[]; bytes: number; since: number }>();
  let seen = 0;
  for await (const sendable of records) {
    seen += 1;
    const [waiting] = filling;
    if (waiting && seen - waiting[1].since > PATIENCE) {
      filling.delete(waiting[0]);
      yield { records: waiting[1].records, tries: 0 };
    }
    if (sendable.alone) {
      // Those that go alone come last: what was to be filled with others is as full as it gets.
      yield* unfilled(filling);
      yield { records: [sendable], tries: 0 };
      continue;
    }
    const key = JSON.stringify([sendable.record.ref.meter.product, sendable.record.seal.productCode]);
    const bytes = Buffer.byteLength(JSON.stringify(sendable.usageRecord)) + 1;
    const batch = filling.get(key);
    if (batch && batch.records.length < limits.records && batch.bytes + bytes <= limits.evidenceBytes) {
      batch.records.push(sendable);
      batch.bytes += bytes;
    } else {
      filling.delete(key);
      filling.set(key, { records: [sendable], bytes, since: seen });
      if (batch) yield { records: batch.records, tries: 0 };
    }
  }
  yield* unfilled(filling);
}

function* unfilled(filling: Map<string, { records: Sendable[] }>): Generator<Batch> {
  for (const [key, { records }] of filling) {
    filling.delete(key);
    yield { records, tries: 0 };
  }
}

/** The two halves of a batch: sent apart, they show which of its records AWS refuses. */
export function halves({ records, tries }: Batch): Batch[] {
  const middle = Math.ceil(records.length / 2);
  return [records.slice(0, middle), records.slice(middle)].map((half) => ({ records: half, tries }));
}

/** The request for records of one product, the same whenever it is made. `ProductCode` only where buyers are customer identifiers. */
export function toRequest(records: readonly Sendable[]): BatchMeterUsageCommandInput {
  const productCode = records[0]?.record.seal.productCode;
  const UsageRecords = records.map(({ usageRecord }) => usageRecord);
  return productCode === undefined ? { UsageRecords } : { ProductCode: productCode, UsageRecords };
}

/** A record as AWS takes it. */
export function toUsageRecord(
  { ref, seal }: HourlyRecord & { seal: Seal },
  allocations: readonly Allocation[],
): UsageRecord {
  const { buyer, dimension } = ref.meter;
  return {
    Timestamp: new Date(seal.timestamp),
    Dimension: dimension,
    Quantity: Number(wholeUnits(seal.quantity)),
    ...("licenseArn" in buyer
      ? { CustomerAWSAccountId: buyer.accountId, LicenseArn: buyer.licenseArn }
      : { CustomerIdentifier: buyer.customerIdentifier }),
    ...(allocations.length === 0 ? {} : { UsageAllocations: allocations.map(toUsageAllocation) }),
  };
}

const toUsageAllocation = ({ tags, quantity }: Allocation) => {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return { AllocatedUsageQuantity: Number(quantity), ...(Tags.length === 0 ? {} : { Tags }) };
};
