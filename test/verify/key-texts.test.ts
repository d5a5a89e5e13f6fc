import assert from "node:assert/strict";
import fc from "fast-check";
import { keyOfRecord, keyText } from "../../src/verify/identity.ts";
import { textFinder } from "../../src/verify/key-texts.ts";
import { sightingsKey } from "../../src/verify/sightings.ts";
import { at, record } from "./cases.ts";

const name = fc.constantFrom(undefined, "", "a", "1 a", "- ", "code ");
const keys = fc
  .record({
    productCode: name,
    buyer: fc.record({ licenseArn: name, accountId: name, customerIdentifier: name }),
    dimension: fc.constantFrom("a", "1 a", "- a"),
    timestamp: fc.constantFrom(at("23T10:00"), at("23T11:00")),
  })
  .map((changes) => keyOfRecord(record(changes as Partial<ReturnType<typeof record>>)));

/** What a key is to AWS. */
const parts = ({ style, productCode, buyer, dimension, hour }: ReturnType<typeof keyOfRecord>) =>
  JSON.stringify(
    style === "license"
      ? [hour, dimension, buyer.licenseArn, buyer.accountId ?? null]
      : [hour, dimension, productCode ?? null, buyer.customerIdentifier ?? null].concat(
          buyer.customerIdentifier === undefined ? (buyer.accountId ?? null) : null,
        ),
  );

describe("the texts of keys", () => {
  it("are the same for the same key only", () => {
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        const same = parts(a) === parts(b) && a.style === b.style;
        assert.equal(keyText(a) === keyText(b), same);
      }),
      { numRuns: 5000 },
    );
  });

  it("are remembered for their own key and Region", () => {
    const placed = fc.array(fc.tuple(keys, fc.constantFrom("us-east-1", "us-west-2")), { maxLength: 20 });
    fc.assert(
      fc.property(placed, (each) => {
        const find = textFinder();
        for (const [key, region] of each) {
          const { text, placed } = find(key, region);
          assert.deepEqual([text, placed], [keyText(key), sightingsKey(key, region)]);
        }
      }),
    );
  });
});
