// Names and orders drawn from seeded randomness, so that a run with the same seed is the same run.

/** A number in [0, 1), as `Math.random` gives it. */
export type Random = () => number;

/** A version 4 UUID, the form of AWS's request, event and metering record ids. */
export function uuid(random: Random): string {
  const digits = text(random, 32, "0123456789abcdef");
  const variant = "89ab"[Math.floor(random() * 4)];
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20),
  ].join("-");
}

/** `length` characters of `alphabet`. */
export function text(random: Random, length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join("");
}

/** The same items in another order (Fisher-Yates). */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}
