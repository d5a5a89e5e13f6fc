import { setTimeout } from "node:timers/promises";
import type { Clock, Random } from "./clock.ts";

/** The machine's own clock and chance: for the handlers that Lambda calls, and nothing else. */
export const systemClock: Clock = { now: Date.now, sleep: (milliseconds) => setTimeout(milliseconds) };
export const systemRandom: Random = Math.random;
