import assert from "node:assert/strict";
import { CreateTableCommand, GetItemCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { makeClients } from "../../../sandbox/account/clients.ts";
import { createDatabase } from "../../../sandbox/account/memory/database.ts";
import { byBytes } from "../../../sandbox/account/memory/tables.ts";
import { dynamoTable } from "../../../src/ledger/table.ts";
import { ledgerContract } from "../../ledger/contract.ts";
import { LEDGER_SCHEMA } from "../../support/table.ts";

function startDatabase() {
  const nowhere = "http://127.0.0.1:1";
  const endpoints = { dynamodb: createDatabase(), s3: nowhere, sqs: nowhere, sns: nowhere };
  const owner = { accessKeyId: "OWNER", secretAccessKey: "OWNER", sessionToken: "OWNER" };
  return makeClients(endpoints, "us-east-1", owner, (_, next) => next()).dynamodb;
}

async function ledger() {
  const client = startDatabase();
  await client.send(new CreateTableCommand({ TableName: "ledger", ...LEDGER_SCHEMA }));
  return { client, table: dynamoTable(client, "ledger") };
}

describe("DynamoDB in memory", () => {
  ledgerContract(async () => (await ledger()).table);

  it("refuses an item above 400 KB, which DynamoDB would", async () => {
    const { table } = await ledger();
    await assert.rejects(table.put({ pk: "a", sk: "b", text: "x".repeat(410_000) }), {
      name: "ValidationException",
      message: "Item size has exceeded the maximum allowed size",
    });
  });

  it("pages a partition of more than 1 MB, and loses no item between pages", async () => {
    const { table } = await ledger();
    const keys = Array.from({ length: 40 }, (_, n) => `item#${String(n).padStart(2, "0")}`);
    for (const sk of keys) await table.put({ pk: "a", sk, text: "x".repeat(100_000) });
    const found = await Array.fromAsync(table.query("a", "item#"));
    assert.deepEqual(
      found.map(({ sk }) => sk),
      keys,
    );
  });

  it("names a table that is not there, and a command that it does not have", async () => {
    const { client } = await ledger();
    await assert.rejects(
      client.send(new GetItemCommand({ TableName: "other", Key: { pk: { S: "a" }, sk: { S: "b" } } })),
      {
        name: "ResourceNotFoundException",
      },
    );
    await assert.rejects(client.send(new ScanCommand({ TableName: "ledger" })), {
      message: "DynamoDB's Scan is not kept in memory: add it to database.ts.",
    });
  });

  it("refuses an expression that it cannot evaluate, rather than guess", async () => {
    const { client } = await ledger();
    const Item = { pk: { S: "a" }, sk: { S: "b" } };
    const request = { TableName: "ledger", Item, ConditionExpression: "size(pk) > 1" };
    await assert.rejects(client.send(new PutItemCommand(request)), {
      message: 'The condition "size(pk) > 1" is not emulated in memory: extend expressions.ts.',
    });
  });

  it("orders keys by their bytes, also those that JavaScript would order otherwise", () => {
    assert.ok("\u{10000}" < "\uffff");
    assert.equal(byBytes("\u{10000}", "\uffff"), 1);
    assert.equal(byBytes("a", "b"), -1);
  });
});
