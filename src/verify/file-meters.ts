import type { EvidenceEvent } from "../evidence/event.ts";
import type { ReportMeter } from "../report/report.ts";
import { formatQuantity, type Quantity } from "../usage/quantity.ts";
import { keyOfSubmission } from "./identity.ts";
import { gatherSightings, heldQuantity, type Sightings, sightingsKey, withStatus } from "./sightings.ts";
import type { Submission } from "./submissions.ts";

type Window = Parameters<typeof gatherSightings>[1];

/**
 * The meters of submissions that are a file. It knows neither what was used nor what waits, so those are null. `accepted` is what CloudTrail
 * shows that AWS took; what it did not take is `refused` where CloudTrail or the file says so, `expired` or `disputed` where the file does.
 */
export function fileMeters(
  submissions: readonly Submission[],
  events: readonly EvidenceEvent[],
  window: Window,
): ReportMeter[] {
  const sightings = gatherSightings(events, window);
  const meters = new Map<string, Sums>();
  // A record that was sent again is one record; which row stands for it must not depend on their order.
  const distinct = new Map<string, Submission>();
  for (const each of submissions) {
    const key = sightingsKey(keyOfSubmission(each), each.region);
    const known = distinct.get(key);
    if (!known || rank(known) < rank(each)) distinct.set(key, each);
  }
  for (const [key, submission] of distinct) {
    const text = meterText(submission);
    const sums = meters.get(text) ?? { submission, accepted: 0n, refused: 0n, expired: 0n, disputed: 0n };
    meters.set(text, sums);
    const outcome = outcomeOf(submission, sightings.get(key));
    if (outcome) sums[outcome.state] += outcome.quantity;
  }
  return [...meters].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sums]) => meterOf(sums));
}

const rank = ({ quantity, state, buyer }: Submission): string =>
  JSON.stringify([quantity.toString().padStart(20, "0"), state ?? "", Object.entries(buyer).sort()]);

type Outcome = "accepted" | "refused" | "expired" | "disputed";
type Sums = { readonly submission: Submission } & Record<Outcome, Quantity>;

function outcomeOf(
  { state, quantity }: Submission,
  sightings: Sightings | undefined,
): { state: Outcome; quantity: Quantity } | undefined {
  const all = sightings?.all ?? [];
  const held = heldQuantity(all);
  if (held !== undefined) return { state: "accepted", quantity: held };
  if (withStatus(all, "CustomerNotSubscribed").length > 0) return { state: "refused", quantity };
  return state === "refused" || state === "expired" || state === "disputed" ? { state, quantity } : undefined;
}

function meterText({ productCode, buyer, dimension }: Submission): string {
  const { licenseArn, accountId, customerIdentifier } = buyer;
  // A licence is of one product, whatever code a file gives beside it.
  const product = licenseArn === undefined ? productCode : undefined;
  return JSON.stringify([product ?? "", licenseArn ?? "", accountId ?? "", customerIdentifier ?? "", dimension]);
}

const meterOf = ({ submission: { buyer, dimension }, accepted, refused, expired, disputed }: Sums): ReportMeter => ({
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
