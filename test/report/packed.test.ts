import assert from "node:assert/strict";
import fc from "fast-check";
import { embeddedJson, listAt, pack, packLists, rowAt } from "../../src/report/packed.ts";

describe("packed rows", () => {
  it("are unpacked as they were packed", () => {
    const row = fc.record({ a: fc.option(fc.string()), b: fc.option(fc.string()) });
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const packed = JSON.parse(embeddedJson(pack(rows)));
        assert.equal(packed.length, rows.length);
        assert.deepEqual(
          rows.map((_, index) => rowAt(packed, index)),
          rows.map(({ a, b }) => ({ a, b })),
        );
      }),
    );
  });

  it("hold each different text once, in whichever column", () => {
    const row = { a: "x", b: null };
    assert.deepEqual(pack([row, { a: "y", b: "x" }, row]), {
      length: 3,
      texts: ["x", "y"],
      columns: { a: [0, 1, 0], b: [-1, 0, -1] },
    });
  });

  it("are unpacked as they were packed where they are lists", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string())), (lists) => {
        const packed = JSON.parse(embeddedJson(packLists(lists)));
        assert.deepEqual(
          lists.map((_, index) => listAt(packed, index)),
          lists,
        );
      }),
    );
  });
});

describe("embedded JSON", () => {
  it("has no character that could end the element it stands in, begin a comment or break a line of script", () => {
    assert.equal(
      embeddedJson(["</script><!--&", "\u2028\u2029"]),
      '["\\u003c/script\\u003e\\u003c!--\\u0026","\\u2028\\u2029"]',
    );
  });
});
