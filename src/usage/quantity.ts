/** An exact quantity: a whole number of billionths of a unit. One unit is `UNIT`. */
export type Quantity = bigint;

/** One whole unit, in billionths. */
export const UNIT = 1_000_000_000n;

/** The most that one usage event, and one record sent to AWS, may hold, in whole units (BatchMeterUsage: `Quantity` 0..2147483647). */
export const MOST_UNITS = 2_147_483_647n;

/** Whole units in a quantity, rounded down. */
export const wholeUnits = (quantity: Quantity): bigint => quantity / UNIT;

/** What whole units leave over: always less than one unit. */
export const fraction = (quantity: Quantity): Quantity => quantity % UNIT;

/** Adds quantities up, exactly. */
export const sum = (quantities: Iterable<Quantity>): Quantity => {
  let total = 0n;
  for (const quantity of quantities) total += quantity;
  return total;
};

/** A quantity as the shortest decimal string: `5`, `0.25`. */
export function formatQuantity(quantity: Quantity): string {
  if (quantity < 0n) return `-${formatQuantity(-quantity)}`;
  const decimals = fraction(quantity).toString().padStart(9, "0").replace(/0+$/, "");
  return decimals === "" ? wholeUnits(quantity).toString() : `${wholeUnits(quantity)}.${decimals}`;
}

/** A quantity that `formatQuantity` wrote; throws on any other text. */
export function parseStoredQuantity(text: string): Quantity {
  const match = /^(-?)(\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (!match)
    throw new Error(`The stored quantity ${JSON.stringify(text)} is not a decimal number of at most 9 decimals.`);
  const value = BigInt(match[2] as string) * UNIT + BigInt((match[3] ?? "").padEnd(9, "0"));
  return match[1] === "-" ? -value : value;
}

/** A number in JSON as it was written, before a double could round it. */
export class JsonNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/**
 * Reads the quantity of a usage event: a decimal string, or a JSON number of at most 15 significant digits; zero or more, at most
 * 9 decimals and 2,147,483,647. Returns what is wrong, as the end of a sentence, if it breaks a rule.
 */
export function parseQuantity(value: string | JsonNumber): { quantity: Quantity } | { wrong: string } {
  const text = typeof value === "string" ? value : value.source;
  const match =
    typeof value === "string"
      ? /^(\d{1,40})(?:\.(\d{1,40}))?()$/.exec(text)
      : /^(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (!match) return { wrong: "must be a decimal number, zero or more, such as 5 or 0.25" };
  const [, whole = "", decimals = "", exponent = ""] = match;
  if (typeof value !== "string" && `${whole}${decimals}`.replace(/^0+/, "").length > 15) {
    return {
      wrong: "has more than 15 significant digits, which a JSON number cannot carry safely; send it as a string",
    };
  }
  // Digits and how many of them are decimals, after the exponent has moved the point.
  let digits = `${whole}${decimals}`;
  let places = decimals.length - Number(exponent || "0");
  if (places < 0) {
    if (places < -40) return { wrong: "is above 2147483647" };
    digits = digits.padEnd(digits.length - places, "0");
    places = 0;
  }
  if (places > 9) return { wrong: "has more than 9 decimals" };
  const quantity = BigInt(digits) * 10n ** BigInt(9 - places);
  if (quantity > MOST_UNITS * UNIT) return { wrong: "is above 2147483647" };
  return { quantity };
}
