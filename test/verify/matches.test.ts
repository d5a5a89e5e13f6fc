import assert from "node:assert/strict";
import fc from "fast-check";
import type { EvidenceEvent } from "../../src/evidence/event.ts";
import type { NamedBuyer } from "../../src/evidence/record.ts";
import { namedAsSent } from "../../src/verify/file-buyers.ts";
import { takeMatches } from "../../src/verify/matches.ts";
import { keyPlacer } from "../../src/verify/placed-keys.ts";
import type { Submission } from "../../src/verify/submissions.ts";
import { call, check, LICENSED, record, SUBMITTER, submission, units } from "./cases.ts";

const buyers = [LICENSED, { ...LICENSED, accountId: "444455556666" }];
const buyer = fc.constantFrom(...buyers);
const quantity = fc.constantFrom(units(5), units(5), units(4));
const submissions: fc.Arbitrary<Submission[]> = fc.array(
  fc
    .record({
      buyer,
      quantity,
      state: fc.constantFrom<Submission["state"][]>(undefined, "accepted", "sealed", "open", "disputed", "expired"),
      unsendable: fc.constantFrom(undefined, undefined, true as const),
      region: fc.constantFrom("us-east-1", "us-east-1", "us-west-2"),
    })
    .map((changes) => submission(changes)),
  { maxLength: 3 },
);
const statuses = fc.constantFrom("Success", "Success", "DuplicateRecord", "CustomerNotSubscribed", "none" as const);
const events: fc.Arbitrary<EvidenceEvent[]> = fc
  .array(
    fc.record({
      records: fc.array(fc.record({ buyer, quantity, status: statuses }).map(record), { minLength: 1, maxLength: 2 }),
      errorCode: fc.constantFrom(undefined, undefined, "ThrottlingException"),
      principal: fc.constantFrom(SUBMITTER, SUBMITTER, "arn:aws:iam::999988887777:role/other", undefined),
    }),
    { maxLength: 3 },
  )
  .map((each) =>
    each.map(({ records, ...changes }, index) => {
      const failed = changes.errorCode === undefined ? {} : { status: "none" as const };
      return call(
        records.map((one) => ({ ...one, ...failed })),
        { ...changes, eventId: `e-${index}` },
      );
    }),
  );

// A call of someone else in another Region, after which nothing in its hour goes without all questions.
const stranger = call([record({ buyer: { ...LICENSED, licenseArn: "other" }, dimension: "GbHours" })], {
  eventId: "stranger",
  region: "eu-west-1",
  objects: ["stranger"],
});

describe("an hour in which a buyer is named by customer identifier and by account", () => {
  it("has nothing that matches beyond doubt while that may be another row of any key", () => {
    const [customerIdentifier, accountId] = ["c-1", "111122223333"];
    const older = (buyer: NamedBuyer, quantity: bigint) => submission({ productCode: "abc", buyer, quantity });
    const seen = { seen: [call([record({ productCode: "abc", buyer: { accountId } })])], young: [], failed: [] };
    const split = (...rows: Submission[]) => takeMatches(keyPlacer()(submission().hour, rows, seen), rows, undefined);
    const account = older({ accountId }, units(5));
    assert.deepEqual(split(account), { submissions: [account], matched: [0], keys: [] });
    const { matched, keys } = split(account, older({ customerIdentifier, accountId }, units(4)));
    assert.deepEqual(matched, []);
    assert.deepEqual(
      namedAsSent(keys).map(({ submissions }) => submissions.map(({ quantity }) => quantity)),
      [[units(5), units(4)], []],
    );
  });
});

describe("what matches beyond doubt", () => {
  it("is what matches after all questions too, and hides no finding", () => {
    fc.assert(
      fc.property(submissions, events, fc.constantFrom(SUBMITTER, undefined), (submissions, events, submitter) => {
        const quick = check({ submissions, events, submitter });
        const slow = check({ submissions, events: [...events, stranger], submitter });
        assert.deepEqual(
          quick.findings,
          slow.findings.filter(({ objects }) => !objects.includes("stranger")),
        );
        assert.equal(quick.counts.matched, slow.counts.matched);
      }),
      { numRuns: 2000 },
    );
  });
});
