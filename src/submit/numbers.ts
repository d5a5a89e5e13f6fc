import { type Agreements, covers, firstCovered } from "../usage/agreements.ts";
import { type Allocation, allocate, type Folded } from "../usage/allocations.ts";
import { lastSend, recordTimestamp } from "../usage/deadlines.ts";
import type { Tags } from "../usage/events.ts";
import type { Hour, Instant } from "../usage/instants.ts";
import { MOST_UNITS, type Quantity, sum, UNIT, wholeUnits } from "../usage/quantity.ts";

/** What a seal starts from: a meter's balance and the events of one hour. */
export interface Unsealed {
  readonly hour: Hour;
  readonly opening: Quantity;
  readonly events: readonly { readonly quantity: Quantity; readonly time: Instant; readonly tags: Tags }[];
  readonly agreements: Agreements;
}

/** What a seal fixes of a record, apart from where it is kept. `opening + usage = quantity + closing`. */
export interface Numbers {
  readonly state: "sealed" | "empty" | "expired";
  readonly opening: Quantity;
  readonly usage: Quantity;
  readonly quantity: Quantity;
  readonly closing: Quantity;
  readonly timestamp: Instant;
  readonly lastSend: Instant;
  readonly allocations: readonly Allocation[];
  readonly folded: Folded;
}

/**
 * The numbers of an hour: the whole units of opening balance and usage, at most 2,147,483,647, the rest carried on. Past its deadline an hour
 * takes no opening balance and ends `expired` with its exact usage. Without events and with nothing to bill it is `empty`.
 */
export function hourNumbers({ hour, opening, events, agreements }: Unsealed, now: Instant): Numbers {
  const usage = sum(events.map(({ quantity }) => quantity));
  // Usage counted before the end of its agreement was told must not make AWS refuse the whole hour.
  const times = events.map(({ time }) => time).filter((time) => covers(agreements, time));
  const timestamp = recordTimestamp(hour, times, firstCovered(agreements, hour) ?? hour);
  const last = lastSend(timestamp, agreements);
  const common = { opening, usage, timestamp, lastSend: last };
  if (now > last) {
    const state = events.length === 0 ? "empty" : "expired";
    return { ...common, state, quantity: usage, closing: opening, ...UNALLOCATED };
  }
  const whole = wholeUnits(opening + usage);
  const units = whole > MOST_UNITS ? MOST_UNITS : whole;
  const closing = opening + usage - units * UNIT;
  const state = events.length === 0 && units === 0n ? "empty" : "sealed";
  return { ...common, state, quantity: units * UNIT, closing, ...allocate(units, events) };
}

/** The numbers of a write-off: the whole balance, never sent. */
export const writeOffNumbers = (hour: Hour, opening: Quantity): Numbers => ({
  state: "expired",
  opening,
  usage: 0n,
  quantity: opening,
  closing: 0n,
  timestamp: hour,
  lastSend: hour,
  ...UNALLOCATED,
});

const UNALLOCATED = { allocations: [], folded: { sets: 0, units: 0n } };
