import { isLoose } from "../evidence/store.ts";
import { describe, type FindingFacts } from "../report/kinds.ts";
import { type Counts, FINDING_KINDS, type Finding } from "../report/report.ts";
import { failedCalls, findUnseenCalls } from "./calls.ts";
import { type Frame, factsOf, productFinder, type Reconciliation } from "./context.ts";
import { distinctSubmissions, type SubmissionsByKey } from "./distinct.ts";
import { findDoubles } from "./doubles.ts";
import { findForeign } from "./foreign.ts";
import { hiddenFinder } from "./hidden.ts";
import { placedText } from "./identity.ts";
import { judge } from "./judge.ts";
import { keyed } from "./keyed.ts";
import { linkBook } from "./links.ts";
import type { MatchedHour } from "./matches.ts";
import type { PlacedKey } from "./placed-keys.ts";
import { type SightingsByKey, sightingsOf } from "./sightings.ts";
import { findSilentHours } from "./silent.ts";
import { hourSlices, submissionsByHour } from "./slices.ts";
import { awaitedFinder } from "./unproven.ts";

/** What submissions and evidence disagree on, in a fixed order, and how many of each kind; what matched is only counted. */
export interface Reconciled {
  readonly findings: readonly Finding[];
  readonly counts: Counts;
}

/** Compares submissions with evidence, hour by hour: all hours of which there is any, each once, in any order. */
export interface Reconciler {
  add(hour: MatchedHour): void;
  /** What all hours come to. */
  end(): Reconciled;
}

/** Compares submissions with evidence. Pure, and the same for the same input in any order. */
export function reconcile({
  submissions,
  evidence: { events, unreadable, proof },
  ...given
}: Reconciliation): Reconciled {
  const { young = [], failed = [] } = proof ?? {};
  const loose = { events: events.filter(isLoose), young: young.filter(isLoose), failed: failed.filter(isLoose) };
  const evidence = { loose, unreadable, ...(proof && { proof }) };
  const reconciler = startReconciling({ ...given, evidence, links: linkBook(submissions) });
  const calls = { events, young, failed };
  const { window, submitter } = given;
  for (const slice of hourSlices(window, submissionsByHour(submissions), calls, submitter)) reconciler.add(slice);
  return reconciler.end();
}

/** Begins a reconciliation whose hours need not all be in memory. */
export function startReconciling(frame: Frame): Reconciler {
  const { evidence, products, submitter, now } = frame;
  const links = withEvidence(frame);
  const productOf = productFinder(products, links);
  const findHidden = hiddenFinder(evidence, frame.regions);
  const isAwaited = awaitedFinder(frame);
  const failed = failedCalls({ ...frame, productOf }, evidence.loose.events);
  const explained = new Set<string>();
  const facts: FindingFacts[] = [];
  let matched = 0;

  return {
    add({ matched: plainly, keys }) {
      matched += plainly.length;
      if (keys.length === 0) return;
      const submissions = distinctSubmissions(keys.flatMap(keyed));
      const sightings = sightingsByKey(keys);
      const sendable = sendableOf(submissions);
      const doubles = findDoubles(sendable, sightings, { products, accountOf: links.accountOf });
      const around = { now, products, findHidden, isAwaited };
      for (const { submission, placed, at } of [...submissions.values()].flat()) {
        if (!submission.unsendable && doubles.sightings.has(placed)) continue;
        const verdict = judge(submission, at, around);
        if (verdict === "matched") matched += 1;
        else if (verdict !== "nothing") {
          facts.push(verdict.facts);
          for (const { eventId } of verdict.hidden?.events ?? []) explained.add(eventId);
        }
      }
      const single = [...sightings].filter(([key]) => !doubles.sightings.has(key)).map(([, group]) => group);
      for (const each of findForeign(sendable, single, { products, submitter, productOf })) facts.push(each);
      for (const each of doubles.findings) facts.push(each);
      failed.add(sightings, sendable);
    },

    end() {
      const all = facts.concat(
        failed.findings(),
        findUnseenCalls(frame, explained),
        findSilentHours(frame),
        evidence.unreadable.map(({ key, reason }) => factsOf("integrity", { reason, objects: [key] }, products)),
        (evidence.proof?.faults ?? []).map((fault) => factsOf("integrity", fault, products)),
      );
      const findings = inOrder(all).map((each) => describe(each, now));
      return { findings, counts: countKinds(matched, findings) };
    },
  };
}

const sightingsByKey = (keys: readonly PlacedKey[]): SightingsByKey =>
  new Map(
    keys
      .values()
      .filter(({ seen }) => seen.length > 0)
      .map(({ seen }) => sightingsOf(seen))
      .map((sightings) => [placedText(sightings.text, sightings.region), sightings]),
  );

const sendableOf = (submissions: SubmissionsByKey): SubmissionsByKey =>
  new Map(
    submissions.entries().map(([text, group]) => [text, group.filter(({ submission }) => !submission.unsendable)]),
  );

/** What submissions and proved calls together say of one another. */
function withEvidence({ links, evidence, window }: Frame): Frame["links"] {
  const seen = linkBook();
  for (const { records } of evidence.loose.events)
    for (const { buyer, timestamp } of records)
      if (timestamp >= window.from && timestamp < window.to) seen.addBuyer(buyer);
  return { productOf: links.productOf, accountOf: (key) => least(links.accountOf(key), seen.accountOf(key)) };
}

const least = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a;

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
