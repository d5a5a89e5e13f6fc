import type { DigestProof } from "../evidence/proof.ts";
import type { LedgerWindow, Statement, Window } from "../ledger/statement.ts";
import type { Report, ReportHours, ReportMeter, ReportMoved } from "../report/report.ts";
import { formatInstant } from "../usage/instants.ts";
import { formatQuantity } from "../usage/quantity.ts";
import type { CallCounts } from "./by-day.ts";
import type { Reconciled } from "./reconcile.ts";

/** What a report says besides findings. */
interface Contents {
  readonly meters: readonly ReportMeter[];
  readonly rejected: LedgerWindow["rejected"];
  readonly evidence: EvidenceSummary;
  readonly hours: readonly ReportHours[];
  /** Left out where the submissions are a file, which does not know it. */
  readonly moved?: readonly ReportMoved[];
}

/** What a report says of the evidence it rests on: how many log files and bytes, calls in them, and records in those. */
interface EvidenceSummary extends CallCounts {
  readonly objects: number;
  readonly bytes: number;
  readonly proof?: Pick<DigestProof, "digests">;
}

/** Puts a report together, its fields in the order of the format. */
export function makeReport(
  window: Window,
  { meters, rejected, evidence, hours, moved }: Contents,
  { findings, counts }: Reconciled,
): Report {
  return {
    version: 1,
    from: formatInstant(window.from),
    to: formatInstant(window.to),
    meters: [...meters],
    rejected: rejected.map(({ reason, field, count, example }) => ({ reason, field, count, example })),
    findings: [...findings],
    counts,
    evidence: {
      objects: evidence.objects,
      bytes: evidence.bytes,
      events: evidence.calls,
      records: evidence.records,
      digests: evidence.proof ? { ...evidence.proof.digests } : null,
    },
    hours: [...hours],
    ...(moved && { moved: [...moved] }),
  };
}

/** A meter of the ledger as a report shows it. */
export const ledgerMeter = ({ meter, sums }: Statement): ReportMeter => ({
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
