import assert from "node:assert/strict";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { MarketplaceMeteringClient } from "@aws-sdk/client-marketplace-metering";
import type { Listing } from "../../sandbox/metering/listing.ts";
import type { MeteringOptions } from "../../sandbox/metering/server.ts";
import { placeEvents } from "../../src/ingest/place.ts";
import type { HourlyRecord } from "../../src/ledger/records.ts";
import { readWindow, type Sums } from "../../src/ledger/statement.ts";
import { dynamoTable } from "../../src/ledger/table.ts";
import type { Circumstances } from "../../src/submit/due.ts";
import { type RunCounts, type Submitter, submitRun } from "../../src/submit/run.ts";
import { formatHour, MINUTE } from "../../src/usage/instants.ts";
import { formatQuantity, sum, UNIT } from "../../src/usage/quantity.ts";
import { client, metering, seeded } from "../sandbox/metering/support.ts";
import type { TestDynamo } from "./table.ts";
import { customer, type EventChanges, hour, license, PRODUCTS, usageEvent } from "./usage.ts";

/** What AWS Marketplace knows: so many licensed buyers of `analytics` and customers of `archive`, with agreements that run on. */
export function listingOf(buyers: number): Listing {
  const agreements = () => [{ from: "2026-01-01T00:00:00Z" }];
  const numbers = Array.from({ length: buyers }, (_, n) => n + 1);
  return {
    sellerAccountId: "999988887777",
    products: [
      { code: "analytics-code", integration: "license", dimensions: ["ApiCalls", "GbHours"] },
      { code: "archive-code", integration: "productCode", dimensions: ["Gb"] },
    ],
    buyers: [
      ...numbers.map((n) => ({ product: "analytics-code", ...license(n), agreements: agreements() })),
      ...numbers.map((n) => ({ product: "archive-code", ...customer(n), agreements: agreements() })),
    ],
  };
}

/**
 * A ledger, AWS's metering service with books of its own, and a submitter between them, on one clock that stands still unless it is slept on.
 * Usage and the service are those of `listingOf`; it is 11:20 unless `at` says otherwise.
 */
