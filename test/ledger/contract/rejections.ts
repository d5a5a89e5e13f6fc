import assert from "node:assert/strict";
import { rejectedBodyKey, rejectionKey } from "../../../src/ledger/keys.ts";
import { type Rejection, reject, wasRejected } from "../../../src/ledger/rejections.ts";
import { readWindow } from "../../../src/ledger/statement.ts";
import type { Item, Table } from "../../../src/ledger/table.ts";
import { answersLost } from "../../support/ledger.ts";
import { hour } from "../../support/usage.ts";
import type { MakeTable } from "../contract.ts";

const rejection = (changes: Partial<Rejection> = {}): Rejection => ({
  hash: "hash-1",
  reason: "invalid",
  field: "quantity",
  message: '"quantity" is -1.',
  example: "evt-1",
  body: "{}",
  messageId: "message-1",
  delivery: "delivery-1",
  ...changes,
});

export function rejectionsContract(make: MakeTable): void {
  describe("a rejection", () => {
    let table: Table;
    beforeEach(async () => {
      table = await make();
    });
    const bodyOf = async (hash: string) => {
      const chunks = (await table.get(rejectionKey(hash)))?.chunks as number;
      const items = await Promise.all(Array.from({ length: chunks }, (_, n) => table.get(rejectedBodyKey(hash, n))));
      return items.map((item) => (item as Item).body).join("");
    };

    it("is kept once, the first one, however often its content comes; only the first delivery is told so", async () => {
      assert.equal(await reject(table, rejection(), hour(10)), true);
      assert.equal(await reject(table, rejection({ delivery: "delivery-2" }), hour(11)), false);
      assert.equal(await reject(table, rejection({ reason: "conflict", messageId: "message-2" }), hour(12)), false);
      const item = await table.get(rejectionKey("hash-1"));
      assert.deepEqual([item?.reason, item?.field, item?.message], ["invalid", "quantity", '"quantity" is -1.']);
      assert.deepEqual((await readWindow(table, { from: hour(10), to: hour(13) })).rejected, [
        { reason: "invalid", field: "quantity", count: 1, example: "evt-1" },
      ]);
    });

    it("whose answer was lost is told to be the first", async () => {
      assert.equal(await reject(answersLost(table), rejection(), hour(10)), true);
    });

    it("keeps its whole body, also one of a megabyte and of characters of four bytes", async () => {
      const body = `${"😀".repeat(250_000)}é`;
      await reject(table, rejection({ body }), hour(10));
      assert.equal(await bodyOf("hash-1"), body);
      await reject(table, rejection({ body: "another spelling", messageId: "message-2" }), hour(10));
      assert.equal(await bodyOf("hash-1"), body);
      await reject(table, rejection({ hash: "hash-2", body: "" }), hour(10));
      assert.equal(await bodyOf("hash-2"), "");
    });

    it("is known again only to the message that was rejected", async () => {
      assert.equal(await wasRejected(table, "hash-1", "message-1"), false);
      await reject(table, rejection(), hour(10));
      await reject(table, rejection({ messageId: "message-2" }), hour(10));
      assert.equal(await wasRejected(table, "hash-1", "message-1"), true);
      assert.equal(await wasRejected(table, "hash-1", "message-2"), true);
      assert.equal(await wasRejected(table, "hash-1", "message-3"), false);
      assert.equal(await wasRejected(table, "hash-2", "message-1"), false);
    });

    it("stands in the report of the hour in which it came, grouped by reason and field with its first example", async () => {
      const give = (n: number, changes: Partial<Rejection>, at: number) =>
        reject(table, rejection({ hash: `hash-${n}`, example: `evt-${n}`, ...changes }), at);
      await give(1, {}, hour(10) + 2);
      await give(2, {}, hour(10) + 1);
      await give(3, { reason: "conflict", field: "id" }, hour(11) - 1);
      await give(4, {}, hour(11));
      await give(5, {}, hour(10) - 1);
      assert.deepEqual(await readWindow(table, { from: hour(10), to: hour(11) }), {
        statements: [],
        rejected: [
          { reason: "conflict", field: "id", count: 1, example: "evt-3" },
          { reason: "invalid", field: "quantity", count: 2, example: "evt-2" },
        ],
      });
    });
  });
}
