import pMap from "p-map";
import { endUnaccepted } from "../ledger/attempts.ts";
import { type BuyerItem, readBuyers } from "../ledger/buyers.ts";
import { type DueEntry, listDue } from "../ledger/due.ts";
import { parsePartition, partition } from "../ledger/keys.ts";
import { type HourlyRecord, readRecords } from "../ledger/records.ts";
import { readAllocations } from "../ledger/seals.ts";
import type { Table } from "../ledger/table.ts";
import type { Allocation } from "../usage/allocations.ts";
import { buyerKey, type Meter } from "../usage/buyers.ts";
import { lastSend } from "../usage/deadlines.ts";
import type { Instant } from "../usage/instants.ts";
import { type Sendable, toUsageRecord } from "./batches.ts";

/** What a run knows about who can be sent to, beyond what the ledger holds. */
export interface Circumstances {
  readonly table: Table;
  readonly region: string;
  readonly now: () => Instant;
  /** Products of which nothing can be sent in this run. */
  readonly stopped: ReadonlySet<string>;
  /** Buyers, by `buyerKey`, that AWS refused in this run or that are being asked about with one record. */
  readonly refusing: Set<string>;
  readonly buyers: Map<string, BuyerItem>;
  readonly onEnded: (state: "refused" | "expired" | "disputed") => void;
  /** Takes the errors that leave one record for the next run. */
  readonly onError: (error: unknown) => void;
}

/** How many records are read ahead at once: the most that DynamoDB reads in one request. */
const READ_AHEAD = 100;
const ALLOCATIONS_AT_ONCE = 16;

/**
 * The records that can be sent now, nearest deadline first; last those to be tried again alone, since many of them must not eat the quota of the
 * others. A buyer that AWS refuses is asked about with one record once its back-off is over. Records whose time is over are ended instead.
 */
export async function* dueRecords(run: Circumstances): AsyncGenerator<Sendable> {
  yield* sendables(run, await listDue(run.table, "send"), false);
  yield* sendables(run, await listDue(run.table, "retry", run.now()), true);
}

async function* sendables(run: Circumstances, entries: readonly DueEntry[], alone: boolean): AsyncGenerator<Sendable> {
  const chunks = Array.from({ length: Math.ceil(entries.length / READ_AHEAD) }, (_, chunk) =>
    entries.slice(chunk * READ_AHEAD, (chunk + 1) * READ_AHEAD),
  );
  let ahead = readChunk(run, chunks[0] ?? []);
  for (const next of chunks.keys()) {
    const found = await ahead;
    // Read while these are sent; an error of it is met when its turn comes.
    ahead = readChunk(run, chunks[next + 1] ?? []);
    ahead.catch(() => undefined);
    for (const each of found) {
      let sendable: Sendable | undefined;
      try {
        sendable = await prepare(run, each, alone);
      } catch (error) {
        run.onError(error);
      }
      if (sendable) yield sendable;
    }
  }
}

/** A record that is due, and its allocations; undefined where they cannot be read. */
interface Found {
  readonly record: HourlyRecord;
  readonly allocations: readonly Allocation[] | undefined;
}

async function readChunk(run: Circumstances, entries: readonly DueEntry[]): Promise<Found[]> {
  const chunk = entries.map(({ key, at }) => ({ at, ref: parsePartition(key.pk) }));
  await learnBuyers(
    run,
    chunk.map(({ ref }) => ref.meter),
  );
  const wanted = chunk.filter(({ at, ref }) => at <= run.now() || mayBeSent(run, ref.meter)).map(({ ref }) => ref);
  const records = await readRecords(run.table, wanted);
  // In the order of their deadlines, which reading many at once does not keep.
  const found = wanted.flatMap((ref) => records.get(partition(ref)) ?? []);
  return pMap(found, async (record) => ({ record, allocations: await allocationsOf(run, record) }), {
    concurrency: ALLOCATIONS_AT_ONCE,
  });
}

const allocationsOf = async ({ table, onError }: Circumstances, { ref, seal }: HourlyRecord) =>
  seal && readAllocations(table, ref, seal).catch((error) => void onError(error));

/** What goes over the wire for a record, if it can be sent now; ends it if its time is over. */
async function prepare(run: Circumstances, { record, allocations }: Found, alone: boolean) {
  if (record.state !== "sealed" || record.seal === undefined || record.seal.region !== run.region) return undefined;
  const { ref, seal } = record;
  const key = buyerKey(ref.meter.product, ref.meter.buyer);
  const buyer = run.buyers.get(key);
  const last = lastSend(seal.timestamp, buyer?.agreements);
  if (run.now() > last) {
    const state = await endUnaccepted(run.table, record);
    if (state) run.onEnded(state);
    return undefined;
  }
  if (allocations === undefined || !mayBeSent(run, ref.meter)) return undefined;
  if (buyer && buyer.refusals > 0) run.refusing.add(key);
  const sealed = { ...record, seal };
  return { record: sealed, usageRecord: toUsageRecord(sealed, allocations), lastSend: last, alone };
}

async function learnBuyers(run: Circumstances, meters: readonly Meter[]): Promise<void> {
  const unknown = meters.filter(({ product, buyer }) => !run.buyers.has(buyerKey(product, buyer)));
  for (const [key, buyer] of await readBuyers(run.table, unknown)) run.buyers.set(key, buyer);
}

function mayBeSent(run: Circumstances, { product, buyer }: Meter): boolean {
  const key = buyerKey(product, buyer);
  return !run.stopped.has(product) && !run.refusing.has(key) && (run.buyers.get(key)?.probeAt ?? 0) <= run.now();
}
