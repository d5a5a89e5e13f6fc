import assert from "node:assert/strict";
import type { Item, Table } from "../../../src/ledger/table.ts";
import type { MakeTable } from "../contract.ts";

const key = { pk: "p", sk: "s" };
const keysOf = (items: readonly Item[]) => items.map(({ sk }) => sk);
const list = (items: AsyncIterable<Item>) => Array.fromAsync(items);

export function tableContract(make: MakeTable): void {
  describe("a table", () => {
    let table: Table;
    before(async () => {
      table = await make();
    });

    it("gives back what was put, of every type, and nothing where nothing was", async () => {
      const item = {
        pk: "types",
        sk: "s",
        text: "é😀",
        number: 0.25,
        bytes: new Uint8Array([0, 255]),
        set: new Set(["a"]),
      };
      assert.equal(await table.put(item), true);
      const read = (await table.get({ pk: "types", sk: "s" })) as Item;
      assert.deepEqual({ ...read, bytes: [...(read.bytes as Uint8Array)] }, { ...item, bytes: [0, 255] });
      assert.equal(await table.get({ pk: "types", sk: "other" }), undefined);
    });

    it("puts an item on condition that there is none, and then keeps the first", async () => {
      assert.equal(await table.put({ ...key, n: 1 }, { exists: false }), true);
      assert.equal(await table.put({ ...key, n: 2 }, { exists: false }), false);
      assert.deepEqual(await table.get(key), { ...key, n: 1 });
      assert.equal(await table.put({ ...key, m: 3 }), true);
      assert.deepEqual(await table.get(key), { ...key, m: 3 });
    });

    it("changes an item only where every part of the condition holds", async () => {
      const item = { pk: "conditions", sk: "s" };
      await table.put({ ...item, state: "open", n: 1 });
      const change = { set: { changed: "yes" } };
      const fails = [
        { equal: { state: "sealed" } },
        { equal: { state: "open", n: 2 } },
        { equal: { other: "x" } },
        { absent: ["n"] },
        { equal: { state: "open" }, absent: ["other", "state"] },
        { exists: false },
      ];
      for (const condition of fails) assert.equal(await table.update(item, change, condition), false);
      assert.deepEqual(await table.get(item), { ...item, state: "open", n: 1 });
      const holds = { exists: true, equal: { state: "open", n: 1 }, absent: ["other"] };
      assert.equal(await table.update(item, change, holds), true);
      assert.deepEqual(await table.get(item), { ...item, state: "open", n: 1, changed: "yes" });
    });

    it("does not make an item by an update on condition of one, and makes it by an update without", async () => {
      const item = { pk: "missing", sk: "s" };
      assert.equal(await table.update(item, { set: { a: "1" } }, { exists: true }), false);
      assert.equal(await table.update(item, { set: { a: "1" } }, { equal: { a: "1" } }), false);
      assert.equal(await table.get(item), undefined);
      assert.equal(await table.update(item, { set: { a: "1" }, remove: ["b"], increment: { n: 2 } }), true);
      assert.deepEqual(await table.get(item), { ...item, a: "1", n: 2 });
    });

    it("sets, removes, counts and changes sets in one update, and leaves alone what is set to undefined", async () => {
      const item = { pk: "changes", sk: "s" };
      await table.put({ ...item, a: "1", b: "2", n: 5, tokens: new Set(["x"]), others: new Set(["y", "z"]) });
      const change = {
        set: { a: "9", b: undefined },
        remove: ["c"],
        increment: { n: -2 },
        addToSet: { tokens: "w" },
        deleteFromSet: { others: "y" },
      };
      assert.equal(await table.update(item, change, { equal: { a: "1" } }), true);
      assert.deepEqual(await table.get(item), {
        ...item,
        a: "9",
        b: "2",
        n: 3,
        tokens: new Set(["w", "x"]),
        others: new Set(["z"]),
      });
    });

    it("holds no empty set: one that lost its last member is absent", async () => {
      const item = { pk: "sets", sk: "s" };
      await table.update(item, { addToSet: { tokens: "a" } });
      await table.update(item, { addToSet: { tokens: "a" } });
      assert.equal(await table.update(item, { set: { seen: "no" } }, { absent: ["tokens"] }), false);
      await table.update(item, { deleteFromSet: { tokens: "not in it" } });
      await table.update(item, { deleteFromSet: { tokens: "a" } });
      await table.update(item, { deleteFromSet: { tokens: "a" } });
      assert.equal(await table.update(item, { set: { seen: "yes" } }, { absent: ["tokens"] }), true);
      assert.deepEqual(await table.get(item), { ...item, seen: "yes" });
    });

    it("reads a partition in order of its keys, only those with the prefix, past the megabyte of a page", async () => {
      const text = "x".repeat(300_000);
      for (const n of [7, 3, 5, 1, 6, 2, 4]) await table.put({ pk: "pages", sk: `event#${n}`, text });
      await table.put({ pk: "pages", sk: "events" });
      await table.put({ pk: "pages", sk: "even" });
      await table.put({ pk: "pages2", sk: "event#9" });
      const items = await list(table.query("pages", "event#"));
      assert.deepEqual(
        keysOf(items),
        [1, 2, 3, 4, 5, 6, 7].map((n) => `event#${n}`),
      );
      assert.ok(items.every((item) => item.text === text));
      assert.deepEqual(await list(table.query("nothing", "event#")), []);
    });

    it("reads any number of items at once: over a hundred, each once, past the size of one answer, none that is missing", async () => {
      const keys = Array.from({ length: 230 }, (_, n) => ({ pk: `many-${n}`, sk: "s" }));
      const text = "x".repeat(100_000);
      await Promise.all(keys.filter((_, n) => n % 10 !== 0).map((each) => table.put({ ...each, text })));
      const items = await table.getMany([...keys, ...keys.slice(0, 50), { pk: "many-1", sk: "other" }]);
      assert.deepEqual(
        items.map(({ pk }) => pk).sort(),
        keys
          .filter((_, n) => n % 10 !== 0)
          .map(({ pk }) => pk)
          .sort(),
      );
      assert.deepEqual(await table.getMany([]), []);
    }).timeout(60_000);
  });
}

