import { deepEqual, equal } from "node:assert/strict";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { iam } from "@pulumi/aws";
import type { Account } from "../../../sandbox/account/account.ts";
import { inAccount, load, makeFunction, sdk } from "./support.ts";

/** Makes one call and says what came of it: `ok`, or the error's name. */
const source = `
  import * as dynamodb from ${sdk("dynamodb")};
  import * as s3 from ${sdk("s3")};
  import * as sqs from ${sdk("sqs")};
  const commands = { dynamodb, s3, sqs };
  export const create = (clients) => async ({ service, command, input }) =>
    clients[service].send(new commands[service][command + "Command"](input)).then(() => "ok", ({ name, message }) => name + ": " + message);`;

interface Store {
  table: string;
  bucket: string;
  queue: string;
  caller: string;
  key: string;
}

async function deployStore(
  account: Account,
  statements: (store: Omit<Store, "caller">) => iam.PolicyStatement[],
): Promise<Store> {
  const outputs = await account.deploy(async () => {
    const { aws, pulumi } = await load();
    const key = new aws.kms.Key("key");
    const table = new aws.dynamodb.Table("ledger", {
      name: "ledger",
      hashKey: "pk",
      attributes: ["pk", "due"].map((name) => ({ name, type: "S" })),
      globalSecondaryIndexes: [
        { name: "due", keySchemas: [{ attributeName: "due", keyType: "HASH" }], projectionType: "KEYS_ONLY" },
      ],
      serverSideEncryption: { enabled: true, kmsKeyArn: key.arn },
    });
    const bucket = new aws.s3.Bucket("logs", { bucket: "logs" });
    const queue = new aws.sqs.Queue("usage", { name: "usage" });
    const store = { table: table.arn, bucket: bucket.arn, queue: queue.url, key: key.arn };
    makeFunction("caller", source, { aws, pulumi, args: { name: "caller" } });
    const role = [...account.state.roles.values()];
    const rights = pulumi.output(store).apply((known) => statements(known));
    new aws.iam.Policy("more", {
      policy: rights.apply((Statement) => JSON.stringify({ Version: "2012-10-17", Statement })),
    });
    return { ...store, caller: role.length };
  });
  const [policyArn] = account.state.policies.keys();
  for (const role of account.state.roles.values()) role.attached.add(policyArn as string);
  await account.clients.dynamodb.send(new PutItemCommand({ TableName: "ledger", Item: { pk: { S: "a" } } }));
  await account.clients.s3.send(new PutObjectCommand({ Bucket: "logs", Key: "AWSLogs/a", Body: "a" }));
  return outputs as unknown as Store;
}

async function call(account: Account, service: string, command: string, input: object): Promise<string> {
  const outcome = await account.invoke("caller", { service, command, input });
  return outcome.status === "succeeded" ? String(outcome.value) : outcome.status;
}

const allow = (
  Action: string | string[],
  Resource: string,
  Condition?: iam.PolicyStatement["Condition"],
): iam.PolicyStatement => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const query = {
  TableName: "ledger",
  KeyConditionExpression: "pk = :a",
  ExpressionAttributeValues: { ":a": { S: "a" } },
};
const indexQuery = { ...query, IndexName: "due", KeyConditionExpression: "due = :a" };

