import type { FindingFacts } from "../report/kinds.ts";
import type { Products } from "../usage/products.ts";
import { formatQuantity, sum } from "../usage/quantity.ts";
import { aboutSubmission, factsOf } from "./context.ts";
import type { SubmissionsByKey } from "./distinct.ts";
import { type Key, placedText } from "./identity.ts";
import type { Links } from "./links.ts";
import { heldQuantity, objectsOf, type Sightings, type SightingsByKey } from "./sightings.ts";
import type { Submission } from "./submissions.ts";

/** Hours that AWS took more than once, and the sightings that belong to them, by `sightingsKey`. */
export interface Doubles {
  readonly findings: readonly FindingFacts[];
  readonly sightings: ReadonlySet<string>;
}

/** One key that AWS took, in one Region, with the submission it answers to, if any. */
interface Taken {
  readonly sightings: Sightings;
  readonly submission: Submission | undefined;
}

/**
 * Finds the hours that were billed more than once: in two Regions, since AWS looks for duplicates in each alone, and in both integration
 * styles, whose keys are different to it. Only hours with a submission of their own count; the others are foreign anyway.
 */
export function findDoubles(
  submissions: SubmissionsByKey,
  sightings: SightingsByKey,
  { products, accountOf }: { readonly products: Products; readonly accountOf: Links["accountOf"] },
): Doubles {
  const taken = [...sightings.values()]
    .filter(({ all }) => heldQuantity(all) !== undefined)
    .map((each) => ({ sightings: each, submission: submissions.get(each.text)?.[0]?.submission }));
  const groups = merge([...inTwoRegions(taken), ...inTwoStyles(taken, accountOf)]);
  return {
    findings: groups.map((group) => describeDouble(group, products)),
    sightings: new Set(groups.flat().map(({ sightings: { text, region } }) => placedText(text, region))),
  };
}

function inTwoRegions(taken: readonly Taken[]): Taken[][] {
  const known = taken.filter(({ submission }) => submission !== undefined);
  return [...Map.groupBy(known, ({ sightings }) => sightings.text).values()].filter(({ length }) => length > 1);
}

/**
 * Records of both styles with the same dimension, hour and quantity. They are one usage billed twice where both name the same account, and,
 * where a customer's account is not known, if there is exactly one of each style that they could be.
 */
function inTwoStyles(taken: readonly Taken[], accountOf: (key: Key) => string | undefined): Taken[][] {
  const alike = Map.groupBy(
    taken.filter(({ sightings }) => heldQuantity(sightings.all) !== 0n),
    ({ sightings: { key, all } }) => JSON.stringify([key.hour, key.dimension, String(heldQuantity(all))]),
  );
  return [...alike.values()].flatMap((group) => {
    const licenses = group.filter(({ sightings }) => sightings.key.style === "license");
    const customers = group.filter(({ sightings }) => sightings.key.style === "productCode");
    return licenses.flatMap((license) =>
      customers
        .filter((customer) => {
          if (ownProducts(license, customer)) return false;
          const account = accountOf(customer.sightings.key);
          if (account !== undefined) return account === license.sightings.key.buyer.accountId;
          return licenses.length === 1 && customers.length === 1 && (!license.submission || !customer.submission);
        })
        .map((customer) => [license, customer]),
    );
  });
}

/** Whether two records need no explanation: none of them was submitted, or both were, for two products of the seller. */
function ownProducts({ submission: a }: Taken, { submission: b }: Taken): boolean {
  if (!a || !b) return !a && !b;
  return a.product !== b.product;
}

/** Joins groups that share a member: an hour billed three times is one finding. */
function merge(groups: readonly Taken[][]): Taken[][] {
  const merged: Taken[][] = [];
  for (const group of groups) {
    const sharing = merged.filter((other) => other.some((member) => group.includes(member)));
    for (const other of sharing) merged.splice(merged.indexOf(other), 1);
    merged.push([...new Set([...sharing.flat(), ...group])]);
  }
  return merged;
}

function describeDouble(group: readonly Taken[], products: Products): FindingFacts {
  const text = ({ sightings: { key, text, region } }: Taken) => `${region} ${key.style} ${text}`;
  const inOrder = group.toSorted((a, b) => (text(a) < text(b) ? -1 : 1));
  const first = inOrder.find(({ submission }) => submission !== undefined)?.submission as Submission;
  const { deadline: _, ...about } = aboutSubmission(first);
  const all = inOrder.map(({ sightings }) => heldQuantity(sightings.all) ?? 0n);
  const places = inOrder.map((taken, index) => `${formatQuantity(all[index] ?? 0n)} ${place(taken)}`);
  return factsOf(
    "billed-twice",
    {
      ...about,
      evidenced: sum(all),
      reason: `AWS took ${places.join(" and ")}`,
      objects: objectsOf(inOrder.flatMap(({ sightings }) => sightings.all)),
    },
    products,
  );
}

const place = ({ sightings: { key, region } }: Taken): string =>
  key.style === "license"
    ? `in ${region} by licence`
    : `in ${region} by product code ${key.productCode ?? "(none)"} for ${key.buyer.customerIdentifier ?? key.buyer.accountId}`;
