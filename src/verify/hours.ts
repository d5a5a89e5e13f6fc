import type { EvidenceEvent } from "../evidence/event.ts";
import type { Statement, Window } from "../ledger/statement.ts";
import type { ReportHours } from "../report/report.ts";
import { HOUR, type Hour } from "../usage/instants.ts";
import { formatQuantity, type Quantity } from "../usage/quantity.ts";
import type { ProductOf } from "./context.ts";
import { type Key, keyOfSubmission } from "./identity.ts";
import type { MatchedHour } from "./matches.ts";
import { submissionAt } from "./packed-submissions.ts";
import { keyOf } from "./placed-keys.ts";
import { gatherSightings, heldQuantity } from "./sightings.ts";

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

/** What a file says was submitted in an hour. A record that was sent again is one record: the one with the most, where they differ. */
export const submittedOf = ({ submissions, matched, keys }: MatchedHour): HourlyQuantity[] =>
  keys
    .filter(({ submissions }) => submissions.length > 0)
    .map(({ submissions }) => submissions.reduce((most, each) => (most.quantity < each.quantity ? each : most)))
    .concat(matched.map((row) => submissionAt(submissions, row)));

/** What AWS took for each hour of a window, as far as CloudTrail shows, whoever sent it. */
export const evidencedByHour = (
  events: readonly EvidenceEvent[],
  window: Window,
  productOf: ProductOf,
): HourlyQuantity[] =>
  gatherSightings(events, window)
    .values()
    .map(({ key, all }) => takenAs(key, heldQuantity(all), productOf))
    .toArray();

/** What AWS took of an hour, as far as CloudTrail shows, whoever sent it. */
export const evidencedOf = ({ submissions, matched, keys }: MatchedHour, productOf: ProductOf): HourlyQuantity[] =>
  keys
    .filter(({ seen }) => seen.length > 0)
    .map((each) => takenAs(keyOf(each), heldQuantity(each.seen), productOf))
    .concat(
      matched
        .map((row) => submissionAt(submissions, row))
        .map((each) => takenAs(keyOfSubmission(each), each.quantity, productOf)),
    );

const takenAs = (key: Key, quantity: Quantity | undefined, productOf: ProductOf): HourlyQuantity => ({
  product: productOf(key),
  dimension: key.dimension,
  hour: key.hour,
  quantity: quantity ?? 0n,
});

/** What is known of each hour besides evidence: usage, from a ledger, or submissions, from a file. */
type Counted = { readonly used: readonly HourlyQuantity[] } | { readonly submitted: readonly HourlyQuantity[] };

/** Adds quantities up by hour, for each product and dimension of which there is anything in the window; no product comes last. */
export function reportHours(window: Window, counted: Counted, evidenced: readonly HourlyQuantity[]): ReportHours[] {
  const sums = hourlySums(window);
  const name = "used" in counted ? "used" : "submitted";
  sums.add("counted", "used" in counted ? counted.used : counted.submitted);
  sums.add("evidenced", evidenced);
  return sums.rows(name);
}

/** Quantities added up by hour, bit by bit. */
export interface HourlySums {
  add(to: "counted" | "evidenced", quantities: readonly HourlyQuantity[]): void;
  /** The sums, by product and dimension; `counted` says what was counted besides evidence. */
  rows(counted: "used" | "submitted"): ReportHours[];
}

export function hourlySums(window: Window): HourlySums {
  const count = (window.to - window.from) / HOUR;
  const zeros = () => Array.from({ length: count }, () => 0n);
  // By product and dimension, each a map of its own: one text of both would have to be made for every quantity.
  const found = new Map<string | null, Map<string, Record<"counted" | "evidenced", Quantity[]>>>();
  return {
    add(to, quantities) {
      for (const { product, dimension, hour, quantity } of quantities) {
        if (quantity === 0n) continue;
        const ofProduct = found.get(product) ?? new Map();
        found.set(product, ofProduct);
        const sums = ofProduct.get(dimension) ?? { counted: zeros(), evidenced: zeros() };
        ofProduct.set(dimension, sums);
        const place = (hour - window.from) / HOUR;
        sums[to][place] += quantity;
      }
    },
    rows: (counted) =>
      [...found]
        .flatMap(([product, ofProduct]) => [...ofProduct].map(([dimension, sums]) => ({ product, dimension, sums })))
        .map((each) => [JSON.stringify([each.product, each.dimension]), each] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { product, dimension, sums }]) => ({
          product,
          dimension,
          used: counted === "used" ? sums.counted.map(formatQuantity) : null,
          submitted: counted === "submitted" ? sums.counted.map(formatQuantity) : null,
          evidenced: sums.evidenced.map(formatQuantity),
        })),
  };
}
