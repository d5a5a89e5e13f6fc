import type { LogLocation } from "../evidence/keys.ts";
import { type Evidence, readEvidence } from "../evidence/read.ts";
import type { EvidenceSource } from "../evidence/source.ts";
import { accept } from "../ledger/attempts.ts";
import { type LedgerWindow, listRecordHours, readWindow, type Statement, type Window } from "../ledger/statement.ts";
import type { Table } from "../ledger/table.ts";
import type { Report, ReportMeter } from "../report/report.ts";
import { formatInstant, type Instant } from "../usage/instants.ts";
import type { Products } from "../usage/products.ts";
import { formatQuantity } from "../usage/quantity.ts";
import { unknownKeys } from "./foreign.ts";
import { findSubmissions, lateUsage, submissionOf } from "./ledger.ts";
import { type Reconciled, reconcile } from "./reconcile.ts";
import { settlements } from "./settle.ts";
import { UNBROKEN } from "./silent.ts";

/** What a verification of the ledger needs. */
export interface Verification {
  readonly table: Table;
  readonly products: Products;
  /** Where the trail writes, and, by its Region, where usage is submitted. */
  readonly logs: LogLocation;
  /** The ARN of the role that alone submits. */
  readonly submitter: string;
}

/** What verifying a window comes to: its report, and how many records evidence made `accepted`. */
export interface Verified {
  readonly report: Report;
  readonly settled: number;
}

/**
 * Verifies a window of the ledger by what a trail delivered. Evidence is read before the ledger, which knows of every attempt before AWS
 * does: so no call can look as if the ledger did not know it.
 */
export async function verifyWindow(
  { source, ...verification }: Verification & { readonly source: EvidenceSource },
  window: Window,
  now: Instant,
): Promise<Verified> {
  const evidence = await readEvidence(source, [verification.logs], window, now);
  return verifyEvidence(verification, evidence, window, now);
}

/** Settles what evidence settles, and reports what is left. */
export async function verifyEvidence(
  verification: Verification,
  evidence: Evidence,
  window: Window,
  now: Instant,
): Promise<Verified> {
  const { table, products, submitter } = verification;
  let read = await readSubmissions(verification, window, evidence);
  const settled = settlements(read.records, { evidence, window });
  for (const { submission, acceptedAt } of settled) await accept(table, submission.ref, {}, acceptedAt);
  // Read again, so that the report says what the ledger now holds.
  if (settled.length > 0) read = await readSubmissions(verification, window, evidence);
  const used = await listRecordHours(table, { from: window.from - UNBROKEN, to: window.to });
  const submissions = [...read.records, ...read.late];
  const reconciled = reconcile({ window, now, submissions, evidence, products, submitter, used });
  return { report: makeReport(window, read.ledger, reconciled, evidence), settled: settled.length };
}

async function readSubmissions(
  { table, products, logs: { region } }: Verification,
  window: Window,
  evidence: Evidence,
) {
  const ledger = await readWindow(table, window);
  const late = ledger.statements.flatMap((statement) => lateUsage(statement, region));
  const listed = ledger.statements
    .flatMap(({ records }) => records)
    .map((record) => submissionOf(record, products, region))
    .filter((submission) => submission !== undefined);
  const unknown = unknownKeys({ submissions: listed, evidence, window });
  return { ledger, late, records: [...listed, ...(await findSubmissions(table, unknown, products, region))] };
}

function makeReport(window: Window, ledger: LedgerWindow, reconciled: Reconciled, evidence: Evidence): Report {
  return {
    version: 1,
    from: formatInstant(window.from),
    to: formatInstant(window.to),
    meters: ledger.statements.map(reportMeter),
    rejected: ledger.rejected.map(({ reason, field, count, example }) => ({ reason, field, count, example })),
    findings: [...reconciled.findings],
    counts: reconciled.counts,
    evidence: {
      objects: evidence.objects,
      bytes: evidence.bytes,
      events: evidence.events.length,
      records: evidence.events.reduce((count, { records }) => count + records.length, 0),
      digests: { valid: 0, invalid: 0, missing: 0 },
    },
  };
}

const reportMeter = ({ meter, sums }: Statement): ReportMeter => ({
  product: meter.product,
  buyer: { ...meter.buyer },
  dimension: meter.dimension,
  opening: formatQuantity(sums.opening),
  used: formatQuantity(sums.used),
  accepted: formatQuantity(sums.accepted),
  refused: formatQuantity(sums.refused),
  expired: formatQuantity(sums.expired),
  disputed: formatQuantity(sums.disputed),
  waiting: formatQuantity(sums.waiting),
});
