// A metering service with two products, one per integration style, and real SDK clients for it.
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
  type UsageRecord,
} from "@aws-sdk/client-marketplace-metering";
import type { MeteringCall } from "../../../sandbox/metering/call.ts";
import type { Authorization } from "../../../sandbox/metering/caller.ts";
import type { Random } from "../../../sandbox/metering/identifiers.ts";
import type { Buyer, Listing } from "../../../sandbox/metering/listing.ts";
import { type Metering, type MeteringOptions, startMetering } from "../../../sandbox/metering/server.ts";

export const sellerRole = "arn:aws:iam::999988887777:role/metering/Submitter";
export const licence = (n: number) => `arn:aws:license-manager:us-east-1:294406891311:license:l-${n}`;

/** The same numbers for the same seed (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A clock that stands still until it is set, or slept on. */
export function stoppedClock(iso: string) {
  let at = Date.parse(iso);
  return {
    now: () => at,
    sleep: async (milliseconds: number) => {
      at += milliseconds;
    },
    set: (instant: string) => {
      at = Date.parse(instant);
    },
  };
}

/** Products `saas` (by licence), `legacy` (by product code), `moving` (both); one or two buyers each. */
export function sampleListing(): Listing {
  const agreements = () => [{ from: "2026-01-01T00:00:00Z" }];
  return {
    sellerAccountId: "999988887777",
    products: [
      { code: "saas", integration: "license", dimensions: ["Calls", "Hours"] },
      { code: "legacy", integration: "productCode", dimensions: ["Gb"] },
      { code: "moving", integration: "both", dimensions: ["Seats"] },
    ],
    buyers: [
      { product: "saas", accountId: "111122223333", licenseArn: licence(1), agreements: agreements() },
      { product: "saas", accountId: "444455556666", licenseArn: licence(2), agreements: agreements() },
      { product: "legacy", customerIdentifier: "cust-1", agreements: agreements() },
      {
        product: "moving",
        accountId: "111122223333",
        licenseArn: licence(3),
        customerIdentifier: "cust-3",
        agreements: agreements(),
      },
    ],
  };
}

export function buyerOf(listing: Listing, name: string): Buyer {
  const found = listing.buyers.find((buyer) => buyer.licenseArn === name || buyer.customerIdentifier === name);
  if (found === undefined) throw new Error(`No buyer ${name} in the sample`);
  return found;
}

/** Everything a test needs of a service of its own; closed after the test. */
export async function metering(options: Partial<MeteringOptions> & { at?: string } = {}) {
  const listing = options.listing ?? sampleListing();
  const clock = stoppedClock(options.at ?? "2026-11-23T10:30:00Z");
  const seen: MeteringCall[] = [];
  const service = await startMetering({
    listing,
    clock,
    random: seeded(1),
    authorize: (): Authorization => ({ allowed: true, roleArn: sellerRole, sessionName: "run-1" }),
    onCall: (call) => seen.push(call),
    ...options,
  });
  running.push(service);
  const send = async (records: UsageRecord[], ProductCode?: string, region = "us-east-1") => {
    const answer = await client(service, region).send(
      new BatchMeterUsageCommand({ UsageRecords: records, ...(ProductCode !== undefined && { ProductCode }) }),
    );
    return {
      requestId: answer.$metadata.requestId,
      statuses: records.map(
        (record) =>
          answer.Results?.find(({ UsageRecord }) => isSame(UsageRecord, record))?.Status ??
          unlisted(answer.UnprocessedRecords, record),
      ),
      results: answer.Results ?? [],
      unprocessed: answer.UnprocessedRecords ?? [],
    };
  };
  return { service, listing, clock, seen, send };
}

/** One try only, so that every fault is seen as it is. */
export function client(service: Metering, region = "us-east-1"): MarketplaceMeteringClient {
  const made = new MarketplaceMeteringClient({
    endpoint: service.endpoint,
    region,
    maxAttempts: 1,
    credentials: { accessKeyId: "ASIASUBMITTER", secretAccessKey: "secret" },
  });
  clients.push(made);
  return made;
}

/** A record of buyer 1 of `saas`: 5 Calls at 10:05. */
export function record(changes: Partial<UsageRecord> = {}): UsageRecord {
  return {
    Timestamp: new Date("2026-11-23T10:05:00Z"),
    Dimension: "Calls",
    Quantity: 5,
    CustomerAWSAccountId: "111122223333",
    LicenseArn: licence(1),
    ...changes,
  };
}

/** A record of the buyer of `legacy`: 5 Gb at 10:05. */
export function legacyRecord(changes: Partial<UsageRecord> = {}): UsageRecord {
  return {
    Timestamp: new Date("2026-11-23T10:05:00Z"),
    Dimension: "Gb",
    Quantity: 5,
    CustomerIdentifier: "cust-1",
    ...changes,
  };
}

/** What a call was refused with. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ name: string; message: string; status: number | undefined }> {
  const outcome = await call.then(
    () => new Error("not refused at all"),
    (error: Error & { $metadata?: { httpStatusCode?: number } }) => error,
  );
  return {
    name: outcome.name,
    message: outcome.message,
    status: (outcome as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode,
  };
}

export async function closeAll(): Promise<void> {
  for (const made of clients.splice(0)) made.destroy();
  await Promise.all(running.splice(0).map((service) => service.close()));
}

const running: Metering[] = [];
const clients: MarketplaceMeteringClient[] = [];

function isSame(one: UsageRecord | undefined, other: UsageRecord): boolean {
  return (
    JSON.stringify({ ...one, Timestamp: one?.Timestamp?.getTime() }, order) ===
    JSON.stringify({ ...other, Timestamp: other.Timestamp?.getTime() }, order)
  );
}

const order = ["Timestamp", "Dimension", "Quantity", "CustomerAWSAccountId", "LicenseArn", "CustomerIdentifier"];

function unlisted(unprocessed: UsageRecord[] = [], record: UsageRecord): string {
  return unprocessed.some((left) => isSame(left, record)) ? "unprocessed" : "in neither list";
}
