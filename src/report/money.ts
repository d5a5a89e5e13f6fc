import type { Quantity } from "../usage/quantity.ts";

/** An exact amount: a whole number of 10^-21 US dollars, which is a billionth of a unit at a price of 12 decimals. */
export type Money = bigint;

const PRICE_DECIMALS = 12;
const MONEY_DECIMALS = 21;

/** Price times quantity. The price is a decimal string of at most 12 decimals, in US dollars a unit. */
export function cost(price: string, quantity: Quantity): Money {
  const [whole = "", decimals = ""] = price.split(".");
  return BigInt(whole + decimals.padEnd(PRICE_DECIMALS, "0")) * quantity;
}

/** An amount as the shortest decimal string. */
export function formatMoney(money: Money): string {
  if (money < 0n) return `-${formatMoney(-money)}`;
  const digits = money.toString().padStart(MONEY_DECIMALS + 1, "0");
  const decimals = digits.slice(-MONEY_DECIMALS).replace(/0+$/, "");
  return `${digits.slice(0, -MONEY_DECIMALS)}${decimals === "" ? "" : `.${decimals}`}`;
}

/** Reads an amount that `formatMoney` wrote; throws on any other text. */
export function parseMoney(text: string): Money {
  const match = /^(-?)(\d+)(?:\.(\d{1,21}))?$/.exec(text);
  if (!match) throw new Error(`The amount ${JSON.stringify(text)} is not a decimal number of at most 21 decimals.`);
  const money = BigInt(`${match[2]}${(match[3] ?? "").padEnd(MONEY_DECIMALS, "0")}`);
  return match[1] === "-" ? -money : money;
}