export async function startPipeline(
  dynamo: TestDynamo,
  options: Partial<MeteringOptions> & { at?: string; buyers?: number } = {},
) {
  const { buyers = 1, ...rest } = options;
  const { service, listing, clock, seen } = await metering({
    at: "2026-11-23T11:20:00Z",
    listing: listingOf(buyers),
    ...rest,
  });
  const tableName = await dynamo.makeTable();
  const table = dynamoTable(dynamo.client, tableName);
  const errors: unknown[] = [];
  const random = seeded(2);
  const real = client(service);
  let events = 0;

  const submitter = (changes: Partial<Submitter> = {}): Submitter => ({
    table,
    clock,
    random,
    products: PRODUCTS,
    region: "us-east-1",
    grace: 15 * MINUTE,
    metering: real,
    requestsPerSecond: 9.9,
    onError: (error) => errors.push(error),
    ...changes,
  });
  /** What a run that has just begun knows. */
  const circumstances = (): Circumstances => ({
    table,
    region: "us-east-1",
    now: clock.now,
    stopped: new Set(),
    refusing: new Set(),
    buyers: new Map(),
    onEnded: () => {},
    onError: (error) => errors.push(error),
  });
  /** The same table through another client. */
  const through = (dynamodb: DynamoDBClient) => dynamoTable(dynamodb, tableName);

  /** Puts usage of buyer `n` into the ledger, as it comes in at its own time or `arrived`. */
  async function use(n: number, quantity: string | number, changes: EventChanges & { arrived?: number } = {}) {
    const { arrived, ...content } = changes;
    const buyer = content.product === "archive" ? customer(n) : license(n);
    const event = usageEvent({ id: `use-${events++}`, buyer, quantity, ...content });
    const settings = { grace: 15 * MINUTE, onError: (error: unknown) => errors.push(error) };
    return placeEvents(table, settings, [{ event, delivery: `${events}` }], arrived ?? event.time.instant);
  }

  /** One run of at most 14 minutes; answers the counts that are not zero. */
  async function run(changes: Partial<Submitter> = {}, minutes = 14): Promise<Partial<RunCounts>> {
    const counts = await submitRun(submitter(changes), clock.now() + minutes * MINUTE);
    const { OldestUnsentSeconds: _, ...rest } = counts;
    return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== 0));
  }
  /** Moves the clock on, to an hour of the day or by minutes. */
  const until = (n: number) => clock.set(new Date(hour(n)).toISOString());
  const later = (minutes: number) => clock.sleep(minutes * MINUTE);

  /** What AWS bills, a line a record: buyer, dimension, hour of the day, quantity. */
  const bill = () =>
    service
      .billed()
      .map((line) => `${nameOf(line.buyer)} ${line.dimension} ${line.hour.slice(11, 13)} ${line.quantity}`)
      .sort();

  /** Everything the ledger holds, checked against rule 6 and against AWS's books. */
  async function statements() {
    const { statements } = await readWindow(table, { from: hour(-48), to: hour(96) });
    for (const { meter, sums, records } of statements) {
      const { opening, used, accepted, refused, expired, disputed, waiting } = sums;
      assert.equal(opening + used, accepted + refused + expired + disputed + waiting);
      const billed = service
        .billed()
        .filter((line) => nameOf(line.buyer) === nameOf(meter.buyer) && line.dimension === meter.dimension);
      for (const line of billed)
        assert.ok(
          records.some((record) => isOf(record, line.hour, line.quantity)),
          "billed what was not sent",
        );
      for (const record of records.filter(({ state }) => state === "accepted"))
        assert.equal(
          billed.filter((line) => isOf(record, line.hour, line.quantity)).length,
          1,
          "accepted is not billed",
        );
      for (const record of records.filter(({ state }) => state === "refused" || state === "expired"))
        assert.ok(!billed.some((line) => isOf(record, line.hour, line.quantity)), "billed stands as not billed");
    }
    return statements;
  }
  /** The sums of all meters together, those that are not zero. */
  async function sums(): Promise<Partial<Record<keyof Sums, string>>> {
    const all = (await statements()).map((statement) => statement.sums);
    const names = ["opening", "used", "accepted", "refused", "expired", "disputed", "waiting"] as const;
    const totals = names.map((name) => [name, sum(all.map((each) => each[name]))] as const);
    return Object.fromEntries(
      totals.filter(([, total]) => total !== 0n).map(([name, total]) => [name, formatQuantity(total)]),
    );
  }
  /** The state and the reason of every record, a line a record: hour of the day, state, and what else there is to say. */
  const states = async () =>
    (await statements()).flatMap(({ records }) =>
      records.map(({ ref, state, reason, unknown }) =>
        [formatHour(ref.hour).slice(11), state, reason, unknown.size > 0 ? `${unknown.size} unknown` : undefined]
          .filter(Boolean)
          .join(" "),
      ),
    );

  return {
    table,
    tableName,
    through,
    service,
    listing,
    clock,
    seen,
    errors,
    submitter,
    circumstances,
    use,
    run,
    until,
    later,
    bill,
    statements,
    sums,
    states,
    metering: real,
  };
}

/** A metering client whose calls to AWS go through `around`. */
export function callingThrough(
  metering: MarketplaceMeteringClient,
  around: <T>(call: () => Promise<T>) => Promise<T>,
): MarketplaceMeteringClient {
  const send = (command: Parameters<MarketplaceMeteringClient["send"]>[0]) => around(() => metering.send(command));
  return new Proxy(metering, { get: (target, name) => (name === "send" ? send : Reflect.get(target, name)) });
}

const nameOf = (buyer: { licenseArn: string } | { customerIdentifier: string }): string =>
  "licenseArn" in buyer ? buyer.licenseArn.slice(buyer.licenseArn.lastIndexOf(":") + 1) : buyer.customerIdentifier;

const isOf = ({ ref, seal }: HourlyRecord, billedHour: string, quantity: bigint): boolean =>
  Date.parse(billedHour) === ref.hour && !ref.writeOff && seal?.quantity === quantity * UNIT;
