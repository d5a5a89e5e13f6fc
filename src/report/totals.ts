import { formatQuantity, parseStoredQuantity, sum } from "../usage/quantity.ts";
import { formatMoney, type Money, parseMoney } from "./money.ts";
import type { Finding, ReportMeter } from "./report.ts";

/** The quantities of a meter, in the order of their sum: opening + used = accepted + refused + expired + disputed + waiting. */
export const QUANTITIES = ["opening", "used", "accepted", "refused", "expired", "disputed", "waiting"] as const;

type Quantities = Pick<ReportMeter, (typeof QUANTITIES)[number]>;

/** The meters of one product and dimension, added up. */
export interface Total extends Quantities {
  readonly product: string | null;
  readonly dimension: string;
  readonly meters: number;
}

/** Adds meters up by product and dimension, in the order in which they first come; a quantity that one of them lacks is null. */
export function totals(meters: readonly ReportMeter[]): Total[] {
  const groups = Map.groupBy(meters, ({ product, dimension }) => JSON.stringify([product, dimension]));
  return [...groups.values()].map((group) => {
    const added = Object.fromEntries(QUANTITIES.map((name) => [name, add(group.map((meter) => meter[name]))]));
    const { product, dimension } = group[0] as ReportMeter;
    return { product, dimension, meters: group.length, ...(added as unknown as Quantities) };
  });
}

/** The most that is not billed, by findings that are about a record: failed calls only repeat what became of theirs. */
export const unbilled = (findings: readonly Finding[]): string =>
  formatMoney(amounts(findings).reduce((total, money) => (money > 0n ? total + money : total), 0n));

/** What AWS bills and should not. */
export const tooMuch = (findings: readonly Finding[]): string =>
  formatMoney(amounts(findings).reduce((total, money) => (money < 0n ? total - money : total), 0n));

function amounts(findings: readonly Finding[]): Money[] {
  return findings
    .filter(({ kind, money }) => money !== null && kind !== "failed-call" && kind !== "not-yet-delivered")
    .map(({ money }) => parseMoney(money as string));
}

const add = (quantities: readonly (string | null)[]): string | null =>
  quantities.includes(null)
    ? null
    : formatQuantity(sum(quantities.map((quantity) => parseStoredQuantity(quantity as string))));
