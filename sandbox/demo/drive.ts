import { readBuyers } from "../../src/ledger/buyers.ts";
import { listDue } from "../../src/ledger/due.ts";
import { parsePartition } from "../../src/ledger/keys.ts";
import { dynamoTable } from "../../src/ledger/table.ts";
import { buyerKey } from "../../src/usage/buyers.ts";
import { HOUR, hourOf, type Instant, MINUTE } from "../../src/usage/instants.ts";
import type { UsageLine } from "./usage-file.ts";
import type { World } from "./world.ts";

/** How far the demo has come. */
export interface Progress {
  readonly sent: number;
  readonly lines: number;
  readonly now: Instant;
  readonly billedRecords: number;
}

/** How often the submitter runs. */
const TICK = 5 * MINUTE;

/** How long after the last call its evidence must have been delivered, and absence means something. */
const EVIDENCE_DELAY = 3 * HOUR;

/** Sends each line through the usage queue when the clock reaches its time, and then lets the world come to rest. */
export async function drive(
  world: World,
  lines: readonly UsageLine[],
  onProgress: (progress: Progress) => void,
): Promise<void> {
  const { account, outputs } = world;
  const report = (sent: number) =>
    onProgress({ sent, lines: lines.length, now: account.clock.now(), billedRecords: world.metering.billed().length });
  let sent = 0;
  while (sent < lines.length) {
    const time = Math.max(account.clock.now(), (lines[sent] as UsageLine).time);
    await advance(world, time);
    let end = sent;
    while (end < lines.length && (lines[end] as UsageLine).time <= time) end += 1;
    await account.send(
      outputs.usageQueueUrl,
      lines.slice(sent, end).map(({ body }) => body),
    );
    sent = end;
    report(sent);
  }
  await comeToRest(world, () => report(sent));
}

/** Lets the clock run until no balance holds a whole unit, no record waits and the trail has delivered what it saw. */
export async function comeToRest(world: World, onProgress: () => void = () => {}): Promise<void> {
  const { account } = world;
  for (;;) {
    const next = await nextWork(world);
    if (next === undefined) break;
    await advance(world, Math.max(next, account.clock.now()) + TICK);
    onProgress();
  }
  await account.idleUntil(account.clock.now() + EVIDENCE_DELAY);
  onProgress();
}

/** Moves the clock on to an instant: tick by tick while there is something to do, in one step where there is not. */
export async function advance(world: World, until: Instant): Promise<void> {
  const { clock, runUntil, idleUntil, measureQueues } = world.account;
  while (clock.now() < until) {
    const tick = Math.floor(clock.now() / TICK) * TICK + TICK;
    if (until <= tick) return runUntil(until);
    await runUntil(Math.min(until, tick + MINUTE));
    await measureQueues();
    const next = (await nextWork(world)) ?? until;
    if (next > clock.now() + TICK) await idleUntil(Math.min(until, next));
  }
}

/** When there is something to do next: now, while messages are queued or records can be sent; undefined when nothing is left. */
export async function nextWork({ account, outputs }: World): Promise<Instant | undefined> {
  const { visible, inFlight } = await account.queueSize(outputs.usageQueueUrl);
  const now = account.clock.now();
  if (visible + inFlight > 0) return now;
  const table = dynamoTable(account.clients.dynamodb, outputs.ledgerTableName);
  const toSend = (await listDue(table, "send")).map(({ key, at }) => ({ meter: parsePartition(key.pk).meter, at }));
  const buyers = await readBuyers(
    table,
    toSend.map(({ meter }) => meter),
  );
  // What waits for a buyer that AWS refuses is sent when the buyer is asked about again, or ended at its deadline.
  const sent = toSend.map(({ meter: { product, buyer }, at }) =>
    Math.min(at, buyers.get(buyerKey(product, buyer))?.probeAt ?? now),
  );
  const waiting = await Promise.all((["seal", "retry", "open", "ending"] as const).map((what) => listDue(table, what)));
  const times = [...sent, ...waiting.flat().map(({ at }) => at)];
  const first = times.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY);
  return first === Number.POSITIVE_INFINITY ? undefined : Math.max(now, first);
}

/** The window that holds everything: from the hour of the earliest line up to the end of the hour that the clock shows. */
export const wholeWindow = (lines: readonly UsageLine[], now: Instant): { from: Instant; to: Instant } => ({
  from: lines.reduce((least, { time }) => Math.min(least, hourOf(time)), hourOf(now)),
  to: hourOf(now) + HOUR,
});
