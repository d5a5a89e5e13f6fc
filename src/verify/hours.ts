import type { EvidenceEvent } from "../evidence/event.ts";
import type { Statement, Window } from "../ledger/statement.ts";
import type { ReportHours } from "../report/report.ts";
import { HOUR, type Hour } from "../usage/instants.ts";
import { formatQuantity, type Quantity } from "../usage/quantity.ts";
import type { ProductOf } from "./context.ts";
import { keyOfSubmission } from "./identity.ts";
import { gatherSightings, heldQuantity, sightingsKey } from "./sightings.ts";
import type { Submission } from "./submissions.ts";

/** So much of a product's dimension in an hour, of one buyer or of many. */
export interface HourlyQuantity {
  readonly product: string | null;
  readonly dimension: string;
  readonly hour: Hour;
  readonly quantity: Quantity;
}

/** What was used in each hour, as the ledger counted it: all that a meter's `used` adds up. */
export const usedByHour = (statements: readonly Statement[]): HourlyQuantity[] =>
  statements.flatMap(({ meter: { product, dimension }, records, unsealed, expired }) => {
    const sealed = records.flatMap(({ ref: { hour }, seal }) => (seal ? [{ hour, quantity: seal.usage }] : []));
    return [...sealed, ...unsealed, ...expired].map(({ hour, quantity }) => ({ product, dimension, hour, quantity }));
  });

/** What a file says was submitted for each hour. A record that was sent again is one record: the one with the most, where they differ. */
export function submittedByHour(submissions: readonly Submission[]): HourlyQuantity[] {
  const records = new Map<string, Submission>();
  for (const each of submissions) {
    const key = sightingsKey(keyOfSubmission(each), each.region);
    const known = records.get(key);
    if (!known || known.quantity < each.quantity) records.set(key, each);
  }
  return [...records.values()];
}

/** What AWS took for each hour of a window, as far as CloudTrail shows, whoever sent it. */
export const evidencedByHour = (
  events: readonly EvidenceEvent[],
  window: Window,
  productOf: ProductOf,
): HourlyQuantity[] =>
  [...gatherSightings(events, window).values()].map(({ key, all }) => ({
    product: productOf(key),
    dimension: key.dimension,
    hour: key.hour,
    quantity: heldQuantity(all) ?? 0n,
  }));

/** What is known of each hour besides evidence: usage, from a ledger, or submissions, from a file. */
type Counted = { readonly used: readonly HourlyQuantity[] } | { readonly submitted: readonly HourlyQuantity[] };

/** Adds quantities up by hour, for each product and dimension of which there is anything in the window; no product comes last. */
export function reportHours(window: Window, counted: Counted, evidenced: readonly HourlyQuantity[]): ReportHours[] {
  const count = (window.to - window.from) / HOUR;
  const zeros = () => Array.from({ length: count }, () => 0n);
  const found = new Map<
    string,
    { counted: Quantity[]; evidenced: Quantity[] } & Pick<ReportHours, "product" | "dimension">
  >();
  const add = (to: "counted" | "evidenced", { product, dimension, hour, quantity }: HourlyQuantity) => {
    if (quantity === 0n) return;
    const key = JSON.stringify([product, dimension]);
    const sums = found.get(key) ?? { product, dimension, counted: zeros(), evidenced: zeros() };
    found.set(key, sums);
    const place = (hour - window.from) / HOUR;
    sums[to][place] = (sums[to][place] ?? 0n) + quantity;
  };
  for (const each of "used" in counted ? counted.used : counted.submitted) add("counted", each);
  for (const each of evidenced) add("evidenced", each);
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, sums]) => ({
      product: sums.product,
      dimension: sums.dimension,
      used: "used" in counted ? sums.counted.map(formatQuantity) : null,
      submitted: "used" in counted ? null : sums.counted.map(formatQuantity),
      evidenced: sums.evidenced.map(formatQuantity),
    }));
}
