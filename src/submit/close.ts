import pMap from "p-map";
import { endingServed, listRecordsOfBuyer, readBuyer, readBuyers } from "../ledger/buyers.ts";
import { listDue } from "../ledger/due.ts";
import { parseBuyerItemKey, parseMeterItemKey, parsePartition, type RecordRef } from "../ledger/keys.ts";
import { openRecord, readRecord, readRecords } from "../ledger/records.ts";
import { completeSeal, meterServed, openWriteOff, readMeter } from "../ledger/seals.ts";
import { type Agreements, coversHour } from "../usage/agreements.ts";
import { buyerKey, type Meter, meterKey } from "../usage/buyers.ts";
import { AFTER_AGREEMENT, sealTime } from "../usage/deadlines.ts";
import { hourOf, type Instant } from "../usage/instants.ts";
import { UNIT } from "../usage/quantity.ts";
import { agreementsOf, type Sealed, type Sealer, sealRecord } from "./seal.ts";

/** What closing the due hours needs: a sealer, the grace after an hour's end, and where errors go that leave one meter for the next run. */
export interface Closer extends Sealer {
  readonly grace: number;
  readonly onError: (error: unknown) => void;
  readonly onSealed: (sealed: Sealed) => void;
}

/** How many meters are worked on at once. */
const METERS = 16;

/** Seals what is due to be sealed and opens records for the balances that wait for one, until it is done or the time is over. */
export async function closeDue(closer: Closer, until: Instant): Promise<void> {
  const { table, clock, onError, onSealed } = closer;
  const now = clock.now();
  const refs = [
    ...(await endingRecords(closer, now)),
    ...(await listDue(table, "seal", now)).map(({ key }) => parsePartition(key.pk)),
  ];
  const buyers = await readBuyers(
    table,
    refs.map(({ meter }) => meter),
  );
  const agreements = ({ meter }: RecordRef): Agreements => buyers.get(buyerKey(meter.product, meter.buyer))?.agreements;
  const isDue = (ref: RecordRef) => ref.writeOff || sealTime(ref.hour, closer.grace, agreements(ref)) <= now;
  const meters = Map.groupBy(refs.filter(isDue), ({ meter }) => meterKey(meter)).values();

  // One meter's seals chain, so its hours go one after the other.
  await pMap(
    meters,
    async (hours) => {
      for (const ref of hours.sort((a, b) => a.hour - b.hour)) {
        if (clock.now() >= until) return;
        await guarded(onError, async () => onSealed(await sealRecord(closer, ref, agreements(ref))));
      }
    },
    { concurrency: METERS },
  );
  const waiting = (await listDue(table, "open", clock.now())).map(({ key }) => parseMeterItemKey(key));
  await pMap(waiting, (meter) => guarded(onError, () => openForBalance(closer, meter, until)), { concurrency: METERS });
}

/** The records of buyers whose agreement is over but AWS still takes their last records: read again at each run, since the index lags. */
async function endingRecords({ table, onError }: Closer, now: Instant): Promise<RecordRef[]> {
  const endings = await listDue(table, "ending", now);
  const refs = await pMap(
    endings,
    async ({ key }) => {
      const { product, buyer } = parseBuyerItemKey(key);
      const records = await listRecordsOfBuyer(table, product, buyer);
      await guarded(onError, async () => {
        const { agreements } = await readBuyer(table, product, buyer);
        if (agreements) await endingServed(table, product, buyer, agreements, now);
      });
      const open = [...(await readRecords(table, records)).values()].filter(
        ({ state }) => state === "open" || state === "sealing",
      );
      return open.map(({ ref }) => ref);
    },
    { concurrency: METERS },
  );
  return refs.flat();
}

/** Opens a record in the current hour for a balance of a unit or more; writes the balance off where the buyer's agreement leaves no hour for it. */
async function openForBalance(closer: Closer, meter: Meter, until: Instant): Promise<void> {
  const { table, clock } = closer;
  if (clock.now() >= until) return;
  const { version, balance, pending } = await readMeter(table, meter);
  if (pending) await completeSeal(table, pending);
  if (balance < UNIT) return meterServed(table, meter, version);
  const now = clock.now();
  const ref = { meter, hour: hourOf(now) };
  const agreements = await agreementsOf(table, ref);
  if (coversHour(agreements, ref.hour)) {
    await openRecord(table, ref, sealTime(ref.hour, closer.grace, agreements));
    // Only a record that is open after the balance was read will take it; otherwise the meter waits for the next hour.
    if ((await readRecord(table, ref))?.state === "open") await meterServed(table, meter, version);
  } else if (isOver(agreements, now)) {
    const writeOff = { ...ref, writeOff: true as const };
    await openWriteOff(table, writeOff, buyerKey(meter.product, meter.buyer), now);
    closer.onSealed(await sealRecord(closer, writeOff, agreements));
  }
}

/** Whether every agreement is over for good, the last records' hour included. */
const isOver = (agreements: Agreements, now: Instant): boolean =>
  agreements?.every(({ to }) => to !== null && to + AFTER_AGREEMENT <= now) ?? false;

async function guarded(onError: (error: unknown) => void, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    onError(error);
  }
}
