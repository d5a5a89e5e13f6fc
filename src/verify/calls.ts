import type { EvidenceEvent } from "../evidence/event.ts";
import type { EvidenceRecord } from "../evidence/record.ts";
import type { FindingFacts } from "../report/kinds.ts";
import { cost, formatMoney } from "../report/money.ts";
import type { Instant } from "../usage/instants.ts";
import { sum } from "../usage/quantity.ts";
import { type Frame, factsOf, type ProductOf, priceOf } from "./context.ts";
import type { SubmissionsByKey } from "./distinct.ts";
import { keyOfRecord } from "./identity.ts";
import type { Keyed } from "./keyed.ts";
import { type Sighting, type SightingsByKey, withStatus } from "./sightings.ts";
import type { Submission } from "./submissions.ts";

/** Failed calls, of which each hour tells what became of its records. */
export interface FailedCalls {
  /** Takes what was seen and submitted in an hour. */
  add(sightings: SightingsByKey, submissions: SubmissionsByKey): void;
  /**
   * Calls that failed, each with the sum of its records of the window as submitted, whatever their dimensions, and the same sum as evidenced
   * once AWS took all of them in other calls. Where CloudTrail left the records out, neither is known.
   */
  findings(): FindingFacts[];
}

type Context = Pick<Frame, "products" | "window"> & { readonly productOf: ProductOf };

/** What the hours so far say of a failed call: of its records that AWS is not known to have taken, the cost and the first deadline. */
interface FailedCall {
  readonly details: Parameters<typeof factsOf>[1];
  lost: number;
  /** Undefined where the price of any of them is not known. */
  worth: bigint | undefined;
  deadline: Instant;
}

export function failedCalls({ products, window, productOf }: Context, loose: readonly EvidenceEvent[]): FailedCalls {
  const failed = new Map<string, FailedCall>();
  return {
    add(sightings, submissions) {
      for (const group of sightings.values()) {
        for (const { event, record } of group.all.filter(isOfFailedCall)) {
          const known = failed.get(event.eventId) ?? failedCall(event);
          failed.set(event.eventId, known);
          const submission = submittedTo(submissions.get(group.text), group.region);
          if (submission?.state === "accepted" || isTaken(record, group.all)) continue;
          const price = priceOf(products, productOf(group.key), record.dimension);
          known.lost += 1;
          known.worth =
            price === undefined || known.worth === undefined ? undefined : known.worth + cost(price, record.quantity);
          known.deadline = Math.min(known.deadline, submission?.deadline ?? Infinity);
        }
      }
    },

    findings() {
      const unseen = loose.filter(({ errorCode, unseen }) => errorCode !== undefined && unseen !== "none");
      return [
        ...unseen
          .filter(({ eventTime }) => eventTime >= window.from && eventTime < window.to)
          .map((event) => factsOf("failed-call", { reason: reasonOf(event), objects: event.objects }, products)),
        ...[...failed.values()].map(({ details, lost, worth, deadline }) => {
          const outcome = {
            ...(lost === 0 ? { evidenced: details.submitted } : {}),
            ...(deadline === Infinity ? {} : { deadline }),
          };
          const facts = factsOf("failed-call", { ...details, ...outcome }, products);
          return { ...facts, money: worth === undefined ? null : formatMoney(worth) };
        }),
      ];
    },
  };

  function failedCall(event: EvidenceEvent): FailedCall {
    const records = [...event.records].filter(({ timestamp }) => timestamp >= window.from && timestamp < window.to);
    const details = {
      ...common(records, productOf),
      submitted: sum(records.map(({ quantity }) => quantity)),
      reason: reasonOf(event),
      objects: event.objects,
    };
    return { details, lost: 0, worth: 0n, deadline: Infinity };
  }
}

/** The last of a key's submissions to a Region. */
const submittedTo = (submissions: readonly Keyed[] = [], region: string): Submission | undefined =>
  submissions.findLast(({ submission }) => submission.region === region)?.submission;

const isOfFailedCall = ({ event: { errorCode, unseen } }: Sighting): boolean =>
  errorCode !== undefined && unseen === "none";

/** Whether AWS took the same record in another call. */
const isTaken = (record: EvidenceRecord, sightings: readonly Sighting[]): boolean =>
  withStatus(sightings, "Success").some((other) => other.record.quantity === record.quantity);

const reasonOf = ({ errorCode, errorMessage }: EvidenceEvent): string =>
  [errorCode, errorMessage].filter(Boolean).join(": ");

/** Calls that AWS took and whose records cannot all be seen, where no submission is already called unverifiable because of them, by their ids. */
export function findUnseenCalls({ evidence, products, window }: Frame, explained: ReadonlySet<string>): FindingFacts[] {
  return evidence.loose.events
    .filter(({ unseen, errorCode }) => unseen !== "none" && errorCode === undefined)
    .filter(({ eventId, eventTime }) => !explained.has(eventId) && eventTime >= window.from && eventTime < window.to)
    .map(({ unseen, objects }) => {
      const reason =
        unseen === "left-out"
          ? "CloudTrail left the records out of the event, as it does above 100 KB"
          : "the event has records in a form that is not known";
      return factsOf("unverifiable", { reason, objects }, products);
    });
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