export function indexesContract(make: MakeTable): void {
  describe("an index", () => {
    let table: Table;
    before(async () => {
      table = await make();
    });

    it("lists only the items that have its keys, in their order, and nothing but keys", async () => {
      for (const n of [3, 1, 2]) {
        const item = {
          pk: `p${n}`,
          sk: "s",
          dueShard: "1",
          due: `send#${n}`,
          hourShard: "2",
          hour: `${n}`,
          buyer: "b",
        };
        await table.put({ ...item, state: "open" });
      }
      await table.put({ pk: "p4", sk: "s", dueShard: "2", due: "send#1" });
      await table.put({ pk: "p5", sk: "s", due: "send#1" });
      const due = await list(table.queryIndex("due", "1"));
      assert.deepEqual(
        due,
        [1, 2, 3].map((n) => ({ pk: `p${n}`, sk: "s", dueShard: "1", due: `send#${n}` })),
      );
      assert.deepEqual(
        (await list(table.queryIndex("hours", "2"))).map(({ pk }) => pk),
        ["p1", "p2", "p3"],
      );
      assert.deepEqual(
        (await list(table.queryIndex("buyers", "b"))).map(({ pk }) => pk),
        ["p1", "p2", "p3"],
      );
    });

    it("lists a range with both its ends", async () => {
      for (const n of [1, 2, 3, 4]) await table.put({ pk: `r${n}`, sk: "s", dueShard: "range", due: `seal#${n}` });
      const found = await list(table.queryIndex("due", "range", { from: "seal#2", to: "seal#3" }));
      assert.deepEqual(
        found.map(({ pk }) => pk),
        ["r2", "r3"],
      );
    });

    it("follows the items: moved by an update, gone when the keys are removed", async () => {
      const moved = { pk: "moved", sk: "s" };
      await table.put({ ...moved, dueShard: "move", due: "seal#1" });
      await table.update(moved, { set: { due: "send#1" } });
      assert.deepEqual(
        (await list(table.queryIndex("due", "move"))).map(({ due }) => due),
        ["send#1"],
      );
      await table.update(moved, { remove: ["due", "dueShard"] });
      assert.deepEqual(await list(table.queryIndex("due", "move")), []);
      assert.deepEqual(await table.get(moved), moved);
    });

    it("is read to its last page", async () => {
      const wide = "x".repeat(900);
      const keys = Array.from({ length: 1_200 }, (_, n) => `${n.toString().padStart(4, "0")}${wide}`);
      for (let from = 0; from < keys.length; from += 100)
        await Promise.all(
          keys.slice(from, from + 100).map((sk) => table.put({ pk: "w", sk, dueShard: "wide", due: sk })),
        );
      assert.deepEqual(
        (await list(table.queryIndex("due", "wide"))).map(({ sk }) => sk),
        keys,
      );
    });
  });
}
