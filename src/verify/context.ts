import type { Evidence, EvidenceByDay } from "../evidence/evidence.ts";
import type { NamedBuyer } from "../evidence/record.ts";
import type { FindingFacts } from "../report/kinds.ts";
import { cost, formatMoney } from "../report/money.ts";
import type { FindingKind } from "../report/report.ts";
import { formatInstant, HOUR, type Hour, type Instant } from "../usage/instants.ts";
import type { Products } from "../usage/products.ts";
import { formatQuantity, type Quantity } from "../usage/quantity.ts";
import type { Key } from "./identity.ts";
import type { Links } from "./links.ts";
import type { Submission } from "./submissions.ts";

/** How long after a call its absence from the log files means nothing: CloudTrail delivers within minutes, mostly. */
export const DELIVERY = 2 * HOUR;

/** What a reconciliation looks at that is not of one hour. */
interface Spanning {
  readonly window: { readonly from: Hour; readonly to: Hour };
  readonly now: Instant;
  /** The seller's products, for prices and names; empty where none are known. */
  readonly products: Products;
  /** The ARN of the role that alone submits; undefined where it is not known, and then any principal may. */
  readonly submitter: string | undefined;
  /** In which hours each meter was used, from a week before the window on. */
  readonly used: readonly UsedMeter[];
  /** The Regions whose log files were read; undefined where those of every Region were that a submission names. */
  readonly regions?: readonly string[];
}

/** Everything that a reconciliation looks at, in memory. */
export interface Reconciliation extends Spanning {
  /** What was submitted for the hours of the window. */
  readonly submissions: readonly Submission[];
  readonly evidence: Pick<Evidence, "events" | "unreadable" | "proof">;
}

/** What a reconciliation that goes hour by hour has to know of all hours before it comes to the first. */
export interface Frame extends Spanning {
  readonly evidence: Pick<EvidenceByDay, "loose" | "unreadable" | "proof">;
  /** What the submissions of all hours say of one another. */
  readonly links: Links;
}

/** A meter and the hours in which it was used. Its product is null where the submissions are a file, which knows none. */
export interface UsedMeter {
  readonly product: string | null;
  readonly buyer: NamedBuyer;
  readonly dimension: string;
  readonly hours: Hours;
}

/** A set of hours. */
export interface Hours extends Iterable<Hour> {
  has(hour: Hour): boolean;
}

/** Names the product of a record that only evidence knows; null where that is not certain. */
export type ProductOf = (key: Key) => string | null;

export function productFinder(products: Products, links: Pick<Links, "productOf">): ProductOf {
  const byCode = new Map([...products.values()].map(({ key, productCode }) => [productCode, key]));
  return ({ style, productCode, buyer }) =>
    (style === "license" ? links.productOf(buyer.licenseArn ?? "") : productCode && byCode.get(productCode)) || null;
}

/** What a finding is about and what is known of it; everything left out is null or none. */
interface Details {
  readonly product?: string | null;
  readonly buyer?: NamedBuyer | null;
  readonly dimension?: string | null;
  readonly hour?: Hour;
  readonly submitted?: Quantity;
  readonly evidenced?: Quantity | undefined;
  readonly deadline?: Instant;
  readonly reason: string;
  readonly objects?: readonly string[];
}

/** Makes the facts of a finding. Its money is the price of what was submitted and is not in evidence: below zero where AWS bills too much. */
export function factsOf(kind: FindingKind, details: Details, products: Products): FindingFacts {
  const { product = null, buyer = null, dimension = null, hour, submitted, evidenced, deadline } = details;
  const price = priceOf(products, product, dimension);
  const known = submitted !== undefined || evidenced !== undefined;
  return {
    kind,
    product,
    buyer: buyer && inOrder(buyer),
    dimension,
    hour: instantText(hour),
    submitted: quantityText(submitted),
    evidenced: quantityText(evidenced),
    money: price !== undefined && known ? formatMoney(cost(price, (submitted ?? 0n) - (evidenced ?? 0n))) : null,
    deadline: instantText(deadline),
    reason: details.reason,
    objects: [...(details.objects ?? [])],
  };
}

/** What one unit costs, as a decimal string in US dollars; undefined where it is not known. */
export const priceOf = (products: Products, product: string | null, dimension: string | null): string | undefined =>
  products.get(product ?? "")?.dimensions.get(dimension ?? "")?.price;

/** The details of a finding about a submission. */
export const aboutSubmission = ({ product, buyer, dimension, hour, quantity, deadline }: Submission) => ({
  product,
  buyer,
  dimension,
  hour,
  submitted: quantity,
  deadline,
});

/** A buyer with its fields in the order of the report's format. */
const inOrder = ({ accountId, licenseArn, customerIdentifier }: NamedBuyer): NamedBuyer => ({
  ...(accountId === undefined ? {} : { accountId }),
  ...(licenseArn === undefined ? {} : { licenseArn }),
  ...(customerIdentifier === undefined ? {} : { customerIdentifier }),
});

const instantText = (instant: Instant | undefined): string | null =>
  instant === undefined ? null : formatInstant(instant);
const quantityText = (quantity: Quantity | undefined): string | null =>
  quantity === undefined ? null : formatQuantity(quantity);