describe("a function's rights", () => {
  it("are those of its role: reading a table is not writing it, nor reading its indexes", () =>
    inAccount(async (account) => {
      const { key } = await deployStore(account, ({ table, key }) => [
        allow(["dynamodb:Query", "dynamodb:BatchGetItem"], table),
        allow("kms:Decrypt", key),
      ]);
      equal(await call(account, "dynamodb", "Query", query), "ok");
      equal(
        await call(account, "dynamodb", "BatchGetItem", { RequestItems: { ledger: { Keys: [{ pk: { S: "a" } }] } } }),
        "ok",
      );
      equal(
        await call(account, "dynamodb", "PutItem", { TableName: "ledger", Item: { pk: { S: "b" } } }),
        `AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/${roleName(account)}/caller is not authorized to perform: dynamodb:PutItem on resource: arn:aws:dynamodb:us-east-1:123456789012:table/ledger because no identity-based policy allows the dynamodb:PutItem action`,
      );
      equal(
        (await call(account, "dynamodb", "Query", indexQuery)).split(" on resource: ")[1],
        "arn:aws:dynamodb:us-east-1:123456789012:table/ledger/index/due because no identity-based policy allows the dynamodb:Query action",
      );
      equal(key.startsWith("arn:aws:kms:us-east-1:123456789012:key/"), true);
    }));

  it("reach an index by its own ARN", () =>
    inAccount(async (account) => {
      await deployStore(account, ({ table, key }) => [
        allow("dynamodb:Query", `${table}/index/*`),
        allow("kms:Decrypt", key),
      ]);
      equal(await call(account, "dynamodb", "Query", indexQuery), "ok");
      equal((await call(account, "dynamodb", "Query", query)).split(":")[0], "AccessDeniedException");
    }));

  it("need the key of an encrypted table, through DynamoDB", () =>
    inAccount(async (account) => {
      const through = (service: string) => ({ StringLike: { "kms:ViaService": `${service}.*` } });
      const { key } = await deployStore(account, ({ table, key }) => [
        allow("dynamodb:Query", table),
        allow("kms:Decrypt", key, through("s3")),
      ]);
      equal(
        (await call(account, "dynamodb", "Query", query)).split(" on resource: ")[1],
        `${key} because no identity-based policy allows the kms:Decrypt action`,
      );
    }));

  it("list a bucket only under the prefix that a condition names, and read only what they name", () =>
    inAccount(async (account) => {
      await deployStore(account, ({ bucket }) => [
        allow("s3:ListBucket", bucket, { StringLike: { "s3:prefix": "AWSLogs/*" } }),
        allow("s3:GetObject", `${bucket}/AWSLogs/*`),
      ]);
      equal(await call(account, "s3", "ListObjectsV2", { Bucket: "logs", Prefix: "AWSLogs/2026" }), "ok");
      equal((await call(account, "s3", "ListObjectsV2", { Bucket: "logs" })).split(":")[0], "AccessDenied");
      equal(await call(account, "s3", "GetObject", { Bucket: "logs", Key: "AWSLogs/a" }), "ok");
      equal((await call(account, "s3", "GetObject", { Bucket: "logs", Key: "other" })).split(":")[0], "AccessDenied");
      equal(
        (await call(account, "s3", "PutObject", { Bucket: "logs", Key: "AWSLogs/b", Body: "b" })).split(":")[0],
        "AccessDenied",
      );
    }));

  it("end where a resource's policy denies", () =>
    inAccount(async (account) => {
      const { queue } = await deployStore(account, () => [allow("sqs:SendMessage", "*")]);
      const send = { QueueUrl: queue, MessageBody: "a" };
      equal(await call(account, "sqs", "SendMessage", send), "ok");
      for (const target of account.state.queues.values()) {
        target.policy = { Statement: { Effect: "Deny", Principal: "*", Action: "sqs:*", Resource: "*" } };
      }
      equal((await call(account, "sqs", "SendMessage", send)).endsWith("with an explicit deny in a policy"), true);
    }));

  it("are not guessed for a managed policy that is not known", () =>
    inAccount(async (account) => {
      await deployStore(account, () => [allow("*", "*")]);
      for (const role of account.state.roles.values()) role.attached.add("arn:aws:iam::aws:policy/AdministratorAccess");
      equal(
        await call(account, "dynamodb", "Query", query),
        "Error: Policy arn:aws:iam::aws:policy/AdministratorAccess is neither made by the program nor known here: add its actions to sandbox/account/iam/managed.ts.",
      );
    }));

  it("are not guessed for a command that nobody has looked up", () =>
    inAccount(async (account) => {
      await deployStore(account, () => [allow("*", "*")]);
      equal(
        await call(account, "dynamodb", "ListTables", {}),
        "Error: What dynamodb ListTables needs of IAM is not known: add it to sandbox/account/iam/requests.ts.",
      );
    }));
});

describe("access keys", () => {
  it("tell the metering service whose they are and whether that role may call in the Region", () =>
    inAccount(async (account) => {
      await deployStore(account, () => [
        allow("aws-marketplace:BatchMeterUsage", "*", { StringEquals: { "aws:RequestedRegion": "us-east-1" } }),
      ]);
      const keyOf = `
        import { MarketplaceMeteringClient } from ${sdk("marketplace-metering")};
        export const create = ({ metering }) => async () => (await metering.config.credentials()).accessKeyId;`;
      const { role } = await account.deploy(async () => {
        const { aws, pulumi } = await load();
        const { role } = makeFunction("signer", keyOf, { aws, pulumi, args: { name: "signer" } });
        const [policyArn = ""] = account.state.policies.keys();
        new aws.iam.RolePolicyAttachment("signer", { role, policyArn });
        return { role: role.arn };
      });
      const outcome = await account.invoke("signer", {});
      const accessKeyId = outcome.status === "succeeded" ? String(outcome.value) : "";
      const session = { roleArn: role, sessionName: "signer" };
      const ask = (key: string, region: string) => account.authorize(key, "aws-marketplace:BatchMeterUsage", region);
      deepEqual(ask(accessKeyId, "us-east-1"), { allowed: true, ...session });
      deepEqual(ask(accessKeyId, "eu-west-1"), { allowed: false, reason: "denied", ...session });
      deepEqual(ask("ASIAUNKNOWN", "us-east-1"), { allowed: false, reason: "unknown" });
    }));
});

const roleName = (account: Account) => [...account.state.roles.values()][0]?.name;
