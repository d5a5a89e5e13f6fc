import { BatchWriteItemCommand, type DynamoDBClient, type WriteRequest } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import pMap from "p-map";
import type { Listing } from "../../sandbox/metering/listing.ts";
import { allocationsKey, dueAttributes, hourAttributes, type RecordRef, recordKey } from "../../src/ledger/keys.ts";
import { openRecord } from "../../src/ledger/records.ts";
import { commitSeal, completeSeal, fence, type Seal, writeAllocations } from "../../src/ledger/seals.ts";
import { dynamoTable, type Item, type Table } from "../../src/ledger/table.ts";
import { type Allocation, allocate } from "../../src/usage/allocations.ts";
import { buyerKey } from "../../src/usage/buyers.ts";
import { lastSend } from "../../src/usage/deadlines.ts";
import { formatInstant, HOUR, type Hour, SECOND } from "../../src/usage/instants.ts";
import { UNIT } from "../../src/usage/quantity.ts";

export const REGION = "us-east-1";
const PRODUCT = "analytics";
const DIMENSIONS = Array.from({ length: 20 }, (_, n) => `Dimension${n + 1}`);
const UNITS = 7n;
const TAGS = ["blue", "green"].map((Team) => ({ tags: { Team }, quantity: 2n * UNIT }));

/** Records that are due to be sent: buyers with 20 dimensions each, every other record with allocations. */
export const dueRefs = (count: number, hour: Hour): RecordRef[] =>
  Array.from({ length: count }, (_, n) => ({
    meter: {
      product: PRODUCT,
      buyer: buyerOf(Math.floor(n / DIMENSIONS.length)),
      dimension: DIMENSIONS[n % DIMENSIONS.length] as string,
    },
    hour,
  }));

/** What the metering service knows of the buyers of these records. */
export const listingOf = (count: number, hour: Hour): Listing => ({
  sellerAccountId: "123456789012",
  products: [{ code: PRODUCT, integration: "license", dimensions: DIMENSIONS }],
  buyers: Array.from({ length: Math.ceil(count / DIMENSIONS.length) }, (_, n) => ({
    product: PRODUCT,
    ...buyerOf(n),
    agreements: [{ from: formatInstant(hour - 1000 * HOUR) }],
  })),
});

/** The units of so many records. */
export const unitsOf = (count: number): bigint => BigInt(count) * UNITS;

/** Fills a ledger with sealed records. Two are sealed by the ledger itself; the others are their copies under other meters. */
export async function writeDueRecords(client: DynamoDBClient, tableName: string, refs: readonly RecordRef[]) {
  const table = dynamoTable(client, tableName);
  const models = [await seal(table, refs[0] as RecordRef, []), await seal(table, refs[1] as RecordRef, TAGS)];
  const items = refs.slice(2).flatMap((ref, n) => copies(models[n % 2] as Model, ref, n));
  const batches = Array.from({ length: Math.ceil(items.length / 25) }, (_, n) => items.slice(n * 25, n * 25 + 25));
  await pMap(batches, (batch) => write(client, tableName, batch), { concurrency: 4 });
}

const buyerOf = (n: number) => ({
  accountId: (100_000_000_000 + n).toString(),
  licenseArn: `arn:aws:license-manager:${REGION}:294406891311:license:l-${n}`,
});

interface Model {
  readonly token: string;
  readonly record: Item;
  readonly allocations: readonly Item[];
}

async function seal(table: Table, ref: RecordRef, tags: readonly Allocation[]): Promise<Model> {
  const token = `seal-${tags.length}`;
  const { allocations } = allocate(UNITS, tags);
  const timestamp = ref.hour + HOUR - 1000;
  const made: Seal = {
    token,
    state: "sealed",
    version: 1,
    opening: 0n,
    usage: UNITS * UNIT,
    late: 0n,
    quantity: UNITS * UNIT,
    closing: 0n,
    events: 1,
    timestamp,
    lastSend: lastSend(timestamp, undefined),
    region: REGION,
    productCode: undefined,
    manifestChunks: 0,
    allocationChunks: await writeAllocations(table, ref, token, allocations),
    folded: { sets: 0, units: 0n },
  };
  await openRecord(table, ref, ref.hour + HOUR);
  await fence(table, ref);
  await commitSeal(table, ref, made, ref.hour + HOUR);
  await completeSeal(table, { ref, seal: made });
  const { pk } = recordKey(ref);
  return {
    token,
    record: (await table.get(recordKey(ref))) as Item,
    allocations: await Array.fromAsync(table.query(pk, "allocations#")),
  };
}

/** Each second of the hour is some records' last: dynalite's indexes may lose one of two thousand items that share a sort key. */
function copies({ token, record, allocations }: Model, ref: RecordRef, n: number): Item[] {
  const key = recordKey(ref);
  const timestamp = ref.hour + (n % (HOUR / SECOND)) * SECOND;
  const last = lastSend(timestamp, undefined);
  const own = {
    ...key,
    buyer: buyerKey(ref.meter.product, ref.meter.buyer),
    ...hourAttributes(key.pk, ref.hour),
    ...dueAttributes(key, "send", last),
    seal: JSON.stringify({ ...JSON.parse(record.seal as string), timestamp, lastSend: last }),
  };
  return [
    { ...record, ...own },
    ...allocations.map((item, chunk) => ({ ...item, ...allocationsKey(ref, token, chunk) })),
  ];
}

async function write(client: DynamoDBClient, tableName: string, items: readonly Item[]): Promise<void> {
  let waiting: WriteRequest[] = items.map((item) => ({ PutRequest: { Item: marshall(item) } }));
  while (waiting.length > 0) {
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: waiting } }));
    waiting = answer.UnprocessedItems?.[tableName] ?? [];
  }
}
