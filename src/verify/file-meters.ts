import type { Subject } from "../evidence/packed-records.ts";
import type { NamedBuyer } from "../evidence/record.ts";
import type { ReportMeter } from "../report/report.ts";
import { formatQuantity, type Quantity } from "../usage/quantity.ts";
import type { MatchedHour } from "./matches.ts";
import { quantityAt, subjectAt } from "./packed-submissions.ts";
import { heldQuantity, type Sighting, withStatus } from "./sightings.ts";
import type { Submission } from "./submissions.ts";

/** The meters of submissions that are a file, as their hours are added. */
export interface FileMeters {
  add(hour: MatchedHour): void;
  /**
   * The meters of all hours, in order. A file knows neither what was used nor what waits, so those are null. `accepted` is what CloudTrail shows
   * that AWS took; what it did not take is `refused` where CloudTrail or the file says so, `expired` or `disputed` where the file does.
   */
  meters(): ReportMeter[];
}

export function fileMeters(): FileMeters {
  const found = new Map<string, Sums>();
  // Rows of one meter mostly share one buyer object, which takes no text to find.
  const remembered = new WeakMap<NamedBuyer, Map<string, Sums>>();

  function sumsOf(meter: Meter): Sums {
    const { buyer, dimension, productCode = "" } = meter;
    const ofBuyer = remembered.get(buyer) ?? new Map<string, Sums>();
    if (ofBuyer.size === 0) remembered.set(buyer, ofBuyer);
    const name = `${productCode} ${dimension}`;
    const known = ofBuyer.get(name);
    if (known) return known;
    const text = meterText(meter);
    const sums = found.get(text) ?? { meter, accepted: 0n, refused: 0n, expired: 0n, disputed: 0n };
    found.set(text, sums);
    ofBuyer.set(name, sums);
    return sums;
  }

  return {
    add({ submissions, matched, keys }) {
      for (const row of matched) sumsOf(subjectAt(submissions, row)).accepted += quantityAt(submissions, row);
      for (const { submissions: rows, seen } of keys) {
        if (rows.length === 0) continue;
        // A record that was sent again is one record; which row stands for it must not depend on their order.
        const submission = rows.reduce((first, each) => (rank(first) < rank(each) ? each : first));
        const sums = sumsOf(submission);
        const outcome = outcomeOf(submission, seen);
        if (outcome) sums[outcome.state] += outcome.quantity;
      }
    },
    meters: () => [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sums]) => meterOf(sums)),
  };
}

const rank = ({ quantity, state, buyer }: Submission): string =>
  JSON.stringify([quantity.toString().padStart(20, "0"), state ?? "", Object.entries(buyer).sort()]);

/** Whose and of what sums are, Regions apart. */
type Meter = Omit<Subject, "region">;

type Outcome = "accepted" | "refused" | "expired" | "disputed";
type Sums = { readonly meter: Meter } & Record<Outcome, Quantity>;

function outcomeOf(
  { state, quantity }: Submission,
  seen: readonly Sighting[],
): { state: Outcome; quantity: Quantity } | undefined {
  const held = heldQuantity(seen);
  if (held !== undefined) return { state: "accepted", quantity: held };
  if (withStatus(seen, "CustomerNotSubscribed").length > 0) return { state: "refused", quantity };
  return state === "refused" || state === "expired" || state === "disputed" ? { state, quantity } : undefined;
}

function meterText({ productCode, buyer, dimension }: Meter): string {
  const { licenseArn, accountId, customerIdentifier } = buyer;
  // A licence is of one product, whatever code a file gives beside it.
  const product = licenseArn === undefined ? productCode : undefined;
  return JSON.stringify([product ?? "", licenseArn ?? "", accountId ?? "", customerIdentifier ?? "", dimension]);
}

const meterOf = ({ meter: { buyer, dimension }, accepted, refused, expired, disputed }: Sums): ReportMeter => ({
  product: null,
  buyer: { ...buyer },
  dimension,
  opening: null,
  used: null,
  accepted: formatQuantity(accepted),
  refused: formatQuantity(refused),
  expired: formatQuantity(expired),
  disputed: formatQuantity(disputed),
  waiting: null,
});
