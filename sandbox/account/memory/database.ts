// DynamoDB in memory, at the level of the SDK's commands: for scenarios of so many items that a server would take hours over them.
import {
  type BatchGetItemCommandInput,
  ConditionalCheckFailedException,
  type CreateTableCommandInput,
  DynamoDBServiceException,
  type GetItemCommandInput,
  type PutItemCommandInput,
  type QueryCommandInput,
  ResourceNotFoundException,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { type Item, keysOf, meets, updated } from "./expressions.ts";
import { type MemoryTable, makeTable } from "./tables.ts";

/** Answers a command by its name as DynamoDB would, or throws its exception. Every read sees the last write, index or not. */
export type Database = (command: string, input: object) => object;

/** An empty database. */
export function createDatabase(): Database {
  const tables = new Map<string, MemoryTable>();

  function tableOf({ TableName = "" }: { TableName?: string | undefined }): MemoryTable {
    const table = tables.get(TableName);
    if (table === undefined)
      throw new ResourceNotFoundException({
        message: `Requested resource not found: Table: ${TableName}`,
        $metadata: failed,
      });
    return table;
  }

  const commands = {
    CreateTable(input: CreateTableCommandInput) {
      tables.set(input.TableName ?? "", makeTable(input));
      return { TableDescription: { TableName: input.TableName, TableStatus: "ACTIVE" } };
    },
    DescribeTable(input: { TableName: string }) {
      tableOf(input);
      return { Table: { TableName: input.TableName, TableStatus: "ACTIVE" } };
    },
    GetItem(input: GetItemCommandInput) {
      return { Item: tableOf(input).get(input.Key ?? {}) };
    },
    PutItem(input: PutItemCommandInput) {
      const table = tableOf(input);
      const item = checked(input.Item ?? {}, table);
      check(meets(table.get(item), input.ConditionExpression, input));
      table.put(item);
      return {};
    },
    UpdateItem(input: UpdateItemCommandInput) {
      const table = tableOf(input);
      const before = table.get(input.Key ?? {});
      check(meets(before, input.ConditionExpression, input));
      const start = before ?? (input.Key as Item);
      // Without an expression an update makes the item, and changes none that is there.
      const after = input.UpdateExpression ? updated(start, input.UpdateExpression, input) : start;
      table.put(checked(after, table));
      return {};
    },
    BatchGetItem({ RequestItems = {} }: BatchGetItemCommandInput) {
      const wanted = Object.entries(RequestItems);
      const count = wanted.reduce((total, [, { Keys = [] }]) => total + Keys.length, 0);
      if (count < 1 || count > 100) throw invalid(`${count} keys in one BatchGetItem: must be 1 to 100`);
      const Responses = wanted.map(([TableName, { Keys = [] }]) => {
        const table = tableOf({ TableName });
        return [TableName, Keys.map((key) => table.get(key)).filter((item) => item !== undefined)] as const;
      });
      return { Responses: Object.fromEntries(Responses), UnprocessedKeys: {} };
    },
    Query(input: QueryCommandInput) {
      const table = tableOf(input);
      const listing = input.IndexName === undefined ? table : table.indexes.get(input.IndexName);
      if (listing === undefined) throw invalid(`The table does not have the specified index: ${input.IndexName}`);
      const { hash, sort } = keysOf(input.KeyConditionExpression ?? "", input);
      const Items: Item[] = [];
      let bytes = 0;
      for (const item of listing.list(hash, sort, input.ExclusiveStartKey)) {
        Items.push(item);
        bytes += bytesOf(item);
        if (bytes < pageBytes && Items.length !== input.Limit) continue;
        const names = [table.keys.hash, table.keys.range, listing.keys.hash, listing.keys.range];
        return { Items, LastEvaluatedKey: Object.fromEntries(names.map((name) => [name, item[name]])) };
      }
      return { Items };
    },
  };

  return (command, input) => {
    const answer = commands[command as keyof typeof commands] as ((input: object) => object) | undefined;
    if (answer === undefined) throw new Error(`DynamoDB's ${command} is not kept in memory: add it to database.ts.`);
    return { $metadata: { httpStatusCode: 200, attempts: 1, totalRetryDelay: 0 }, ...answer(input) };
  };
}

// Source: "Quotas and limits", DynamoDB developer guide: a page is 1 MB, an item 400 KB.
const pageBytes = 1024 * 1024;
const itemBytes = 400 * 1024;
const failed = { httpStatusCode: 400, attempts: 1, totalRetryDelay: 0 };

function check(condition: boolean): void {
  if (!condition)
    throw new ConditionalCheckFailedException({ message: "The conditional request failed", $metadata: failed });
}

function checked(item: Item, { keys }: MemoryTable): Item {
  for (const name of [keys.hash, keys.range]) {
    if (!item[name]?.S) throw invalid(`One or more parameter values were invalid: Missing the key ${name} in the item`);
  }
  if (bytesOf(item) > itemBytes) throw invalid("Item size has exceeded the maximum allowed size");
  return item;
}

/** About what DynamoDB counts: names and values, text by its length. */
function bytesOf(item: Item): number {
  let bytes = 0;
  for (const name in item) {
    const { S, N, B, SS } = item[name] as { S?: string; N?: string; B?: Uint8Array; SS?: string[] };
    bytes += name.length + (S?.length ?? N?.length ?? B?.length ?? 0);
    for (const member of SS ?? []) bytes += member.length;
  }
  return bytes;
}

const invalid = (message: string) =>
  new DynamoDBServiceException({ name: "ValidationException", $fault: "client", $metadata: failed, message });
