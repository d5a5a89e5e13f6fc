import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";

export type Value = string | number | Uint8Array | Set<string>;
export interface Key {
  readonly pk: string;
  readonly sk: string;
}
export type Item = Key & { readonly [attribute: string]: Value };

/** What must hold for a write to happen: the item's existence, attributes with these values, attributes that are not there. */
export interface Condition {
  readonly exists?: boolean;
  readonly equal?: Readonly<Record<string, Value>>;
  readonly absent?: readonly string[];
}

/** What an update changes: attributes set, taken away, numbers added to, and members put into or taken out of sets of strings. */
export interface Change {
  readonly set?: Readonly<Record<string, Value | undefined>>;
  readonly remove?: readonly string[];
  readonly increment?: Readonly<Record<string, number>>;
  readonly addToSet?: Readonly<Record<string, string>>;
  readonly deleteFromSet?: Readonly<Record<string, string>>;
}

export type IndexName = "due" | "hours" | "buyers";

/** A range of an index's sort key, both ends included. */
export interface Range {
  readonly from: string;
  readonly to: string;
}

/** The little of DynamoDB that the ledger needs. Every read of items is strongly consistent and reads to the last page; indexes only name keys. */
export interface Table {
  get(key: Key): Promise<Item | undefined>;
  /** The items among `keys` that exist, in no order. */
  getMany(keys: readonly Key[]): Promise<Item[]>;
  /** Writes a whole item; false where the condition does not hold. */
  put(item: Item, condition?: Condition): Promise<boolean>;
  /** Changes an item, or makes it; false where the condition does not hold. */
  update(key: Key, change: Change, condition?: Condition): Promise<boolean>;
  /** The items of a partition whose sort key starts with `prefix`, in order. */
  query(pk: string, prefix: string): AsyncIterable<Item>;
  /** What an index lists, its keys and the items', in order of its sort key; may lag behind the items. */
  queryIndex(index: IndexName, hash: string, range?: Range): AsyncIterable<Item>;
}

const INDEX_KEYS = {
  due: { hash: "dueShard", range: "due" },
  hours: { hash: "hourShard", range: "hour" },
  buyers: { hash: "buyer", range: "hour" },
} as const;

/** A ledger table in DynamoDB. */
export function dynamoTable(client: DynamoDBClient, tableName: string): Table {
  const conditional = async (write: () => Promise<unknown>): Promise<boolean> => {
    try {
      await write();
      return true;
    } catch (error) {
      if (
        error instanceof ConditionalCheckFailedException ||
        (error as Error).name === "ConditionalCheckFailedException"
      )
        return false;
      throw error;
    }
  };
  const keysOnly = ({ pk, sk }: Key) => marshall({ pk, sk });

  async function* pages(input: ConstructorParameters<typeof QueryCommand>[0]): AsyncIterable<Item> {
    let start: Record<string, AttributeValue> | undefined;
    do {
      const page = await client.send(new QueryCommand({ ...input, TableName: tableName, ExclusiveStartKey: start }));
      for (const item of page.Items ?? []) yield unmarshall(item) as Item;
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }

  return {
    async get(key) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: tableName, Key: keysOnly(key), ConsistentRead: true }),
      );
      return Item && (unmarshall(Item) as Item);
    },

    async getMany(keys) {
      const items: Item[] = [];
      let waiting = distinct(keys).map(keysOnly);
      while (waiting.length > 0) {
        const RequestItems = { [tableName]: { Keys: waiting.slice(0, 100), ConsistentRead: true } };
        const answer = await client.send(new BatchGetItemCommand({ RequestItems }));
        for (const item of answer.Responses?.[tableName] ?? []) items.push(unmarshall(item) as Item);
        waiting = [
          ...waiting.slice(100),
          ...((answer.UnprocessedKeys?.[tableName]?.Keys as typeof waiting | undefined) ?? []),
        ];
      }
      return items;
    },

    put(item, condition) {
      const names = conditionExpression(condition);
      return conditional(() =>
        client.send(
          new PutItemCommand({
            TableName: tableName,
            Item: marshall(item),
            ConditionExpression: names.expression,
            ...names.build(),
          }),
        ),
      );
    },

    update(key, change, condition) {
      const names = conditionExpression(condition);
      const UpdateExpression = updateExpression(change, names);
      return conditional(() =>
        client.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: keysOnly(key),
            UpdateExpression,
            ConditionExpression: names.expression,
            ...names.build(),
          }),
        ),
      );
    },

    query: (pk, prefix) =>
      pages({
        TableName: tableName,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues: marshall({ ":pk": pk, ":prefix": prefix }),
      }),

    queryIndex(index, hash, range) {
      const keys = INDEX_KEYS[index];
      return pages({
        TableName: tableName,
        IndexName: index,
        KeyConditionExpression: range ? "#hash = :hash AND #range BETWEEN :from AND :to" : "#hash = :hash",
        ExpressionAttributeNames: range ? { "#hash": keys.hash, "#range": keys.range } : { "#hash": keys.hash },
        ExpressionAttributeValues: marshall(
          range ? { ":hash": hash, ":from": range.from, ":to": range.to } : { ":hash": hash },
        ),
      });
    },
  };
}

function distinct(keys: readonly Key[]): Key[] {
  return [...new Map(keys.map((key) => [JSON.stringify([key.pk, key.sk]), key])).values()];
}

interface Names {
  readonly expression: string | undefined;
  name(attribute: string): string;
  value(value: Value): string;
  build(): {
    ExpressionAttributeNames?: Record<string, string>;
    ExpressionAttributeValues?: Record<string, AttributeValue>;
  };
}

function conditionExpression(condition: Condition = {}): Names {
  const names: Record<string, string> = {};
  const values: Record<string, Value> = {};
  const name = (attribute: string) => {
    names[`#${attribute}`] = attribute;
    return `#${attribute}`;
  };
  const value = (given: Value) => {
    const placeholder = `:v${Object.keys(values).length}`;
    values[placeholder] = given;
    return placeholder;
  };
  const parts = [
    ...(condition.exists === undefined
      ? []
      : [`${condition.exists ? "attribute_exists" : "attribute_not_exists"}(${name("pk")})`]),
    ...Object.entries(condition.equal ?? {}).map(([attribute, expected]) => `${name(attribute)} = ${value(expected)}`),
    ...(condition.absent ?? []).map((attribute) => `attribute_not_exists(${name(attribute)})`),
  ];
  return {
    expression: parts.length === 0 ? undefined : parts.join(" AND "),
    name,
    value,
    build: () => ({
      ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names }),
      ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: marshall(values) }),
    }),
  };
}

function updateExpression(change: Change, { name, value }: Names): string {
  const set = Object.entries(change.set ?? {}).filter((entry): entry is [string, Value] => entry[1] !== undefined);
  const clauses = {
    SET: set.map(([attribute, given]) => `${name(attribute)} = ${value(given)}`),
    REMOVE: (change.remove ?? []).map(name),
    ADD: [
      ...Object.entries(change.increment ?? {}).map(([attribute, by]) => `${name(attribute)} ${value(by)}`),
      ...Object.entries(change.addToSet ?? {}).map(
        ([attribute, member]) => `${name(attribute)} ${value(new Set([member]))}`,
      ),
    ],
    DELETE: Object.entries(change.deleteFromSet ?? {}).map(
      ([attribute, member]) => `${name(attribute)} ${value(new Set([member]))}`,
    ),
  };
  return Object.entries(clauses)
    .filter(([, parts]) => parts.length > 0)
    .map(([clause, parts]) => `${clause} ${parts.join(", ")}`)
    .join(" ");
}
