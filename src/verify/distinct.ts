import type { Keyed } from "./keyed.ts";
import type { Submission } from "./submissions.ts";

/** Submissions by the text of their keys. */
export type SubmissionsByKey = ReadonlyMap<string, readonly Keyed[]>;

/**
 * Each submission once: the same record sent again is not a second one. The latest attempt is kept, since evidence of it may be the last to
 * come. Those of one key come in an order that does not depend on the order they are given in.
 */
export function distinctSubmissions(submissions: readonly Keyed[]): SubmissionsByKey {
  const groups = Map.groupBy(submissions, ({ text }) => text);
  for (const [text, group] of groups) if (group.length > 1) groups.set(text, distinctOfKey(group));
  return groups;
}

function distinctOfKey(group: readonly Keyed[]): Keyed[] {
  const found = new Map<string, Keyed>();
  for (const [text, each] of group.map((each) => [submissionText(each.submission), each] as const).sort(byText)) {
    const { quantity, product, unsendable } = each.submission;
    const same = unsendable ? text : `${each.placed} ${quantity} ${product}`;
    const known = found.get(same);
    if (!known || lastSent(known) < lastSent(each)) found.set(same, each);
  }
  return [...found.values()];
}

const lastSent = ({ submission: { lastAttemptAt, timestamp } }: Keyed): number => lastAttemptAt ?? timestamp;

const submissionText = (submission: Submission): string => {
  const { product, region, productCode, dimension, hour, timestamp, quantity, state, reason, unsendable } = submission;
  const { accountId, licenseArn, customerIdentifier } = submission.buyer;
  const attempts = [submission.attempts, submission.unknownAttempts, submission.lastAttemptAt, submission.deadline];
  const buyer = [productCode, licenseArn, accountId, customerIdentifier];
  const numbers = [timestamp, quantity.toString(), state, reason, unsendable];
  return JSON.stringify([hour, product, region, ...buyer, dimension, ...numbers, ...attempts]);
};

const byText = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;
