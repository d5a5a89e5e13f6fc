import type { Server } from "node:http";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { dynamoTable, type Table } from "../../src/ledger/table.ts";

/** A DynamoDB to test against: AWS's own DynamoDB Local where `DYNAMODB_ENDPOINT` names one, else dynalite in this process. */
export interface TestDynamo {
  readonly client: DynamoDBClient;
  /** Makes an empty ledger table and answers its name. */
  makeTable(): Promise<string>;
  close(): Promise<void>;
}

export async function startDynamo(): Promise<TestDynamo> {
  const server = process.env.DYNAMODB_ENDPOINT === undefined ? await startDynalite() : undefined;
  const endpoint = process.env.DYNAMODB_ENDPOINT ?? `http://127.0.0.1:${(server?.address() as { port: number }).port}`;
  const client = new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  let tables = 0;
  return {
    client,
    async makeTable() {
      const TableName = `ledger-${process.pid}-${tables++}`;
      await client.send(new CreateTableCommand({ TableName, BillingMode: "PAY_PER_REQUEST", ...SCHEMA }));
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

const SCHEMA = {
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
