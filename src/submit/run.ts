import { type BuyerItem, backOff, backOffOver, readBuyer } from "../ledger/buyers.ts";
import { listDue } from "../ledger/due.ts";
import { parsePartition } from "../ledger/keys.ts";
import { buyerKey, type Meter } from "../usage/buyers.ts";
import { HOUR, type Instant, SECOND } from "../usage/instants.ts";
import { type Batch, batches } from "./batches.ts";
import { type Closer, closeDue } from "./close.ts";
import { type Circumstances, dueRecords } from "./due.ts";
import { makePace, type Pace, type Turn } from "./pace.ts";
import { type Sender, type Sent, sendBatch } from "./send.ts";

/** What a submit run needs. */
export interface Submitter extends Omit<Closer, "onSealed">, Sender {
  /** Requests a second, below the account's quota. */
  readonly requestsPerSecond: number;
}

/** What a run came to, by the names of its metrics. */
export type RunCounts = Record<(typeof COUNTS)[number], number>;

export const COUNTS = [
  "RecordsSealed",
  "RecordsAccepted",
  "RecordsRefused",
  "RecordsExpired",
  "RecordsDisputed",
  "RecordsPoison",
  "ProductsStopped",
  "ThrottledCalls",
  "FailedCalls",
  "RecordsWaiting",
  "RecordsNearDeadline",
  "OldestUnsentSeconds",
] as const;

/** How many requests are under way at once: enough to keep the pace while answers are awaited and written, and see `pace.ts`. */
const IN_FLIGHT = 6;
const NEAR_DEADLINE = 3 * HOUR;

/** One run of the submitter: seals the hours that are due, sends what waits, and hands over to the next run at `until`. */
export async function submitRun(submitter: Submitter, until: Instant): Promise<RunCounts> {
  const { clock } = submitter;
  const counts = Object.fromEntries(COUNTS.map((name) => [name, 0])) as RunCounts;
  const onSealed: Closer["onSealed"] = (sealed) => {
    if (sealed === "left") return;
    counts.RecordsSealed += 1;
    if (sealed.state === "expired") counts.RecordsExpired += 1;
  };
  // Sealing leaves at least half of the run to sending: what is sealed already has the nearer deadlines.
  await closeDue({ ...submitter, onSealed }, clock.now() + (until - clock.now()) / 2);
  const pace = makePace(clock, submitter.random, submitter.requestsPerSecond);
  const sending: Sending = {
    submitter,
    pace,
    counts,
    stopped: new Set(),
    refusing: new Set(),
    recovered: new Set(),
    buyers: new Map(),
    until,
  };
  do {
    for (const key of sending.recovered) sending.refusing.delete(key);
    sending.recovered.clear();
    await sendDue(sending);
  } while (sending.recovered.size > 0 && clock.now() < until);
  counts.ProductsStopped = sending.stopped.size;
  return { ...counts, ...(await waitingCounts(submitter)) };
}

interface Sending {
  readonly submitter: Submitter;
  readonly pace: Pace;
  readonly counts: RunCounts;
  readonly stopped: Set<string>;
  readonly refusing: Set<string>;
  /** Buyers, by `buyerKey`, whose probe was taken: what waits for them can be sent. */
  readonly recovered: Set<string>;
  readonly buyers: Map<string, BuyerItem>;
  readonly until: Instant;
}

