import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Statement, useLedgerKey } from "./documents.ts";
import type { Tags } from "./names.ts";

/** The ledger: its table and the key that encrypts it. */
export interface Ledger {
  table: aws.dynamodb.Table;
  key: aws.kms.Key;
}

/** The table, with a key of its own, that holds every claim, usage event, hourly record, meter and rejection. */
export function makeLedger(name: string, tags: Tags, parent: pulumi.Resource): Ledger {
  const key = new aws.kms.Key(
    `${name}-key`,
    { description: "Encrypts the usage ledger", enableKeyRotation: true, deletionWindowInDays: 30, tags },
    { parent },
  );
  new aws.kms.Alias(`${name}-key-alias`, { namePrefix: `alias/${name}-`, targetKeyId: key.keyId }, { parent });
  const table = new aws.dynamodb.Table(
    name,
    {
      billingMode: "PAY_PER_REQUEST",
      hashKey: "pk",
      rangeKey: "sk",
      attributes: ["pk", "sk", "dueShard", "due", "hourShard", "hour", "buyer"].map((attribute) => ({
        name: attribute,
        type: "S",
      })),
      globalSecondaryIndexes: [
        index("due", "dueShard", "due"),
        index("hours", "hourShard", "hour"),
        index("buyers", "buyer", "hour"),
      ],
      ttl: { attributeName: "expiresAt", enabled: true },
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true, kmsKeyArn: key.arn },
      deletionProtectionEnabled: true,
      tags,
    },
    { parent },
  );
  return { table, key };
}

/** Lets a function that counts and sends usage read and write the ledger. */
export const writeLedger = ({ table, key }: Ledger): Statement[] => [
  {
    Sid: "ReadAndWriteLedger",
    Effect: "Allow",
    Action: ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"],
    Resource: table.arn,
  },
  useLedgerKey(key.arn),
];

/** Lets a function find what is due, or what lies in a window, through the indexes. */
export const queryIndexes = (tableArn: pulumi.Input<string>): Statement => ({
  Sid: "QueryIndexes",
  Effect: "Allow",
  Action: "dynamodb:Query",
  Resource: pulumi.interpolate`${tableArn}/index/*`,
});

/** An index holds keys only: no decision trusts it, the item is always read again. */
const index = (name: string, hashKey: string, rangeKey: string) => ({
  name,
  keySchemas: [
    { attributeName: hashKey, keyType: "HASH" },
    { attributeName: rangeKey, keyType: "RANGE" },
  ],
  projectionType: "KEYS_ONLY",
});
