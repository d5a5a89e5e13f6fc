import type { EvidenceEvent } from "../evidence/event.ts";
import type { EvidenceRecord } from "../evidence/record.ts";
import type { FindingFacts } from "../report/kinds.ts";
import { cost, formatMoney } from "../report/money.ts";
import { sum } from "../usage/quantity.ts";
import { factsOf, type ProductOf, priceOf, type Reconciliation } from "./context.ts";
import { keyOfRecord } from "./identity.ts";
import { type SightingsByKey, sightingsKey, withStatus } from "./sightings.ts";
import type { Submission } from "./submissions.ts";

/** Where a failed call looks for what became of its records. */
interface Outcomes {
  readonly sightings: SightingsByKey;
  /** By `sightingsKey`. */
  readonly submissions: ReadonlyMap<string, Submission>;
  readonly productOf: ProductOf;
}

/**
 * Calls that failed, each with the sum of its records of the window as submitted, whatever their dimensions, and the same sum as evidenced
 * once AWS took all of them in other calls. Where CloudTrail left the records out, neither is known.
 */
export function findFailedCalls({ evidence, products, window }: Reconciliation, outcomes: Outcomes): FindingFacts[] {
  const inWindow = (instant: number) => instant >= window.from && instant < window.to;
  return evidence.events.flatMap((event) => {
    if (event.errorCode === undefined) return [];
    const reason = [event.errorCode, event.errorMessage].filter(Boolean).join(": ");
    if (event.unseen !== "none")
      return inWindow(event.eventTime) ? [factsOf("failed-call", { reason, objects: event.objects }, products)] : [];
    const records = event.records.filter(({ timestamp }) => inWindow(timestamp));
    if (records.length === 0) return [];
    const total = sum(records.map(({ quantity }) => quantity));
    const { lost, deadline } = stillLost(records, event.region, outcomes);
    const details = {
      ...common(records, outcomes.productOf),
      submitted: total,
      ...(lost.length === 0 ? { evidenced: total } : {}),
      ...(deadline === undefined ? {} : { deadline }),
      reason,
      objects: event.objects,
    };
    return [{ ...factsOf("failed-call", details, products), money: worth(lost, products, outcomes.productOf) }];
  });
}

/** Calls that AWS took and whose records cannot all be seen, where no submission is already called unverifiable because of them. */
export function findUnseenCalls(
  { evidence, products, window }: Reconciliation,
  explained: ReadonlySet<EvidenceEvent>,
): FindingFacts[] {
  return evidence.events
    .filter(({ unseen, errorCode }) => unseen !== "none" && errorCode === undefined)
    .filter((event) => !explained.has(event) && event.eventTime >= window.from && event.eventTime < window.to)
    .map(({ unseen, objects }) => {
      const reason =
        unseen === "left-out"
          ? "CloudTrail left the records out of the event, as it does above 100 KB"
          : "the event has records in a form that is not known";
      return factsOf("unverifiable", { reason, objects }, products);
    });
}

/** The records that AWS is not known to have taken in another call, and the first deadline among them. */
function stillLost(records: readonly EvidenceRecord[], region: string, { sightings, submissions }: Outcomes) {
  const lost = records.filter((record) => {
    const key = sightingsKey(keyOfRecord(record), region);
    const taken = withStatus(sightings.get(key)?.all ?? [], "Success");
    const same = taken.some((other) => other.record.quantity === record.quantity);
    return !same && submissions.get(key)?.state !== "accepted";
  });
  const deadlines = lost
    .map((record) => submissions.get(sightingsKey(keyOfRecord(record), region))?.deadline)
    .filter((deadline) => deadline !== undefined);
  return { lost, deadline: deadlines.length === 0 ? undefined : Math.min(...deadlines) };
}

/** What all records of a call have in common; null for the rest. */
function common(records: readonly EvidenceRecord[], productOf: ProductOf) {
  const keys = records.map(keyOfRecord);
  const only = <T>(values: readonly T[]): T | undefined =>
    new Set(values.map((value) => JSON.stringify(value))).size === 1 ? values[0] : undefined;
  const hour = only(keys.map((key) => key.hour));
  return {
    product: only(keys.map(productOf)) ?? null,
    buyer: only(keys.map((key) => key.buyer)) ?? null,
    dimension: only(keys.map((key) => key.dimension)) ?? null,
    ...(hour === undefined ? {} : { hour }),
  };
}

/** What records cost; null where the price of any of them is not known. */
function worth(records: readonly EvidenceRecord[], products: Reconciliation["products"], productOf: ProductOf) {
  const costs = records.map((record) => {
    const price = priceOf(products, productOf(keyOfRecord(record)), record.dimension);
    return price === undefined ? undefined : cost(price, record.quantity);
  });
  return costs.includes(undefined) ? null : formatMoney(sum(costs.filter((each) => each !== undefined)));
}
