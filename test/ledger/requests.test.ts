import assert from "node:assert/strict";
import { dynamoTable } from "../../src/ledger/table.ts";
import { clientThrough } from "../support/broken.ts";
import { startDynamo, type TestDynamo } from "../support/table.ts";

describe("the ledger's requests to DynamoDB", () => {
  let dynamo: TestDynamo;
  let tableName: string;
  before(async () => {
    dynamo = await startDynamo();
    tableName = await dynamo.makeTable();
  });
  after(() => dynamo.close());

  it("read items strongly consistent, which no emulator does otherwise; an index cannot be read so", async () => {
    const asked: unknown[] = [];
    const client = clientThrough(dynamo.client, (call, command, input) => {
      const batch = input.RequestItems as Record<string, { ConsistentRead?: boolean }> | undefined;
      asked.push([command, input.IndexName, batch ? batch[tableName]?.ConsistentRead : input.ConsistentRead]);
      return call();
    });
    const table = dynamoTable(client, tableName);
    const key = { pk: "p", sk: "s" };
    await table.get(key);
    await table.getMany([key]);
    await Array.fromAsync(table.query("p", "s"));
    await Array.fromAsync(table.queryIndex("due", "0"));
    assert.deepEqual(asked, [
      ["GetItemCommand", undefined, true],
      ["BatchGetItemCommand", undefined, true],
      ["QueryCommand", undefined, true],
      ["QueryCommand", "due", undefined],
    ]);
  });

  it("that fail for another reason than their condition are errors, never a lost condition", async () => {
    const failing = clientThrough(dynamo.client, async () => {
      throw Object.assign(new Error("slow down"), { name: "ProvisionedThroughputExceededException" });
    });
    const table = dynamoTable(failing, tableName);
    await assert.rejects(table.put({ pk: "p", sk: "s" }, { exists: false }), /slow down/);
    await assert.rejects(table.update({ pk: "p", sk: "s" }, { set: { a: "1" } }, { exists: true }), /slow down/);
    await assert.rejects(table.get({ pk: "p", sk: "s" }), /slow down/);
  });
});
