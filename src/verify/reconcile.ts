import { describe, type FindingFacts } from "../report/kinds.ts";
import { type Counts, FINDING_KINDS, type Finding } from "../report/report.ts";
import { findFailedCalls, findUnseenCalls } from "./calls.ts";
import { factsOf, productFinder, type Reconciliation } from "./context.ts";
import { findDoubles } from "./doubles.ts";
import { findForeign } from "./foreign.ts";
import { hiddenFinder } from "./hidden.ts";
import { keyOfSubmission } from "./identity.ts";
import { judge } from "./judge.ts";
import { gatherSightings, sightingsKey } from "./sightings.ts";
import { findSilentHours } from "./silent.ts";
import type { Submission } from "./submissions.ts";
import { unprovenFinder } from "./unproven.ts";

/** What submissions and evidence disagree on, in a fixed order, and how many of each kind; what matched is only counted. */
export interface Reconciled {
  readonly findings: readonly Finding[];
  readonly counts: Counts;
}

/** Compares submissions with evidence. Pure, and the same for the same input in any order. */
export function reconcile(given: Reconciliation): Reconciled {
  const input = { ...given, submissions: distinct(given.submissions) };
  const { submissions, evidence, window, products, now } = input;
  const sightings = gatherSightings(evidence.events, window);
  const keyOf = (submission: Submission) => sightingsKey(keyOfSubmission(submission), submission.region);
  const sendable = submissions.filter(({ unsendable }) => !unsendable);
  const doubles = findDoubles(sendable, sightings, products);

  const findHidden = hiddenFinder(evidence, given.regions);
  const findUnproven = unprovenFinder(input);
  const verdicts = submissions
    .filter((each) => each.unsendable || !doubles.sightings.has(keyOf(each)))
    .map((each) => judge(each, sightings.get(keyOf(each))?.all ?? [], { now, products, findHidden, findUnproven }));
  const judged = verdicts.filter((verdict) => typeof verdict !== "string");
  const explained = new Set(judged.flatMap(({ hidden }) => hidden?.events ?? []));

  const productOf = productFinder(input);
  const single = [...sightings].filter(([key]) => !doubles.sightings.has(key)).map(([, group]) => group);
  const byKey = new Map(sendable.map((each) => [keyOf(each), each]));
  const facts = [
    ...judged.map((verdict) => verdict.facts),
    ...doubles.findings,
    ...findForeign(input, single, productOf),
    ...findFailedCalls(input, { sightings, submissions: byKey, productOf }),
    ...findUnseenCalls(input, explained),
    ...findSilentHours(input),
    ...evidence.unreadable.map(({ key, reason }) => factsOf("integrity", { reason, objects: [key] }, products)),
    ...(evidence.proof?.faults ?? []).map((fault) => factsOf("integrity", fault, products)),
  ];
  const findings = inOrder(facts).map((each) => describe(each, now));
  return { findings, counts: countKinds(verdicts.filter((verdict) => verdict === "matched").length, findings) };
}

/**
 * Each submission once, in a fixed order: the same record sent again is not a second one. The latest attempt is kept, since evidence of it
 * may be the last to come.
 */
function distinct(submissions: readonly Submission[]): Submission[] {
  const found = new Map<string, Submission>();
  for (const [text, each] of submissions.map((each) => [submissionText(each), each] as const).sort(byText)) {
    const same = each.unsendable
      ? text
      : `${sightingsKey(keyOfSubmission(each), each.region)} ${each.quantity} ${each.product}`;
    const known = found.get(same);
    if (!known || (known.lastAttemptAt ?? known.timestamp) < (each.lastAttemptAt ?? each.timestamp))
      found.set(same, each);
  }
  return [...found.values()];
}

const submissionText = (submission: Submission): string => {
  const { product, region, productCode, dimension, hour, timestamp, quantity, state, reason, unsendable } = submission;
  const { accountId, licenseArn, customerIdentifier } = submission.buyer;
  const attempts = [submission.attempts, submission.unknownAttempts, submission.lastAttemptAt, submission.deadline];
  const buyer = [productCode, licenseArn, accountId, customerIdentifier];
  const numbers = [timestamp, quantity.toString(), state, reason, unsendable];
  return JSON.stringify([hour, product, region, ...buyer, dimension, ...numbers, ...attempts]);
};

function inOrder(facts: readonly FindingFacts[]): FindingFacts[] {
  const place = new Map(FINDING_KINDS.map((kind, index) => [kind, index]));
  return facts
    .map((each) => {
      const { hour, product, buyer, dimension } = each;
      const text = JSON.stringify([hour ?? "", product, dimension, buyer?.licenseArn, buyer?.accountId, each]);
      return [`${String(place.get(each.kind)).padStart(2, "0")} ${text}`, each] as const;
    })
    .sort(byText)
    .map(([, each]) => each);
}

function countKinds(matched: number, findings: readonly Finding[]): Counts {
  const kinds = Map.groupBy(findings, ({ kind }) => kind);
  const found = FINDING_KINDS.flatMap((kind) => {
    const count = kinds.get(kind)?.length ?? 0;
    return count === 0 ? [] : [[kind, count] as const];
  });
  return Object.fromEntries([["matched", matched], ...found]) as Counts;
}

const byText = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;
