import { randomOf } from "../../sandbox/account/random.ts";
import type { Listing } from "../../sandbox/metering/listing.ts";
import { ingestBatch } from "../../src/ingest/batch.ts";
import type { Message } from "../../src/ingest/check.ts";
import { setAgreements } from "../../src/ledger/buyers.ts";
import { parsePartition, partition } from "../../src/ledger/keys.ts";
import { readWindow } from "../../src/ledger/statement.ts";
import type { Table } from "../../src/ledger/table.ts";
import { closeDue } from "../../src/submit/close.ts";
import { submitRun } from "../../src/submit/run.ts";
import { agreementsOf, sealRecord } from "../../src/submit/seal.ts";
import { HOUR, hourOf, type Instant, MINUTE } from "../../src/usage/instants.ts";
import { verifyEvidence } from "../../src/verify/run.ts";
import { itemsOf, type MemoryStore, memoryStore, memoryTable, type TableCall } from "../support/memory-table.ts";
import { type MeteringService, meteringService, SUBMITTER } from "../support/metering.ts";
import { customer, license, PRODUCTS } from "../support/usage.ts";
import { injectFault } from "./faults.ts";
import { type FaultRates, Injected, makeScheduler, NO_FAULTS, type Process, type Scheduler } from "./processes.ts";

/** What a run of the model is about, apart from what happens in it. */
export interface Setting {
  /** Seeds every choice that is not a command: which process is next, what fails. */
  readonly seed: number;
  readonly startAt: Instant;
  /** Whether everything happens well before its deadlines: then all of it must be billed. */
  readonly inTime: boolean;
  readonly identicalResend: "Success" | "DuplicateRecord";
  readonly faults: FaultRates;
  /** The share of BatchMeterUsage calls that AWS refuses, fails or half answers. */
  readonly refusals: number;
  /** The share of items that the indexes do not know yet, each time they are read. */
  readonly lag: number;
  /** How far the clocks of two hosts may be apart from the service's, in milliseconds. */
  readonly skew: number;
  /** After how many minutes the agreement of the first buyer ends; never where undefined. */
  readonly agreementMinutes: number | undefined;
}

/** A usage event as the application sent it. */
export interface SentEvent {
  readonly id: string;
  readonly product: string;
  readonly buyer: ReturnType<typeof license> | ReturnType<typeof customer>;
  readonly dimension: string;
  readonly quantity: string;
  readonly time: string;
  readonly tags: Record<string, string>;
}

/** A seller's pipeline with the account around it. */
export interface World {
  readonly setting: Setting;
  readonly random: () => number;
  readonly scheduler: Scheduler;
  readonly store: MemoryStore;
  /** The ledger as it is, with no fault and no lag. */
  readonly ledger: Table;
  readonly metering: MeteringService;
  /** The end of the first buyer's agreement. */
  agreementEnd: Instant | undefined;
  readonly listing: Listing;
  /** What had ended when the agreement was renewed: records and claims, by their partitions. */
  readonly ended: Set<string>;
  /** The service's clock. */
  now: Instant;
  /** Whether things go wrong. */
  faulty: boolean;
  readonly queue: Message[];
  readonly sent: SentEvent[];
  /** Errors that nobody made up. */
  readonly defects: unknown[];
}

export const GRACE = 15 * MINUTE;
const REGION = "us-east-1";
const TIME_LIMIT = 15 * MINUTE;
const LONG_BEFORE = 60 * 24 * HOUR;

export async function makeWorld(setting: Setting): Promise<World> {
  const random = randomOf(`${setting.seed}`);
  const store = memoryStore();
  const { startAt, agreementMinutes, identicalResend } = setting;
  const agreementEnd = agreementMinutes === undefined ? undefined : startAt + agreementMinutes * MINUTE;
  const listing = listingOf(startAt - LONG_BEFORE, agreementEnd);
  const world: World = {
    setting,
    listing,
    ended: new Set(),
    random,
    scheduler: makeScheduler(random),
    store,
    ledger: memoryTable(store),
    metering: meteringService({ listing, now: () => world.now, random, identicalResend }),
    agreementEnd,
    now: startAt,
    faulty: true,
    queue: [],
    sent: [],
    defects: [],
  };
  if (agreementEnd !== undefined) await tellAgreement(world, agreementEnd);
  return world;
}

/** The ledger is told when the first buyer's agreement ends. */
async function tellAgreement({ ledger, setting: { startAt } }: World, to: Instant): Promise<void> {
  await setAgreements(ledger, "analytics", license(1), [{ from: startAt - LONG_BEFORE, to }]);
}

/** The first buyer's agreement goes on for longer, as if it had never been about to end. What has ended by then stays as it is. */
export async function renew(world: World, hours: number): Promise<void> {
  if (world.agreementEnd === undefined) return;
  for (const { pk, target } of itemsOf(world.store)) if (target === "expired") world.ended.add(pk);
  // Read as a whole, since a seal that is committed may not have reached its record yet.
  const { statements } = await readWindow(world.ledger, windowOf(world));
  for (const { ref, state } of statements.flatMap(({ records }) => records))
    if (state === "expired" || state === "refused") world.ended.add(partition(ref));
  world.agreementEnd += hours * HOUR;
  const [agreement] = (world.listing.buyers[0] as Listing["buyers"][number]).agreements;
  (agreement as { to?: string }).to = new Date(world.agreementEnd).toISOString();
  await tellAgreement(world, world.agreementEnd);
}

