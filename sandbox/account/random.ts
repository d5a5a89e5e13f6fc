// Seeded randomness: the same seed makes the same names, ids and draws.
import { createHash } from "node:crypto";

/** A number in [0, 1), as `Math.random` gives it. Mulberry32, seeded with the parts' hash. */
export function randomOf(...parts: string[]): () => number {
  let state = createHash("sha256").update(parts.join("\n")).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Hexadecimal digits that depend on nothing but the parts: names stay the same whatever order resources are made in. */
export function digitsOf(length: number, ...parts: string[]): string {
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, length);
}

/** A version 4 UUID of the parts. */
export function uuidOf(...parts: string[]): string {
  const digits = digitsOf(32, ...parts);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`;
}
