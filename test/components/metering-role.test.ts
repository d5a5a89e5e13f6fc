import assert from "node:assert/strict";
import { MeteringRole } from "../../components/index.ts";
import { record } from "./recording.ts";

const ROLE = "aws:iam/role:Role";
const POLICY = "aws:iam/rolePolicy:RolePolicy";

describe("MeteringRole", () => {
  it("may submit usage in the provider's Region, and nothing wider", async () => {
    const { all } = await record(() => new MeteringRole("metering"), { region: "eu-west-1" });
    assert.deepEqual(
      all(POLICY).map(({ inputs }) => inputs),
      [
        {
          role: "metering-role-1234567",
          policy: {
            Version: "2012-10-17",
            Statement: [
              {
                Sid: "SubmitUsage",
                Effect: "Allow",
                Action: "aws-marketplace:BatchMeterUsage",
                Resource: "*",
                Condition: { StringEquals: { "aws:RequestedRegion": ["eu-west-1"] } },
              },
            ],
          },
        },
      ],
    );
  });

  it("is assumed by Lambda alone where nobody else is named", async () => {
    const { one } = await record(() => new MeteringRole("metering"));
    assert.deepEqual(one(ROLE, "metering-role").inputs.assumeRolePolicy, {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "AssumedByServices",
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Principal: { Service: ["lambda.amazonaws.com"] },
        },
      ],
    });
  });

  it("is assumed by those the seller names, and then no longer by Lambda", async () => {
    const { one } = await record(
      () => new MeteringRole("metering", { principalArns: ["arn:aws:iam::444455556666:role/pipeline"] }),
    );
    assert.deepEqual((one(ROLE, "metering-role").inputs.assumeRolePolicy as Document).Statement, [
      {
        Sid: "AssumedByPrincipals",
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { AWS: ["arn:aws:iam::444455556666:role/pipeline"] },
      },
    ]);
  });

  it("is assumed by services and principals where both are named", async () => {
    const { one } = await record(
      () =>
        new MeteringRole("metering", {
          services: ["ecs-tasks.amazonaws.com"],
          principalArns: ["arn:aws:iam::444455556666:root"],
        }),
    );
    assert.deepEqual(
      (one(ROLE, "metering-role").inputs.assumeRolePolicy as Document).Statement.map(({ Principal }) => Principal),
      [{ Service: ["ecs-tasks.amazonaws.com"] }, { AWS: ["arn:aws:iam::444455556666:root"] }],
    );
  });

  it("asks the provider nothing where the Regions are named", async () => {
    const { calls, one } = await record(() => new MeteringRole("metering", { regions: ["us-east-1", "eu-west-1"] }));
    assert.deepEqual(calls, []);
    assert.deepEqual((one(POLICY, "metering-submit-usage").inputs.policy as Document).Statement[0]?.Condition, {
      StringEquals: { "aws:RequestedRegion": ["us-east-1", "eu-west-1"] },
    });
  });

  it("gives out its name and ARN", async () => {
    const { outputs } = await record(() => new MeteringRole("metering"));
    assert.deepEqual(
      [...outputs.values()],
      [{ roleArn: "arn:aws:iam::111122223333:role/metering-role-1234567", roleName: "metering-role-1234567" }],
    );
  });
});

interface Document {
  Statement: { Principal: unknown; Condition?: unknown }[];
}
