import assert from "node:assert/strict";
import fc from "fast-check";
import { buyerKey, type Meter, meterKey, parseBuyerKey, parseMeterKey } from "../../src/usage/buyers.ts";

const text = fc.string({
  minLength: 1,
  maxLength: 30,
  unit: fc.constantFrom("a", "|", "%", "#", "=", "@", "7", " ", "%7c", "license="),
});
const account = fc.stringMatching(/^\d{12}$/);
const buyer = fc.oneof(
  fc.record({ accountId: account, licenseArn: text.map((tail) => `arn:${tail}`) }),
  fc.record({
    customerIdentifier: fc.oneof(
      text,
      fc.tuple(account, text).map(([id, tail]) => `license=${id}@arn:${tail}`),
    ),
  }),
);
const meter: fc.Arbitrary<Meter> = fc.record({ product: text, buyer, dimension: text });

describe("keys of meters and buyers", () => {
  it("give back the meter they were made of, whatever its names hold", () => {
    fc.assert(
      fc.property(meter, (given) => {
        // A customer identifier that reads like a licence is the one case in which the two styles could meet.
        const back = parseMeterKey(meterKey(given));
        assert.deepEqual(JSON.parse(JSON.stringify(back)), JSON.parse(JSON.stringify(given)));
        assert.deepEqual(parseBuyerKey(buyerKey(given.product, given.buyer)), {
          product: given.product,
          buyer: back.buyer,
        });
      }),
    );
  });

  it("never hold the character that separates the parts of the ledger's keys", () => {
    fc.assert(fc.property(meter, (given) => !meterKey(given).includes("#")));
  });

  it("that are damaged stop the reader", () => {
    assert.throws(() => parseMeterKey("analytics|customer=1"), /does not have 3 parts/);
  });
});