/** Sends all that is due once, nearest deadline first; what must be sent again goes before what was not sent yet. */
async function sendDue(sending: Sending): Promise<void> {
  const { submitter, pace, counts, stopped, refusing, buyers, until } = sending;
  const { clock } = submitter;
  const ended = { refused: "RecordsRefused", expired: "RecordsExpired", disputed: "RecordsDisputed" } as const;
  const onEnded: Circumstances["onEnded"] = (state) => {
    counts[ended[state]] += 1;
  };
  const source = batches(
    dueRecords({
      table: submitter.table,
      region: submitter.region,
      now: clock.now,
      stopped,
      refusing,
      buyers,
      onEnded,
      onError: submitter.onError,
    }),
  );
  const again: Batch[] = [];
  const flights = new Set<Promise<void>>();
  try {
    while (clock.now() < until) {
      const batch = again.shift() ?? ((await source.next()).value as Batch | undefined);
      if (batch === undefined && flights.size === 0) break;
      if (batch === undefined || flights.size >= IN_FLIGHT) await Promise.race(flights);
      if (batch === undefined) continue;
      if (stopped.has((batch.records[0] as Batch["records"][number]).record.ref.meter.product)) continue;
      const turn = await pace.turn();
      const flight = sendBatch(submitter, batch)
        .then(async (sent) => {
          if (sent) again.push(...(await learn(sending, turn, sent)));
        })
        .catch(submitter.onError)
        .finally(() => flights.delete(flight));
      flights.add(flight);
    }
  } finally {
    // Also where the next batch cannot be read: what is under way is still answered and written.
    await Promise.all(flights);
  }
}

/** Takes from an answer what the rest of the run, and the next ones, must know; answers what to send again. */
async function learn(sending: Sending, turn: Turn, sent: Sent): Promise<readonly Batch[]> {
  const { failure, answers, again, setAside } = sent;
  const { counts, stopped } = sending;
  counts.RecordsPoison += setAside;
  if (failure) {
    if (failure.kind === "throttled") counts.ThrottledCalls += 1;
    else counts.FailedCalls += 1;
    if (failure.kind === "throttled" || failure.kind === "unknown") turn.slowDown();
    if (failure.kind === "stopped") for (const { sendable } of answers) stopped.add(sendable.record.ref.meter.product);
    sending.submitter.onError(new Error(`BatchMeterUsage failed for ${answers.length} records: ${failure.reason}.`));
    return again;
  }
  turn.speedUp();
  for (const { sendable, answer } of answers) {
    if (answer.kind === "accepted") counts.RecordsAccepted += 1;
    if (answer.kind === "duplicate") counts.RecordsDisputed += 1;
    const { meter } = sendable.record.ref;
    if (answer.kind === "accepted") await subscribed(sending, meter);
    if (answer.kind === "not-subscribed") await notSubscribed(sending, meter);
  }
  return again;
}

async function subscribed({ submitter, buyers, recovered }: Sending, { product, buyer }: Meter): Promise<void> {
  const key = buyerKey(product, buyer);
  const known = buyers.get(key);
  if (!known || known.refusals === 0) return;
  buyers.set(key, { ...known, refusals: 0, probeAt: 0 });
  recovered.add(key);
  await backOffOver(submitter.table, product, buyer);
}

async function notSubscribed({ submitter, buyers, refusing }: Sending, { product, buyer }: Meter): Promise<void> {
  const key = buyerKey(product, buyer);
  const known = buyers.get(key) ?? (await readBuyer(submitter.table, product, buyer));
  const now = submitter.clock.now();
  // Its records of one request, and of those still under way, count as one refusal.
  if (refusing.has(key) && known.probeAt > now) return;
  refusing.add(key);
  buyers.set(key, await backOff(submitter.table, product, buyer, known, now));
}

async function waitingCounts({ table, clock }: Submitter) {
  const now = clock.now();
  const toSend = [...(await listDue(table, "send")), ...(await listDue(table, "retry"))];
  const unsent = [...toSend, ...(await listDue(table, "seal", now))];
  const ends = unsent.map(({ key }) => parsePartition(key.pk).hour + HOUR);
  const oldest = ends.reduce((least, end) => Math.min(least, end), now);
  return {
    RecordsWaiting: toSend.length,
    RecordsNearDeadline: toSend.filter(({ at }) => at - now < NEAR_DEADLINE).length,
    OldestUnsentSeconds: Math.floor((now - oldest) / SECOND),
  };
}
