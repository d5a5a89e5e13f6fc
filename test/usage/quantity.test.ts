import assert from "node:assert/strict";
import fc from "fast-check";
import { formatQuantity, JsonNumber, parseQuantity, parseStoredQuantity, sum } from "../../src/usage/quantity.ts";

const read = (value: string | JsonNumber) => {
  const result = parseQuantity(value);
  return "quantity" in result ? formatQuantity(result.quantity) : result.wrong;
};

describe("quantities", () => {
  it("are read to the last decimal, from strings and from JSON numbers as they were written", () => {
    const cases: [string | JsonNumber, string][] = [
      ["0", "0"],
      ["5.0", "5"],
      ["0.000000001", "0.000000001"],
      ["2147483647", "2147483647"],
      ["007.50", "7.5"],
      [new JsonNumber("5"), "5"],
      [new JsonNumber("0.1"), "0.1"],
      [new JsonNumber("1e3"), "1000"],
      [new JsonNumber("25E-2"), "0.25"],
      [new JsonNumber("123456.123456789"), "123456.123456789"],
    ];
    assert.deepEqual(
      cases.map(([value]) => read(value)),
      cases.map(([, text]) => text),
    );
  });

  it("outside the rules are refused with the rule they break", () => {
    const notNumber = "must be a decimal number, zero or more, such as 5 or 0.25";
    const cases: [string | JsonNumber, string][] = [
      ["-1", notNumber],
      ["NaN", notNumber],
      ["Infinity", notNumber],
      ["1e3", notNumber],
      ["", notNumber],
      [" 1", notNumber],
      ["1,5", notNumber],
      [".5", notNumber],
      ["5.", notNumber],
      [new JsonNumber("-1"), notNumber],
      [new JsonNumber("-0"), notNumber],
      [new JsonNumber("1e1000"), notNumber],
      ["0.0000000001", "has more than 9 decimals"],
      ["5.0000000000", "has more than 9 decimals"],
      [new JsonNumber("1e-10"), "has more than 9 decimals"],
      ["2147483647.000000001", "is above 2147483647"],
      ["2147483648", "is above 2147483647"],
      [new JsonNumber("1e10"), "is above 2147483647"],
      [new JsonNumber("1e999"), "is above 2147483647"],
      [
        new JsonNumber("1234567.123456789"),
        "has more than 15 significant digits, which a JSON number cannot carry safely; send it as a string",
      ],
    ];
    assert.deepEqual(
      cases.map(([value]) => read(value)),
      cases.map(([, wrong]) => wrong),
    );
  });

  it("lose nothing between text and number, whatever their size or sign", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
        (value) => parseStoredQuantity(formatQuantity(value)) === value,
      ),
    );
  });

  it("add up exactly where doubles would not", () => {
    assert.equal(formatQuantity(sum(Array.from({ length: 10 }, () => parseStoredQuantity("0.1")))), "1");
  });

  it("that are damaged in the table stop the reader instead of counting as something else", () => {
    assert.throws(() => parseStoredQuantity("1.0000000001"), /not a decimal number of at most 9 decimals/);
  });
});
