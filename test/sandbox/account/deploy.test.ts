import { deepEqual, equal, match, notEqual, rejects } from "node:assert/strict";
import { DescribeTableCommand, GetItemCommand, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { PublishCommand } from "@aws-sdk/client-sns";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import type { Account } from "../../../sandbox/account/account.ts";
import { inAccount, load, makeFunction, trust } from "./support.ts";

const source = "export const create = () => async () => {};";

describe("deploying a program", () => {
  it("makes a table with its indexes, for the real client", () =>
    inAccount(async (account) => {
      const { name, arn } = await account.deploy(async () => {
        const { aws } = await load();
        const table = new aws.dynamodb.Table("ledger", {
          billingMode: "PAY_PER_REQUEST",
          hashKey: "pk",
          rangeKey: "sk",
          attributes: ["pk", "sk", "due"].map((attribute) => ({ name: attribute, type: "S" })),
          globalSecondaryIndexes: [
            { name: "due", keySchemas: [{ attributeName: "due", keyType: "HASH" }], projectionType: "KEYS_ONLY" },
            { name: "old", hashKey: "sk", rangeKey: "due", projectionType: "ALL" },
          ],
          pointInTimeRecovery: { enabled: true },
        });
        return { name: table.name, arn: table.arn };
      });
      match(String(name), /^ledger-[0-9a-f]{7}$/);
      equal(arn, `arn:aws:dynamodb:us-east-1:123456789012:table/${name}`);
      const { dynamodb } = account.clients;
      const TableName = String(name);
      const Item = { pk: { S: "a" }, sk: { S: "b" }, due: { S: "c" }, more: { N: "1" } };
      await dynamodb.send(new PutItemCommand({ TableName, Item }));
      deepEqual(
        (await dynamodb.send(new GetItemCommand({ TableName, Key: { pk: { S: "a" }, sk: { S: "b" } } }))).Item,
        Item,
      );
      const query = {
        TableName,
        IndexName: "due",
        KeyConditionExpression: "due = :due",
        ExpressionAttributeValues: { ":due": { S: "c" } },
      };
      deepEqual((await dynamodb.send(new QueryCommand(query))).Items, [
        { pk: { S: "a" }, sk: { S: "b" }, due: { S: "c" } },
      ]);
      const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
      deepEqual(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName).sort(), ["due", "old"]);
      equal(account.state.tables.get(TableName)?.settings.pointInTimeRecovery !== undefined, true);
    }));

  it("makes a topic that reaches a queue, for the real clients", () =>
    inAccount(async (account) => {
      const { topic, url } = await account.deploy(async () => {
        const { aws } = await load();
        const queue = new aws.sqs.Queue("heard");
        const topic = new aws.sns.Topic("said");
        new aws.sns.TopicSubscription("heard", {
          topic: topic.arn,
          protocol: "sqs",
          endpoint: queue.arn,
          rawMessageDelivery: true,
        });
        new aws.sns.TopicSubscription("mail", { topic, protocol: "email", endpoint: "a@example.com" });
        return { topic: topic.arn, url: queue.url };
      });
      await account.clients.sns.send(new PublishCommand({ TopicArn: String(topic), Message: "hello" }));
      const { Messages = [] } = await account.clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: String(url) }));
      deepEqual(
        Messages.map(({ Body }) => Body),
        ["hello"],
      );
      deepEqual(
        account.state.topics
          .get(String(topic))
          ?.subscriptions.map(({ protocol }) => protocol)
          .sort(),
        ["email", "sqs"],
      );
    }));

  it("writes code archives out, of texts, files and folders", () =>
    inAccount(async (account) => {
      await account.deploy(async () => {
        const { aws, pulumi } = await load();
        const reader = `import { readFileSync } from "node:fs";
          export const create = ({ environment }) => async () => [readFileSync(environment.LAMBDA_TASK_ROOT + "/deep/products.json", "utf8"), readFileSync(environment.LAMBDA_TASK_ROOT + "/folder/support.ts", "utf8").length > 0, readFileSync(environment.LAMBDA_TASK_ROOT + "/copy.ts", "utf8").length > 0];`;
        const code = new pulumi.asset.AssetArchive({
          "index.mjs": new pulumi.asset.StringAsset(reader),
          "deep/products.json": new pulumi.asset.StringAsset("{}"),
          "copy.ts": new pulumi.asset.FileAsset(`${import.meta.dirname}/support.ts`),
          folder: new pulumi.asset.FileArchive(import.meta.dirname),
        });
        makeFunction("worker", source, { aws, pulumi, args: { name: "worker", code } });
      });
      deepEqual(await account.invoke("worker", {}), { status: "succeeded", value: ["{}", true, true] });
    }));

  it("answers what programs ask the provider", () =>
    inAccount(
      async (account) => {
        const outputs = await account.deploy(
          async () => {
            const { aws, pulumi } = await load();
            const document = aws.iam.getPolicyDocumentOutput({
              statements: [
                {
                  sid: "A",
                  actions: ["s3:*"],
                  resources: ["*"],
                  principals: [{ type: "Service", identifiers: ["x.amazonaws.com"] }],
                  conditions: [{ test: "StringEquals", variable: "a", values: ["1"] }],
                },
              ],
            });
            return {
              account: aws.getCallerIdentityOutput().accountId,
              region: aws.getRegionOutput().region,
              partition: aws.getPartitionOutput().partition,
              policy: document.json.apply((json) => JSON.parse(json)),
              configured: new pulumi.Config("shop").require("color"),
              provider: aws.config.region,
            };
          },
          { "shop:color": "blue" },
        );
        deepEqual(outputs, {
          account: "210987654321",
          region: "eu-west-1",
          partition: "aws",
          policy: {
            Version: "2012-10-17",
            Statement: [
              {
                Sid: "A",
                Effect: "Allow",
                Action: ["s3:*"],
                Resource: ["*"],
                Principal: { Service: ["x.amazonaws.com"] },
                Condition: { StringEquals: { a: ["1"] } },
              },
            ],
          },
          configured: "blue",
          provider: "eu-west-1",
        });
      },
      { region: "eu-west-1", accountId: "210987654321" },
    ));

  it("gives the same names to the same seed, and others to another", async () => {
    const names: unknown[] = [];
    const bucketName = async (account: Account) => {
      const { bucket } = await account.deploy(async () => ({
        bucket: new (await load()).aws.s3.Bucket("Logs").bucket,
      }));
      names.push(bucket);
    };
    await inAccount(bucketName);
    await inAccount(bucketName);
    await inAccount(bucketName, { seed: "another" });
    match(String(names[0]), /^logs-[0-9a-f]{7}$/);
    equal(names[0], names[1]);
    notEqual(names[0], names[2]);
  });

  it("waits for resources that no output depends on, and those made once others are known", () =>
    inAccount(async (account) => {
      await account.deploy(async () => {
        const { aws } = await load();
        new aws.s3.Bucket("first").arn.apply((arn) => new aws.sqs.Queue("second", { tags: { arn } }));
        return {};
      });
      deepEqual(
        [...account.state.buckets.keys(), ...account.state.queues.keys()].map((name) => name.split("-")[0]),
        ["first", "second"],
      );
    }));

  it("refuses a type that is not emulated, by name, and can deploy something else afterwards", () =>
    inAccount(async (account) => {
      const lake = async () => {
        const { aws } = await load();
        const store = new aws.cloudtrail.EventDataStore("lake");
        new aws.sqs.Queue("after", { tags: { arn: store.arn.apply((arn) => arn.toUpperCase()) } });
      };
      await rejects(account.deploy(lake), {
        message: `Resource "lake" is of type aws:cloudtrail/eventDataStore:EventDataStore, which the sandbox cannot make: add it to sandbox/account/provision/types.ts.`,
      });
      equal(account.state.queues.size, 0);
      const { name } = await account.deploy(async () => ({ name: new (await load()).aws.sqs.Queue("other").name }));
      match(String(name), /^other-/);
    }));

  it("passes on what an apply throws", () =>
    inAccount(async (account) => {
      const program = async () => {
        const { aws } = await load();
        new aws.sqs.Queue("usage").arn.apply(() => {
          throw new Error("wrong value");
        });
      };
      await rejects(account.deploy(program), { message: "wrong value" });
    }));

  it("passes on what a program throws", () =>
    inAccount(async (account) => {
      await rejects(
        account.deploy(async () => {
          throw new Error("wrong argument");
        }),
        { message: "wrong argument" },
      );
    }));

  it("refuses to make the same resource twice", () =>
    inAccount(async (account) => {
      const program = async () => ({ queue: new (await load()).aws.sqs.Queue("usage").url });
      await account.deploy(program);
      await rejects(account.deploy(program), {
        message: /^Resource "usage" of type aws:sqs\/queue:Queue is already in the account/,
      });
    }));

  const refused: [string, RegExp, (parts: Awaited<ReturnType<typeof load>>) => void][] = [
    [
      "a name longer than AWS takes",
      /^aws:lambda\/function:Function "worker" is named f{65}, 65 characters: AWS takes at most 64\.$/,
      (parts) => void makeFunction("worker", source, { ...parts, args: { name: "f".repeat(65) } }),
    ],
    [
      "a function whose role Lambda cannot assume",
      /^Function "worker" has role arn:aws:iam::123456789012:role\/timer-[0-9a-f]{7}, which cannot be assumed by Lambda\.$/,
      ({ aws, pulumi }) => {
        const role = new aws.iam.Role("timer", { assumeRolePolicy: trust("scheduler.amazonaws.com") });
        makeFunction("worker", source, { aws, pulumi, args: { role: role.arn } });
      },
    ],
    [
      "variables beyond Lambda's 4 KB",
      /^Function worker-[0-9a-f]{7} has environment variables of 5010 bytes: Lambda takes at most 4096\.$/,
      (parts) =>
        void makeFunction("worker", source, {
          ...parts,
          args: { environment: { variables: { LONG: "x".repeat(4999) } } },
        }),
    ],
    [
      "a trail whose bucket does not let it deliver",
      /^InsufficientS3BucketPolicyException: trail "trail" cannot deliver to bucket logs-[0-9a-f]{7}:/,
      ({ aws }) => void new aws.cloudtrail.Trail("trail", { s3BucketName: new aws.s3.Bucket("logs").bucket }),
    ],
    [
      "a policy for a role that is not there",
      /^aws:iam\/rolePolicy:RolePolicy "rights" refers to role nobody, which is not in the account\.$/,
      ({ aws }) =>
        void new aws.iam.RolePolicy("rights", { role: "nobody", policy: { Version: "2012-10-17", Statement: [] } }),
    ],
    [
      "a first-in-first-out queue",
      /^Queue "usage" has fifoQueue, which is not emulated\.$/,
      ({ aws }) => void new aws.sqs.Queue("usage", { fifoQueue: true }),
    ],
  ];
  for (const [what, message, register] of refused) {
    it(`refuses ${what}`, () =>
      inAccount(async (account) => {
        const program = async () => register(await load());
        await rejects(account.deploy(program), { message });
      }));
  }
});
