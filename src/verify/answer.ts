import { exitCode } from "../report/exit-code.ts";
import { needsSomeone } from "../report/kinds.ts";
import type { Counts } from "../report/report.ts";
import type { ReportFiles } from "./files.ts";
import type { Verified } from "./run.ts";

/** One report that a run wrote, and what it came to. */
export interface Summary {
  /** The window, from its first hour up to, not including, its last, as in the report. */
  readonly from: string;
  readonly to: string;
  readonly counts: Counts;
  /** How many records evidence made `accepted` in this run. */
  readonly settled: number;
  /** How many records went back in line in this run, since evidence showed that AWS had not taken them. */
  readonly returned: number;
  /** How many of the findings need someone. */
  readonly forSomeone: number;
  /** 0 where the report needs no one, else 1. */
  readonly exitCode: 0 | 1;
  /** The keys of the report's files in the report bucket. */
  readonly files: ReportFiles;
}

export function summarize({ report, settled, returned }: Verified, files: ReportFiles): Summary {
  const { from, to, counts, findings } = report;
  const forSomeone = findings.filter(needsSomeone).length;
  return { from, to, counts, settled, returned, forSomeone, exitCode: exitCode(report), files };
}

export const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
