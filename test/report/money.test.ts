import assert from "node:assert/strict";
import fc from "fast-check";
import { cost, formatMoney, parseMoney } from "../../src/report/money.ts";

describe("money", () => {
  it("is price times quantity, to the last decimal", () => {
    assert.equal(formatMoney(cost("0.0002", 5_000_000_000n)), "0.001");
    assert.equal(formatMoney(cost("0.000000000001", 1n)), "0.000000000000000000001");
    assert.equal(formatMoney(cost("999999999999", 2_147_483_647_000_000_000n)), "2147483646997852516353");
    assert.equal(formatMoney(cost("1.5", -3_000_000_000n)), "-4.5");
    assert.equal(formatMoney(cost("0", 3n)), "0");
  });

  it("is read as it was written", () => {
    fc.assert(fc.property(fc.bigInt(), (money) => assert.equal(parseMoney(formatMoney(money)), money)));
    for (const text of ["", "1.", ".5", "1e3", "$1", "0.0000000000000000000001"]) assert.throws(() => parseMoney(text));
  });
});
