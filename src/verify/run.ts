import { type Evidence, wholeEvidence } from "../evidence/evidence.ts";
import type { LogLocation } from "../evidence/keys.ts";
import type { PublicKeySource } from "../evidence/public-keys.ts";
import { readEvidence } from "../evidence/read.ts";
import type { EvidenceSource } from "../evidence/source.ts";
import type { EvidenceStore } from "../evidence/store.ts";
import { accept } from "../ledger/attempts.ts";
import { endDisputed, putBack } from "../ledger/repairs.ts";
import { readWindow, type Statement, type Window } from "../ledger/statement.ts";
import type { Table } from "../ledger/table.ts";
import type { Report } from "../report/report.ts";
import { CLOCK_DIFFERENCE } from "../usage/deadlines.ts";
import type { Instant } from "../usage/instants.ts";
import type { Products } from "../usage/products.ts";
import { countCalls } from "./by-day.ts";
import { productFinder } from "./context.ts";
import { evidencedByHour, reportHours, usedByHour } from "./hours.ts";
import { ledgerSubmissions, ledgerUse } from "./ledger.ts";
import { linkBook } from "./links.ts";
import { ledgerMeter, makeReport } from "./make-report.ts";
import { movedUnits } from "./moved.ts";
import { reconcile } from "./reconcile.ts";
import { type Repair, repairs } from "./repair.ts";
import { settlements } from "./settle.ts";

/** What a verification of the ledger needs. */
export interface Verification {
  readonly table: Table;
  readonly products: Products;
  /** Where the trail writes, and, by its Region, where usage is submitted. */
  readonly logs: LogLocation;
  /** The ARN of the role that alone submits. */
  readonly submitter: string;
}

/** What verifying a window comes to: its report, what of the ledger it is of, how many records evidence made `accepted`, and how many went back in line. */
export interface Verified {
  readonly report: Report;
  readonly statements: readonly Statement[];
  readonly settled: number;
  readonly returned: number;
}

/** The evidence of a window. */
type VerifiedEvidence = Pick<Evidence, "events" | "unreadable" | "objects" | "bytes" | "proof">;

/** Where evidence comes from and is kept, and the keys that its digests are verified with; without keys it counts unsigned. */
interface Evidenced {
  readonly source: EvidenceSource;
  readonly store: EvidenceStore;
  readonly publicKeys: PublicKeySource | undefined;
}

/**
 * Verifies a window of the ledger by what a trail delivered. Evidence is read before the ledger, which knows of every attempt before AWS
 * does: so no call can look as if the ledger did not know it.
 */
export async function verifyWindow(
  { source, store, publicKeys, ...verification }: Verification & Evidenced,
  window: Window,
  now: Instant,
): Promise<Verified> {
  const integrity = publicKeys && { publicKeys, now };
  const read = await readEvidence(source, [verification.logs], window, now, { store, integrity });
  return verifyEvidence(verification, await wholeEvidence(read), window, now);
}

/** Settles what evidence settles, puts back in line what it shows to be lost, and reports what is left. */
export async function verifyEvidence(
  { table, products, submitter, logs: { region } }: Verification,
  evidence: VerifiedEvidence,
  window: Window,
  now: Instant,
): Promise<Verified> {
  const read = async () => {
    const ledger = await readWindow(table, window);
    return { ledger, ...(await ledgerSubmissions({ table, products, region }, ledger, window, evidence)) };
  };
  let found = await read();
  const settled = settlements(found.records, { evidence, window });
  for (const { submission, acceptedAt } of settled) await accept(table, submission.ref, {}, acceptedAt);
  // Read again, so that the report says what the ledger now holds.
  if (settled.length > 0) found = await read();
  const lost = repairs(found.records, { evidence, window, now });
  const returned = await repair(table, lost, now);
  if (lost.length > 0) found = await read();
  const used = await ledgerUse(table, window);
  const submissions = [...found.records, ...found.late];
  const reconciled = reconcile({ window, now, submissions, evidence, products, submitter, used });
  const { statements, rejected } = found.ledger;
  const meters = statements.map(ledgerMeter);
  const taken = evidencedByHour(evidence.events, window, productFinder(products, linkBook(submissions)));
  const hours = reportHours(window, { used: usedByHour(statements) }, taken);
  const report = makeReport(
    window,
    {
      meters,
      rejected,
      evidence: { ...evidence, ...countCalls(evidence.events) },
      hours,
      moved: movedUnits(statements),
    },
    reconciled,
  );
  return { report, statements, settled: settled.length, returned };
}

/** Carries out repairs on records that nobody has touched since they were read; answers how many are in line again. */
async function repair(table: Table, lost: readonly Repair[], now: Instant): Promise<number> {
  let returned = 0;
  for (const { submission, to } of lost) {
    if (to === "end") await endDisputed(table, submission);
    else if (await putBack(table, submission, submission.deadline - CLOCK_DIFFERENCE, now)) returned += 1;
  }
  return returned;
}
