import type { FindingFacts } from "../report/kinds.ts";
import type { FindingKind } from "../report/report.ts";
import { formatInstant, type Instant } from "../usage/instants.ts";
import type { Products } from "../usage/products.ts";
import type { Quantity } from "../usage/quantity.ts";
import { aboutSubmission, DELIVERY, factsOf } from "./context.ts";
import type { FindHidden, Hidden } from "./hidden.ts";
import type { PlacedKey } from "./placed-keys.ts";
import { objectsOf, type Sighting, withStatus } from "./sightings.ts";
import type { Submission } from "./submissions.ts";
import { absenceMeans } from "./unproven.ts";

/** What became of one submission: it matched, there is nothing to say of it yet, or a finding, with the hidden evidence it rests on. */
export type Verdict = "matched" | "nothing" | { readonly facts: FindingFacts; readonly hidden?: Hidden | undefined };

interface Surroundings {
  readonly now: Instant;
  readonly products: Products;
  readonly findHidden: FindHidden;
  readonly isAwaited: (submission: Submission) => boolean;
}

/**
 * Compares one submission with all evidence of its key in its Region. Only a `Success` with the same quantity, and none with
 * another, is a match; everything that cannot be seen is said to be so.
 */
export function judge(
  submission: Submission,
  { seen: sightings, young: unsigned, failed }: Pick<PlacedKey, "seen" | "young" | "failed">,
  { now, products, findHidden, isAwaited: isAwaitedOf }: Surroundings,
): Verdict {
  const finding = (
    kind: FindingKind,
    reason: string,
    more: { evidenced?: Quantity; hidden?: Hidden; seen?: readonly Sighting[] } = {},
  ): Verdict => {
    const objects = more.hidden?.objects ?? objectsOf(more.seen ?? sightings);
    const details = { ...aboutSubmission(submission), evidenced: more.evidenced, reason, objects };
    return { facts: factsOf(kind, details, products), hidden: more.hidden };
  };
  const { state, quantity, deadline } = submission;
  const given = submission.reason ?? "no reason is known";
  if (submission.unsendable) return finding("expired", given);
  // What is not sealed has no numbers yet that evidence could be compared with.
  if (state === "open" || state === "sealing") return "nothing";

  const taken = withStatus(sightings, "Success");
  const duplicates = withStatus(sightings, "DuplicateRecord");
  const other = taken.find(({ record }) => record.quantity !== quantity)?.record.quantity;
  if (other !== undefined) {
    const short = duplicates.length > 0 && other < quantity;
    return finding(short ? "under-billed-duplicate" : "quantity-mismatch", "the first record of an hour stands", {
      evidenced: other,
    });
  }
  if (taken.length > 0) {
    if (state === undefined || state === "accepted" || state === "sealed") return "matched";
    const reason = `the ledger holds it as ${state} (${given}), but CloudTrail shows that AWS took it`;
    return finding(state, reason, { evidenced: quantity });
  }

  const isPending = state === undefined || state === "accepted";
  const isAwaited = isAwaitedOf(submission);
  if (isPending && unsigned.length > 0)
    return finding("not-yet-verified", "the digest that will name its log file has not come", { seen: unsigned });
  const young = now < absenceMeans(submission);
  if (duplicates.length > 0 && !young && !isAwaited) {
    const hidden = findHidden(submission);
    return hidden
      ? finding("unverifiable", `AWS answered DuplicateRecord, and ${hidden.reason}`, { hidden })
      : finding("under-billed-duplicate", "no log file shows the record that stands");
  }
  if (state === "refused" || state === "expired" || state === "disputed") return finding(state, given);
  if (state === "sealed") {
    return now < deadline + DELIVERY
      ? "nothing"
      : finding("missing", "it still waits in the ledger although its deadline has passed");
  }
  if (young) return finding("not-yet-delivered", "its last attempt is less than 2 hours ago");
  if (failed.length > 0)
    return finding("unverifiable", "only log files that fail verification have it", { seen: failed });
  const hidden = findHidden(submission);
  if (hidden) return finding("unverifiable", hidden.reason, { hidden });
  if (isAwaited)
    return finding("not-yet-verified", "the digests of the two hours after its last attempt have not come");
  if (withStatus(sightings, "none").some(({ event }) => event.errorCode === undefined))
    return finding("unverifiable", "a call with the record is in CloudTrail without AWS's answer to it");
  if (withStatus(sightings, "CustomerNotSubscribed").length > 0)
    return finding("refused", "CloudTrail shows CustomerNotSubscribed as AWS's answer");
  return finding("missing", whyMissing(submission, sightings));
}

function whyMissing({ lastAttemptAt }: Submission, sightings: readonly Sighting[]): string {
  if (withStatus(sightings, "unprocessed").length > 0) return "CloudTrail shows it only among the unprocessed records";
  const failed = sightings[0]?.event.errorCode;
  if (failed !== undefined) return `CloudTrail shows it only in calls that failed (${failed})`;
  const since = lastAttemptAt === undefined ? "" : `, although it was last sent at ${formatInstant(lastAttemptAt)}`;
  return `no call in CloudTrail names it${since}`;
}
