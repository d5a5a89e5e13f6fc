// Which of the injected faults strike, counted and drawn by lot.
import type { Random } from "../metering/identifiers.ts";
import type { When } from "./fault.ts";

export interface Arms<F extends When> {
  inject(fault: F): void;
  clear(): void;
  isEmpty(): boolean;
  /** The faults that strike what happens at `now` (ms) and fits, at most so many; those after them do not count it. */
  strike(now: number, fits: (fault: F) => boolean, most?: number): F[];
}

/** @param count how often a fault strikes that does not say. */
export function createArms<F extends When>(random: Random, count: number | "always" = 1): Arms<F> {
  let armed: { fault: F; seen: number; struck: number }[] = [];
  return {
    inject: (fault) => void armed.push({ fault, seen: 0, struck: 0 }),
    clear() {
      armed = [];
    },
    isEmpty: () => armed.length === 0,
    strike(now, fits, most = Number.POSITIVE_INFINITY) {
      const strikes: F[] = [];
      for (const arm of armed) {
        if (strikes.length >= most) break;
        const { fault } = arm;
        if (!isAt(fault, now) || !fits(fault)) continue;
        arm.seen += 1;
        const limit = fault.count ?? count;
        if (arm.seen < (fault.nth ?? 1) || (limit !== "always" && arm.struck >= limit)) continue;
        if (fault.probability !== undefined && random() >= fault.probability) continue;
        arm.struck += 1;
        strikes.push(fault);
      }
      return strikes;
    },
  };
}

/** Whether an instant, in ms, lies between a fault's `from` and `to`. */
export function isAt({ from, to }: { from?: string; to?: string }, now: number): boolean {
  return (from === undefined || now >= Date.parse(from)) && (to === undefined || now < Date.parse(to));
}
