import assert from "node:assert/strict";
import type { EvidenceRecord } from "../../src/evidence/record.ts";
import { namedAsSent } from "../../src/verify/file-buyers.ts";
import { keyAt, keyOf, keyPlacer } from "../../src/verify/placed-keys.ts";
import type { Submission } from "../../src/verify/submissions.ts";
import { at, call, record, submission, units } from "./cases.ts";

const BOTH = { customerIdentifier: "c-1", accountId: "111122223333" };
const CUSTOMER = { customerIdentifier: "c-1" };
const ACCOUNT = { accountId: "111122223333" };
const older = (changes: Partial<Submission>) => submission({ productCode: "abc", ...changes });
const seen = (buyer: EvidenceRecord["buyer"]) => record({ productCode: "abc", buyer });

/** The buyer of each key, and the quantities submitted under it, after submissions were named as they were sent. */
function named(
  submissions: readonly Submission[],
  part: "seen" | "young" | "failed",
  records: readonly EvidenceRecord[],
) {
  const calls = { seen: [], young: [], failed: [], [part]: [call(records)] };
  return namedAsSent(keyPlacer()(at("23T10:00"), submissions, calls).map(keyAt))
    .filter((key) => key.submissions.length > 0)
    .map((key) => [keyOf(key).buyer, key.submissions.map(({ quantity, buyer }) => [quantity / units(1), buyer])]);
}

describe("a buyer of a file that has a customer identifier and an account", () => {
  it("is the account where calls name that alone, proved or not", () => {
    for (const part of ["seen", "young", "failed"] as const)
      assert.deepEqual(named([older({ buyer: BOTH })], part, [seen(ACCOUNT)]), [[ACCOUNT, [[5n, ACCOUNT]]]]);
  });

  it("stays the customer identifier where a call names that, whatever another names", () => {
    const both = [seen(CUSTOMER), seen(ACCOUNT)];
    assert.deepEqual(named([older({ buyer: BOTH })], "seen", both), [[CUSTOMER, [[5n, BOTH]]]]);
    assert.deepEqual(named([older({ buyer: BOTH })], "seen", []), [[BOTH, [[5n, BOTH]]]]);
  });

  it("joins what is there of the account already, each row once", () => {
    const rows = [
      older({ buyer: ACCOUNT, quantity: units(1) }),
      older({ buyer: BOTH, quantity: units(2) }),
      older({ buyer: BOTH, quantity: units(3) }),
      older({ buyer: CUSTOMER, quantity: units(4) }),
    ];
    assert.deepEqual(named(rows, "seen", [seen(ACCOUNT)]), [
      [
        ACCOUNT,
        [
          [1n, ACCOUNT],
          [2n, ACCOUNT],
          [3n, ACCOUNT],
        ],
      ],
      [CUSTOMER, [[4n, CUSTOMER]]],
    ]);
  });

  it("is of the account in its own Region and product only", () => {
    const rows = [older({ buyer: BOTH, region: "us-west-2" }), older({ buyer: BOTH, productCode: "other" })];
    assert.deepEqual(
      named(rows, "seen", [seen(ACCOUNT)]).map(([buyer]) => buyer),
      [BOTH, BOTH],
    );
  });
});