function listingOf(from: Instant, agreementEnd: Instant | undefined): Listing {
  const since = { from: new Date(from).toISOString() };
  const ending = agreementEnd === undefined ? since : { ...since, to: new Date(agreementEnd).toISOString() };
  return {
    sellerAccountId: "999988887777",
    products: [
      { code: "analytics-code", integration: "license", dimensions: ["ApiCalls", "GbHours"] },
      { code: "archive-code", integration: "productCode", dimensions: ["Gb"] },
    ],
    buyers: [
      { product: "analytics-code", ...license(1), agreements: [ending] },
      { product: "analytics-code", ...license(2), agreements: [since] },
      { product: "archive-code", ...customer(1), agreements: [since] },
    ],
  };
}

/** The application sends an event; the queue delivers it at least once. */
export function send(world: World, event: SentEvent): void {
  world.sent.push(event);
  const messageId = `message-${world.sent.length}`;
  world.queue.push({ messageId, body: JSON.stringify(event), delivery: "", deliveries: 0 });
}

/** What a process has of the world, each call of it a step of its own, and each with its own faults. */
function dependencies(world: World, process: Process) {
  const { setting, random, store } = world;
  const skew = Math.round((random() * 2 - 1) * setting.skew);
  const clock = {
    now: () => world.now + skew,
    sleep: async (milliseconds: number) => {
      world.now += milliseconds;
      await process.pause();
    },
  };
  const table = memoryTable(store, {
    page: 3,
    lags: () => world.faulty && random() < setting.lag,
    around: ({ operation }: TableCall, act) => process.around(ratesOf(world, WRITES.has(operation) ? 1 : 0.1), act),
  });
  const metering = world.metering.client((act) =>
    process.around({ ...ratesOf(world, 1), repeats: 0 }, () => {
      if (world.faulty && random() < setting.refusals) injectFault(world.metering, random);
      return act();
    }),
  );
  return { table, metering, clock };
}

const WRITES: ReadonlySet<string> = new Set(["put", "update"]);

function ratesOf({ faulty, setting: { faults } }: World, share: number): FaultRates {
  if (!faulty) return NO_FAULTS;
  return { deaths: faults.deaths * share, errors: faults.errors * share, repeats: faults.repeats * share };
}

/** Starts a process that ends in one of the ways its faults allow; any other error is a defect. */
function start(world: World, run: (process: Process) => Promise<unknown>): void {
  const onError = defectsOf(world);
  world.scheduler.start((process) => run(process).then(() => undefined, onError));
}

const defectsOf = (world: World) => (error: unknown) => {
  const made = error instanceof Injected || (error as Error).message.startsWith("BatchMeterUsage failed for ");
  if (!made) world.defects.push(error);
};

/** Ingest takes some of the queue's messages, also such as another ingest is working on. */
export function startIngest(world: World, most: number): void {
  const messages = world.queue
    .map((message) => ({ message, at: world.random() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, most)
    .map(({ message }) => {
      const deliveries = message.deliveries + 1;
      const delivered = { ...message, deliveries, delivery: `${message.messageId}-${deliveries}` };
      world.queue.splice(world.queue.indexOf(message), 1, delivered);
      return delivered;
    });
  if (messages.length === 0) return;
  start(world, async (process) => {
    const { table, clock } = dependencies(world, process);
    const ingester = { table, products: PRODUCTS, grace: GRACE, onError: defectsOf(world), onRejected: () => {} };
    const fates = await ingestBatch(ingester, messages, clock.now());
    for (const [index, { messageId }] of messages.entries()) {
      const at = world.queue.findIndex((each) => each.messageId === messageId);
      // That a message was deleted may not reach the queue.
      const lost = world.faulty && world.random() < world.setting.faults.errors;
      if (fates[index] !== "queued" && at >= 0 && !lost) world.queue.splice(at, 1);
    }
  });
}

const common = (world: World, process: Process) => ({
  ...dependencies(world, process),
  random: world.random,
  products: PRODUCTS,
  region: REGION,
  grace: GRACE,
  requestsPerSecond: 9.9,
  onError: defectsOf(world),
});

export function startSubmit(world: World): void {
  start(world, (process) => {
    const submitter = common(world, process);
    return submitRun(submitter, submitter.clock.now() + TIME_LIMIT - MINUTE);
  });
}

/** A run that only comes to seal. */
export function startClose(world: World): void {
  start(world, (process) => {
    const closer = common(world, process);
    return closeDue({ ...closer, onSealed: () => {} }, closer.clock.now() + TIME_LIMIT - MINUTE);
  });
}

/** A sealer that takes to one of the records that are not closed, whether or not it is due. */
export function startSeal(world: World): void {
  const records = [...itemsOf(world.store)].filter(({ state }) => state === "open" || state === "sealing");
  const record = records[Math.floor(world.random() * records.length)];
  if (!record) return;
  const ref = parsePartition(record.pk);
  start(world, async (process) => {
    const sealer = common(world, process);
    return sealRecord(sealer, ref, await agreementsOf(sealer.table, ref));
  });
}

/** Everything that the model can have happened in. Usage may be ahead of the clock, so also the next hour. */
export const windowOf = (world: World) => ({
  from: hourOf(world.setting.startAt) - 48 * HOUR,
  to: hourOf(world.now) + 2 * HOUR,
});

/** CloudTrail has delivered all that was logged, in files that valid digests prove. */
export function startVerify(world: World): void {
  start(world, async (process) => {
    const { table, clock } = dependencies(world, process);
    const logs = { account: "999988887777", region: REGION };
    const window = windowOf(world);
    const proof = {
      digests: { valid: 1, invalid: 0, missing: 0 },
      faults: [],
      blind: [],
      young: [],
      failed: [],
      covered: [{ region: REGION, from: window.from, to: world.now }],
    };
    const evidence = { events: [...world.metering.events()], unreadable: [], objects: 1, bytes: 1, proof };
    const verification = { table, products: PRODUCTS, logs, submitter: SUBMITTER };
    await verifyEvidence(verification, evidence, window, clock.now());
  });
}
