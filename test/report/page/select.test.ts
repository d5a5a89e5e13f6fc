import assert from "node:assert/strict";
import { NO_TEXT, pack, rowAt } from "../../../src/report/packed.ts";
import { type Filter, select, valuesOf } from "../../../src/report/page/select.ts";
import type { Column } from "../../../src/report/rows.ts";

const column = (values: readonly (string | null)[]) => pack(values.map((value) => ({ value })));

/** The values of a column in the order that it is sorted by. */
const sorted = (values: readonly (string | null)[], by: Column["sort"], descending = false) => {
  const packed = column(values);
  return select(packed, [], { column: "value", by, descending }).map((row) => rowAt(packed, row).value);
};

describe("the rows that the page shows", () => {
  it("are all, as they came, where nothing is asked for", () => {
    assert.deepEqual(select(column(["b", "a", null]), [], undefined), [0, 1, 2]);
    assert.deepEqual(select(pack([]), [], { column: "value", by: "text", descending: false }), []);
  });

  it("pass every filter: a text, null, any text, a part of a text in any case", () => {
    const packed = pack([
      { product: "analytics", buyer: "account 1, licence ARN-1", needs: "yes" },
      { product: "analytics", buyer: "account 2, licence ARN-2", needs: null },
      { product: null, buyer: null, needs: "yes" },
      { product: "archive", buyer: "customer arn-2", needs: "yes" },
    ]);
    const rows = (...filters: Filter[]) => select(packed, filters, undefined);
    assert.deepEqual(rows({ column: "product", equals: packed.texts.indexOf("analytics") }), [0, 1]);
    assert.deepEqual(rows({ column: "product", equals: NO_TEXT }), [2]);
    assert.deepEqual(rows({ column: "needs", isThere: true }), [0, 2, 3]);
    assert.deepEqual(rows({ column: "buyer", contains: "Arn-2" }), [1, 3]);
    assert.deepEqual(rows({ column: "buyer", contains: "arn-2" }, { column: "needs", isThere: true }), [3]);
    assert.deepEqual(rows({ column: "buyer", contains: ".*" }), []);
  });

  it("are sorted by number exactly, however long, and not as texts", () => {
    const numbers = ["10", "9.000000000000000000001", "9", "-3", "-20.5", "2147483647.5", "10.0"];
    assert.deepEqual(sorted(numbers, "number"), [
      "-20.5",
      "-3",
      "9",
      "9.000000000000000000001",
      "10",
      "10.0",
      "2147483647.5",
    ]);
    assert.deepEqual(sorted(numbers, "number", true), [
      "2147483647.5",
      "10",
      "10.0",
      "9.000000000000000000001",
      "9",
      "-3",
      "-20.5",
    ]);
  });

  it("are sorted by instant, by text with the numbers in it as numbers, or by the order in which texts first came", () => {
    assert.deepEqual(sorted(["2026-11-23T10:00:00.5Z", "2026-11-23T10:00:00Z"], "instant"), [
      "2026-11-23T10:00:00Z",
      "2026-11-23T10:00:00.5Z",
    ]);
    assert.deepEqual(sorted(["l-10", "L-9", "b", "A"], "text"), ["A", "b", "L-9", "l-10"]);
    assert.deepEqual(sorted(["Missing", "Expired", "Missing"], "order"), ["Missing", "Missing", "Expired"]);
    assert.deepEqual(sorted(["Missing", "Expired", "Missing"], "order", true), ["Expired", "Missing", "Missing"]);
  });

  it("have null last whichever way they are sorted, and equals as they were", () => {
    assert.deepEqual(sorted([null, "2", null, "1"], "number"), ["1", "2", null, null]);
    assert.deepEqual(sorted([null, "2", null, "1"], "number", true), ["2", "1", null, null]);
    const equals = column(["1.0", "1", "1.00"]);
    for (const descending of [false, true])
      assert.deepEqual(select(equals, [], { column: "value", by: "number", descending }), [0, 1, 2]);
  });
});

describe("the values to choose from", () => {
  it("are those of the column in its order, with how many rows have each, null last", () => {
    const packed = column([null, "b", "a", "b"]);
    assert.deepEqual(
      valuesOf(packed, "value", "text").map(([place, count]) => [packed.texts[place] ?? null, count]),
      [
        ["a", 1],
        ["b", 2],
        [null, 1],
      ],
    );
  });
});
