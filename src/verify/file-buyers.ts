import { type Keyed, keyed } from "./keyed.ts";
import type { HourSlice } from "./slices.ts";

/**
 * Submissions of older listings may name their buyer by customer identifier and by account, where a call names it by one of them: each is
 * taken by the account where evidence, proved or not, knows it by that alone.
 */
export function namedAsSent(slice: HourSlice): HourSlice {
  const { submissions, sightings, young, failed } = slice;
  const isSeen = ({ placed }: Keyed) => sightings.has(placed) || young.has(placed) || failed.has(placed);
  return {
    ...slice,
    submissions: submissions.map((each) => {
      const { accountId, licenseArn, customerIdentifier } = each.submission.buyer;
      if (licenseArn !== undefined || accountId === undefined || customerIdentifier === undefined) return each;
      const byAccount = keyed({ ...each.submission, buyer: { accountId } });
      return !isSeen(each) && isSeen(byAccount) ? byAccount : each;
    }),
  };
}
