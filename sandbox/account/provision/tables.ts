import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type KeyType,
  type Projection,
} from "@aws-sdk/client-dynamodb";
import { arnOf } from "../state.ts";
import { type Made, physicalName, type Registration, type Site } from "./resource.ts";

interface IndexInputs {
  name: string;
  keySchemas?: { attributeName: string; keyType: KeyType }[];
  /** The older way to say the same. */
  hashKey?: string;
  rangeKey?: string;
  projectionType: NonNullable<Projection["ProjectionType"]>;
  nonKeyAttributes?: string[];
}

interface TableInputs {
  hashKey: string;
  rangeKey?: string;
  attributes: { name: string; type: "S" | "N" | "B" }[];
  globalSecondaryIndexes?: IndexInputs[];
  localSecondaryIndexes?: unknown[];
  serverSideEncryption?: { enabled: boolean; kmsKeyArn?: string };
}

/** The table with its indexes. Recovery, protection, expiry and encryption are recorded; expired items stay. */
export async function makeTable(registration: Registration, site: Site): Promise<Made> {
  const inputs = registration.inputs as unknown as TableInputs & Record<string, unknown>;
  if (inputs.localSecondaryIndexes)
    throw new Error(`Table "${registration.name}" has local indexes, which are not emulated.`);
  const name = physicalName(registration, site, 255);
  const indexes = inputs.globalSecondaryIndexes ?? [];
  const definition: CreateTableCommandInput = {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: inputs.attributes.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
    KeySchema: keySchema(inputs.hashKey, inputs.rangeKey),
    ...(indexes.length > 0 && {
      GlobalSecondaryIndexes: indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: index.keySchemas
          ? index.keySchemas.map(({ attributeName, keyType }) => ({ AttributeName: attributeName, KeyType: keyType }))
          : keySchema(index.hashKey as string, index.rangeKey),
        Projection: {
          ProjectionType: index.projectionType,
          ...(index.nonKeyAttributes && { NonKeyAttributes: index.nonKeyAttributes }),
        },
      })),
    }),
  };
  await site.clients.dynamodb.send(new CreateTableCommand(definition));
  const arn = arnOf(site.state.place, "dynamodb", `table/${name}`);
  const kmsKeyArn = inputs.serverSideEncryption?.kmsKeyArn;
  site.state.tables.set(name, { name, arn, settings: inputs, ...(kmsKeyArn && { kmsKeyArn }) });
  return { id: name, outputs: { name, arn } };
}

function keySchema(hash: string, range: string | undefined): NonNullable<CreateTableCommandInput["KeySchema"]> {
  return [
    { AttributeName: hash, KeyType: "HASH" },
    ...(range === undefined ? [] : [{ AttributeName: range, KeyType: "RANGE" as const }]),
  ];
}
