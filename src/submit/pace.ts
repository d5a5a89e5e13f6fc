import type { Clock, Random } from "../clock.ts";
import { SECOND } from "../usage/instants.ts";

/** Spaces requests out so that they stay under the account's quota. */
export interface Pace {
  /** Waits for the turn of the next request. */
  turn(): Promise<Turn>;
}

/**
 * One request's turn, and what its answer says of the pace. Answers to requests that had their turn before the rate was last lowered say nothing
 * of the lower rate: they change nothing.
 */
export interface Turn {
  /** AWS throttled or failed: half the rate, after a pause. */
  slowDown(): void;
  /** AWS answered: a step back towards the full rate. */
  speedUp(): void;
}

/**
 * How many requests may follow each other at once after a quiet moment. The quota's own bucket holds 10: enough for these and for those under way
 * that a slow table held back, should they all arrive together.
 */
const BURST = 4;
const SLOWEST = 0.5;

/** A token bucket of `rate` requests a second. AWS: BatchMeterUsage takes 10 requests a second for an account and Region. */
export function makePace(clock: Clock, random: Random, rate: number): Pace {
  let current = rate;
  let slowDowns = 0;
  let tokens = BURST;
  let refilled = clock.now();
  const refill = () => {
    const now = clock.now();
    tokens = Math.min(BURST, tokens + (Math.max(0, now - refilled) * current) / SECOND);
    refilled = now;
  };
  return {
    async turn() {
      refill();
      tokens -= 1;
      if (tokens < 0) await clock.sleep(Math.ceil((-tokens * SECOND) / current));
      const before = slowDowns;
      return {
        slowDown() {
          if (slowDowns !== before) return;
          refill();
          slowDowns += 1;
          current = Math.max(SLOWEST, current / 2);
          // The next turn comes after one to two turns of the new rate, spread so that two submitters do not come back together.
          tokens = Math.min(tokens, 0) - random();
        },
        speedUp() {
          if (slowDowns !== before) return;
          refill();
          current = Math.min(rate, current + rate / 20);
        },
      };
    },
  };
}
