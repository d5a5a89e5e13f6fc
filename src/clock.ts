import type { Instant } from "./usage/instants.ts";

/** The time, as a parameter: now, in milliseconds since 1970, and a way to wait. */
export interface Clock {
  now(): Instant;
  sleep(milliseconds: number): Promise<void>;
}

/** A number from 0 up to, not including, 1. */
export type Random = () => number;

/** A new name for an attempt or a seal: 96 random bits. */
export const newToken = (random: Random): string =>
  Array.from({ length: 4 }, () =>
    Math.floor(random() * 2 ** 24)
      .toString(36)
      .padStart(5, "0"),
  ).join("");
