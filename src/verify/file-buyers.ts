import type { NamedBuyer } from "../evidence/record.ts";
import { keyOfSubmission } from "./identity.ts";
import { keyOf, type PlacedKey } from "./placed-keys.ts";
import { sightingsKey } from "./sightings.ts";
import type { Submission } from "./submissions.ts";

/**
 * Submissions of older listings may name their buyer by customer identifier and by account, where a call names it by one of them: each is
 * taken by the account where evidence, proved or not, knows it by that alone.
 */
export function namedAsSent(keys: readonly PlacedKey[]): readonly PlacedKey[] {
  const unseen = keys.filter((key) => !isSeen(key) && key.submissions.some(({ buyer }) => isNamedTwice(buyer)));
  if (unseen.length === 0) return keys;
  const seen = new Map(keys.filter(isSeen).map((key) => [sightingsKey(keyOf(key), key.region), key] as const));
  const left = new Map<PlacedKey, Submission[]>();
  const moved = new Map<PlacedKey, Submission[]>();
  for (const key of unseen) {
    const stay: Submission[] = [];
    for (const submission of key.submissions) {
      const byAccount = { ...submission, buyer: { accountId: submission.buyer.accountId as string } };
      const sent = isNamedTwice(submission.buyer)
        ? seen.get(sightingsKey(keyOfSubmission(byAccount), submission.region))
        : undefined;
      if (sent) moved.set(sent, [...(moved.get(sent) ?? sent.submissions), byAccount]);
      else stay.push(submission);
    }
    left.set(key, stay);
  }
  return keys.map((key) => ({ ...key, submissions: left.get(key) ?? moved.get(key) ?? key.submissions }));
}

/** Whether a buyer of an older listing is named by customer identifier and by account. */
export const isNamedTwice = ({ licenseArn, accountId, customerIdentifier }: NamedBuyer): boolean =>
  licenseArn === undefined && accountId !== undefined && customerIdentifier !== undefined;

const isSeen = ({ seen, young, failed }: PlacedKey): boolean => seen.length + young.length + failed.length > 0;
