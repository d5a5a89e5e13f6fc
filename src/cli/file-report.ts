import type { EvidenceByDay } from "../evidence/evidence.ts";
import type { Window } from "../ledger/statement.ts";
import type { Report } from "../report/report.ts";
import type { Hour, Instant } from "../usage/instants.ts";
import { goByDay } from "../verify/by-day.ts";
import { namedAsSent } from "../verify/file-buyers.ts";
import { fileMeters } from "../verify/file-meters.ts";
import { evidencedOf, hourlySums, submittedOf } from "../verify/hours.ts";
import type { Links } from "../verify/links.ts";
import { makeReport } from "../verify/make-report.ts";
import { startReconciling } from "../verify/reconcile.ts";
import type { SubmissionStore } from "./submissions/store.ts";

/** A submissions file as it was read, and what it is compared with. */
interface Compared {
  readonly store: SubmissionStore;
  readonly links: Links;
  readonly evidence: EvidenceByDay;
  readonly now: Instant;
  /** Called with each hour before it is compared. */
  readonly onHour: (hour: Hour) => void;
}

/** Compares a submissions file with evidence, and reports. */
export async function reportOnFile(window: Window, { store, links, evidence, now, onHour }: Compared): Promise<Report> {
  const compared = { window, submitter: undefined };
  const reconciler = startReconciling({
    ...compared,
    now,
    evidence,
    products: new Map(),
    used: store.used(),
    links,
    regions: evidence.regions,
  });
  const sums = fileMeters();
  const hours = hourlySums(window);
  const counts = await goByDay(
    compared,
    evidence,
    async () => store.ofHour,
    (slice) => {
      onHour(slice.hour);
      const named = { ...slice, keys: namedAsSent(slice.keys) };
      reconciler.add(named);
      sums.add(named);
      hours.add("counted", submittedOf(named));
      hours.add(
        "evidenced",
        evidencedOf(named, () => null),
      );
    },
  );
  const contents = { meters: sums.meters(), rejected: [], hours: hours.rows("submitted") };
  return makeReport(window, { ...contents, evidence: { ...evidence, ...counts } }, reconciler.end());
}
