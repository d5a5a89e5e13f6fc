import assert from "node:assert/strict";
import { checkEvent, parseProducts } from "../../src/usage/products.ts";
import { at, customer, PRODUCTS, usageEvent } from "../support/usage.ts";

const now = at("2026-11-23T10:30:00Z");
const refusal = (changes: Parameters<typeof usageEvent>[0], products = PRODUCTS) => {
  const checked = checkEvent(usageEvent(changes), products, now);
  return "refusal" in checked ? Object.values(checked.refusal) : checked.product.key;
};
const product = (changes: object) =>
  JSON.stringify({ p: { integration: "license", dimensions: { A: {} }, ...changes } });

describe("an event among the seller's products", () => {
  it("passes where product, integration, dimension and time fit", () => {
    assert.equal(refusal({}), "analytics");
    assert.equal(refusal({ product: "archive", buyer: customer(), dimension: "Gb" }), "archive");
    assert.equal(refusal({ time: "2026-11-23T10:35:00Z" }), "analytics");
    assert.equal(refusal({ time: "2001-01-01T00:00:00Z" }), "analytics");
  });

  it("is refused with the field and the rule where one does not", () => {
    assert.deepEqual(refusal({ product: "constructor" }), [
      "unknown-product",
      "product",
      '"product" is "constructor", which is none of analytics, archive.',
    ]);
    assert.deepEqual(refusal({ buyer: customer() }), [
      "wrong-integration",
      "buyer",
      '"buyer" must be { accountId, licenseArn }, since analytics has the license integration.',
    ]);
    assert.deepEqual(refusal({ product: "archive", dimension: "Gb" }), [
      "wrong-integration",
      "buyer",
      '"buyer" must be { customerIdentifier }, since archive has the productCode integration.',
    ]);
    assert.deepEqual(refusal({ dimension: "apicalls" }), [
      "unknown-dimension",
      "dimension",
      '"dimension" is "apicalls", which is no dimension of analytics.',
    ]);
    assert.deepEqual(refusal({ time: "2026-11-23T10:35:00.001Z" }), [
      "in-the-future",
      "time",
      '"time" is 2026-11-23T10:35:00.001Z, more than 5 minutes ahead of the clock (2026-11-23T10:30:00Z).',
    ]);
  });

  it("from before meterFrom is refused, and counted from that instant on", () => {
    const products = parseProducts(
      JSON.stringify({
        analytics: { integration: "license", dimensions: { ApiCalls: {} }, meterFrom: "2026-11-23T11:00:00+01:00" },
      }),
    );
    assert.equal(refusal({ time: "2026-11-23T10:00:00Z" }, products), "analytics");
    assert.deepEqual(refusal({ time: "2026-11-23T09:59:59.999Z" }, products), [
      "before-meter-from",
      "time",
      '"time" is 2026-11-23T09:59:59.999Z, before analytics is metered here (from 2026-11-23T10:00:00Z).',
    ]);
  });
});

describe("product settings", () => {
  it("are read whole, products and dimensions named like what every object inherits too", () => {
    const products = parseProducts(
      `{"constructor":{"integration":"license","dimensions":{"__proto__":{"price":"0.5"},"toString":{}}}}`,
    );
    assert.deepEqual(
      [...products].map(([key, { dimensions, ...rest }]) => [key, rest, [...dimensions]]),
      [
        [
          "constructor",
          { key: "constructor", integration: "license", productCode: undefined, meterFrom: undefined },
          [
            ["__proto__", { price: "0.5" }],
            ["toString", { price: undefined }],
          ],
        ],
      ],
    );
    assert.deepEqual(PRODUCTS.get("archive")?.productCode, "archive-code");
  });

  it("that break the format stop the function with the property, its value and the rule", () => {
    const cases: [string, RegExp][] = [
      ["{", /^The product settings are not JSON: "\{"; give one object with a product a key\.$/],
      ["[]", /^The product setting \(whole file\) is \[\]: must be an object\.$/],
      ["{}", /\(whole file\) is .*: must name at least one product\.$/],
      [`{"${"x".repeat(65)}":{}}`, /must be a key of 1 to 64 printable characters/],
      [product({ integration: "both" }), /^The product setting p\.integration is "both": must be \{ integration/],
      [product({ dimensions: {} }), /^The product setting p\.dimensions is .*: must name at least one dimension\.$/],
      [product({ dimensions: undefined }), /^The product setting p\.dimensions is undefined: /],
      [
        product({ dimensions: { é: {} } }),
        /p\.dimensions\.é is "é": must be 1 to 255 characters of printable ASCII\.$/,
      ],
      [product({ dimensions: { A: { price: 0.5 } } }), /p\.dimensions\.A\.price is 0\.5: must be a decimal string\.$/],
      [
        product({ dimensions: { A: { price: "-1" } } }),
        /A\.price is "-1": must be a decimal string such as 0\.0002\.$/,
      ],
      [product({ dimensions: { A: { prize: "1" } } }), /p\.dimensions\.A\.prize is "prize": /],
      [product({ meterFrom: "2026-11-01" }), /p\.meterFrom is "2026-11-01": must be ISO 8601 with a zone\.$/],
      [product({ productCode: "x" }), /p\.productCode is "x": must not be given in the license integration\.$/],
      [product({ integration: "productCode" }), /p\.productCode is undefined: /],
      [
        product({ integration: "productCode", productCode: "a b" }),
        /p\.productCode is "a b": must be a product code\.$/,
      ],
      [product({ meterfrom: "x" }), /p\.meterfrom is "meterfrom": /],
    ];
    for (const [text, message] of cases) assert.throws(() => parseProducts(text), { message });
  });
});
