import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { dynamoTable, type Table } from "../../src/ledger/table.ts";

/** A DynamoDB to test against. */
export interface TestDynamo {
  readonly client: DynamoDBClient;
  /** Makes an empty ledger table and answers its name. */
  makeTable(): Promise<string>;
  close(): Promise<void>;
}

// Counts over all test files, since they may share one DynamoDB.
let tables = 0;

/** AWS's own DynamoDB Local, or whatever else `DYNAMODB_ENDPOINT` names; by default dynalite in this process. */
export async function startDynamo(given = process.env.DYNAMODB_ENDPOINT): Promise<TestDynamo> {
  const server = given === undefined ? await startDynalite() : undefined;
  const endpoint = given ?? `http://127.0.0.1:${(server?.address() as AddressInfo | undefined)?.port}`;
  const client = new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  return {
    client,
    async makeTable() {
      const TableName = `ledger-${process.pid}-${tables++}`;
      await client.send(new CreateTableCommand({ TableName, BillingMode: "PAY_PER_REQUEST", ...LEDGER_SCHEMA }));
      const status = async () => (await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus;
      // Each question is an answer's time apart: the SDK's own waiter would ask again after two seconds only.
      while ((await status()) !== "ACTIVE");
      return TableName;
    },
    async close() {
      client.destroy();
      server?.closeAllConnections();
      await new Promise((closed) => (server ? server.close(closed) : closed(undefined)));
    },
  };
}

/** An empty ledger. */
export const makeLedger = async (dynamo: TestDynamo): Promise<Table> =>
  dynamoTable(dynamo.client, await dynamo.makeTable());

const string = (AttributeName: string) => ({ AttributeName, AttributeType: "S" as const });
const keys = (hash: string, range: string) => [
  { AttributeName: hash, KeyType: "HASH" as const },
  { AttributeName: range, KeyType: "RANGE" as const },
];
const index = (IndexName: string, hash: string, range: string) => ({
  IndexName,
  KeySchema: keys(hash, range),
  Projection: { ProjectionType: "KEYS_ONLY" as const },
});

/** The keys and indexes of a ledger table. */
export const LEDGER_SCHEMA = {
  AttributeDefinitions: ["pk", "sk", "dueShard", "due", "hourShard", "hour", "buyer"].map(string),
  KeySchema: keys("pk", "sk"),
  GlobalSecondaryIndexes: [
    index("due", "dueShard", "due"),
    index("hours", "hourShard", "hour"),
    index("buyers", "buyer", "hour"),
  ],
};

async function startDynalite(): Promise<Server> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }) as Server;
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}
