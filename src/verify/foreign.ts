import type { EvidenceEvent } from "../evidence/event.ts";
import type { Calls } from "../evidence/proof.ts";
import type { FindingFacts } from "../report/kinds.ts";
import { type Frame, factsOf, type ProductOf, type Reconciliation } from "./context.ts";
import type { SubmissionsByKey } from "./distinct.ts";
import { type Key, keyOfSubmission, keyText } from "./identity.ts";
import { gatherSightings, heldQuantity, objectsOf, type Sighting, type Sightings } from "./sightings.ts";
import type { Submission } from "./submissions.ts";

/** The keys in the evidence of a window that no submission has: to be looked for in the ledger before they are called foreign. */
export function unknownKeys({
  submissions,
  evidence,
  window,
}: Pick<Reconciliation, "submissions" | "window"> & { readonly evidence: Pick<Calls, "events"> }): Key[] {
  const known = new Set(submissions.map((each) => keyText(keyOfSubmission(each))));
  const keys = new Map<string, Key>();
  for (const { key, text } of gatherSightings(evidence.events, window).values())
    if (!known.has(text)) keys.set(text, key);
  return [...keys.values()];
}

/** Finds records of an hour that were not sent by the pipeline whose submissions these are, all of them sendable: by key, by Region, by state, by principal. */
export function findForeign(
  submissions: SubmissionsByKey,
  sightings: readonly Sightings[],
  { products, submitter, productOf }: Pick<Frame, "products" | "submitter"> & { readonly productOf: ProductOf },
): FindingFacts[] {
  return sightings.flatMap((group) => {
    const own = (submissions.get(group.text) ?? []).map(({ submission }) => submission);
    const sent = group.all.filter(({ event }) => event.errorCode === undefined);
    const { strangers, why } = strangersOf(sent, group, own, submitter);
    if (strangers.length === 0) return [];
    const principals = [...new Set(strangers.map(({ event }) => event.principal ?? "an unnamed principal"))].sort();
    const { buyer, dimension, hour } = group.key;
    const submitted = isUnsent(own) ? undefined : own[0]?.quantity;
    const details = {
      product: own[0] ? own[0].product : productOf(group.key),
      buyer,
      dimension,
      hour,
      ...(submitted === undefined ? {} : { submitted }),
      evidenced: heldQuantity(strangers),
      reason: `${why}; sent to ${group.region} by ${principals.join(", ")}`,
      objects: objectsOf(strangers),
    };
    return [factsOf("foreign", details, products)];
  });
}

function strangersOf(
  sent: readonly Sighting[],
  { region }: Sightings,
  own: readonly Submission[],
  submitter: string | undefined,
) {
  if (own.length === 0) return { strangers: sent, why: "no record of this buyer, dimension and hour was submitted" };
  const regions = [...new Set(own.map((each) => each.region))].sort();
  if (!regions.includes(region)) return { strangers: sent, why: `it was submitted to ${regions.join(", ")} only` };
  if (isUnsent(own)) return { strangers: sent, why: "the ledger has not sent it" };
  const others = sent.filter(({ event }) => submitter !== undefined && !isPrincipal(event, submitter));
  return { strangers: others, why: `only ${submitter} submits` };
}

const isUnsent = (own: readonly Submission[]): boolean =>
  own.every(({ state }) => state === "open" || state === "sealing");

/** Whether a role made a call. Where an event does not name its role, the session's ARN does: `arn:aws:sts::…:assumed-role/NAME/SESSION`. */
export function isPrincipal({ principal }: EvidenceEvent, roleArn: string): boolean {
  if (principal === roleArn) return true;
  const [, partition, account, path] = /^arn:([^:]+):iam::(\d+):role\/(.+)$/.exec(roleArn) ?? [];
  if (path === undefined || principal === undefined) return false;
  return principal.startsWith(`arn:${partition}:sts::${account}:assumed-role/${path.split("/").at(-1)}/`);
}
