import { needsSomeone } from "../report/kinds.ts";
import { FINDING_KINDS, type Finding, type FindingKind } from "../report/report.ts";
import { fileNames } from "./day.ts";

/** The metric of a kind of finding: `FindingsBilledTwice` for `billed-twice`. */
export const findingMetric = (kind: FindingKind): string =>
  `Findings${kind
    .split("-")
    .map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)
    .join("")}`;

/** Counts the findings of a run's reports. What several of them say of the same files is counted once. */
export interface FindingCounter {
  add(findings: readonly Finding[]): void;
  /**
   * By the name of the kind's metric, zeros too: without them an alarm would not end. A failed call whose records AWS all took later is not
   * counted: its alarm asks for someone, and it needs no one.
   */
  byMetric(): Map<string, number>;
  /** How many need someone. */
  forSomeone(): number;
}

export function findingCounter(): FindingCounter {
  const counts = new Map(FINDING_KINDS.map((kind) => [kind, 0]));
  const files = new Set<string>();
  let needing = 0;
  return {
    add(findings) {
      for (const name of fileNames(findings)) files.add(name);
      for (const finding of findings.filter(({ kind }) => kind !== "integrity")) {
        const needs = needsSomeone(finding);
        if (needs) needing += 1;
        if (needs || finding.kind !== "failed-call") counts.set(finding.kind, (counts.get(finding.kind) ?? 0) + 1);
      }
    },
    byMetric() {
      counts.set("integrity", files.size);
      return new Map([...counts].map(([kind, count]) => [findingMetric(kind), count]));
    },
    forSomeone: () => needing + files.size,
  };
}
