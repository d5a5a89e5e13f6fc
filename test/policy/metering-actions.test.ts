import assert from "node:assert/strict";
import { meteringActionsByName } from "../../policy/metering-actions.ts";
import { allow, document, type Given, judge, unknown } from "./judge.ts";

const meter = "aws-marketplace:BatchMeterUsage";
const table = "arn:aws:dynamodb:us-east-1:111122223333:table/ledger";
const readTable = { Effect: "Allow", Action: ["dynamodb:GetItem", "kms:ReEncrypt*"], Resource: table };
const meterAlone = { Effect: "Allow", Action: meter, Resource: "*" };

const holder = (policy: unknown, type = "aws:iam/rolePolicy:RolePolicy"): Given => ({
  type,
  name: "rights",
  props: { policy },
});
const role = (props: Record<string, unknown> = {}, outputs: Record<string, unknown> = {}): Given => ({
  type: "aws:iam/role:Role",
  name: "submitter",
  props,
  outputs,
});
const rolePolicy = (name: string, policy: unknown): Given => ({
  type: "aws:iam/rolePolicy:RolePolicy",
  name,
  props: { policy },
  from: { role: ["submitter"] },
});
const attachment = (policyArn: unknown, from: Record<string, string[]> = {}): Given => ({
  type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  name: "attached",
  props: { policyArn },
  from: { role: ["submitter"], ...from },
});

const text = {
  byName:
    'but metering must be granted by its exact name, so that a reader of the policy sees who can bill customers; name the actions, such as "aws-marketplace:BatchMeterUsage".',
  beside:
    'but metering actions take no resource and are granted on "*", so that whatever shares their statement is granted on everything; move it to a statement of its own, with its own resources.',
  wider: (who: string, fix = "name the actions that are needed") =>
    `but ${who} may post usage to customers' bills, and whoever may do that must be able to do nothing wider; ${fix}.`,
  exclusion:
    "but NotAction grants every action it does not list, metering among them; list what is needed under Action.",
};

describe("policy metering-actions", () => {
  for (const [what, policy] of Object.entries<unknown>({
    "metering by name, beside statements with their own resources": document(meterAlone, readTable),
    "an object instead of text": { Statement: { ...meterAlone, Action: [meter] } },
    "the registration actions in one statement, in other letters": allow(
      "AWS-Marketplace:batchmeterusage",
      "aws-marketplace:ResolveCustomer",
      "aws-marketplace:GetEntitlements",
    ),
    "marketplace actions that do not meter, by pattern": allow("aws-marketplace:Get*", "aws-marketplace:Describe?*"),
    "everything on one resource, which metering actions do not take": document({ ...readTable, Action: "*" }),
    "a refusal of everything": document({ Effect: "Deny", Action: "*", Resource: "*" }, meterAlone),
    "an exclusion of the marketplace": document({
      Effect: "Allow",
      NotAction: ["aws-marketplace:*", "iam:*"],
      Resource: "*",
    }),
    "an exclusion on one resource": document({ Effect: "Allow", NotAction: "iam:*", Resource: table }),
    "a whole service where nothing meters": allow("s3:*"),
    "text that is no policy": "not JSON",
  })) {
    it(`passes ${what}`, async () => {
      assert.deepEqual(await judge(meteringActionsByName, [holder(policy)]), {
        violations: [],
        unknown: [],
        notApplicable: [],
      });
    });
  }

  for (const pattern of [
    "*",
    "*:*",
    "aws-marketplace:*",
    "AWS-MARKETPLACE:*",
    "aws-marketplace:Batch*",
    "aws-marketplace:*Usage",
    "aws-marketplace:?atchMeterUsage",
    "aws-marketplace:Resolve*",
  ]) {
    it(`reports ${pattern}, which grants metering without naming it`, async () => {
      assert.deepEqual((await judge(meteringActionsByName, [holder(allow(pattern))])).violations, [
        `rights | RolePolicy "rights": policy is "${pattern}", ${text.byName}`,
      ]);
    });
  }

  it("reports aws-marketplace:* whatever its resource", async () => {
    const policy = document({ Effect: "Allow", Action: "aws-marketplace:*", Resource: table });
    assert.deepEqual((await judge(meteringActionsByName, [holder(policy)])).violations, [
      `rights | RolePolicy "rights": policy is "aws-marketplace:*", ${text.byName}`,
    ]);
  });

  for (const type of [
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
    "aws:iam/policy:Policy",
  ]) {
    it(`reads the document of ${type}`, async () => {
      assert.deepEqual((await judge(meteringActionsByName, [holder(allow("*"), type)])).violations, [
        `rights | ${type.split(":")[2]} "rights": policy is "*", ${text.byName}`,
      ]);
    });
  }

  it("reads each inline policy of a role", async () => {
    const inlinePolicies = [{ policy: document(meterAlone) }, { policy: allow("aws-marketplace:*") }];
    assert.deepEqual((await judge(meteringActionsByName, [role({ inlinePolicies })])).violations, [
      `submitter | Role "submitter": inlinePolicies[1].policy is "aws-marketplace:*", ${text.byName}`,
    ]);
  });

  it("reports an exclusion that leaves metering in", async () => {
    const policy = document({ Effect: "Allow", NotAction: "iam:*", Resource: "*" });
    assert.deepEqual((await judge(meteringActionsByName, [holder(policy)])).violations, [
      `rights | RolePolicy "rights": policy is {"NotAction":["iam:*"]}, ${text.exclusion}`,
    ]);
  });

  it("reports an exclusion beside metering, whatever it leaves out, and once", async () => {
    const beside = (NotAction: string) => document(meterAlone, { Effect: "Allow", NotAction, Resource: "*" });
    assert.deepEqual((await judge(meteringActionsByName, [holder(beside("iam:*"))])).violations, [
      `rights | RolePolicy "rights": policy is {"NotAction":["iam:*"]}, ${text.exclusion}`,
    ]);
    assert.deepEqual((await judge(meteringActionsByName, [holder(beside("aws-marketplace:*"))])).violations, [
      `rights | RolePolicy "rights": policy is {"NotAction":["aws-marketplace:*"]}, ${text.wider("this policy")}`,
    ]);
  });

  it("reports a pattern beside the name once", async () => {
    assert.deepEqual((await judge(meteringActionsByName, [holder(allow(meter, "*"))])).violations, [
      `rights | RolePolicy "rights": policy is "*", ${text.byName}`,
    ]);
  });

  it("reports other actions in metering's statement", async () => {
    const { violations } = await judge(meteringActionsByName, [holder(allow(meter, "dynamodb:PutItem", "logs:*"))]);
    assert.deepEqual(violations, [
      `rights | RolePolicy "rights": policy is "dynamodb:PutItem", ${text.beside}`,
      `rights | RolePolicy "rights": policy is "logs:*", ${text.beside}`,
    ]);
  });

  it("reports whole services in another statement of the same document", async () => {
    const policy = document(meterAlone, { ...readTable, Action: ["dynamodb:*", "*"] });
    assert.deepEqual((await judge(meteringActionsByName, [holder(policy)])).violations, [
      `rights | RolePolicy "rights": policy is "dynamodb:*", ${text.wider("this policy")}`,
      `rights | RolePolicy "rights": policy is "*", ${text.wider("this policy")}`,
    ]);
  });

  it("reports whole services in another document of the same role", async () => {
    const stack = [role(), rolePolicy("meters", document(meterAlone)), rolePolicy("data", allow("s3:*"))];
    assert.deepEqual((await judge(meteringActionsByName, stack)).violations, [
      `data | RolePolicy "data": policy is "s3:*", ${text.wider('role "submitter"')}`,
    ]);
  });

  it("reports a document that both meters and is wide once, whatever else its role has", async () => {
    const both = document(meterAlone, { ...readTable, Action: "s3:*" });
    const stack = [role(), rolePolicy("meters", document(meterAlone)), rolePolicy("both", both)];
    assert.deepEqual((await judge(meteringActionsByName, stack)).violations, [
      `both | RolePolicy "both": policy is "s3:*", ${text.wider("this policy")}`,
    ]);
  });

  it("reports whole services in a policy of the stack that a role lists itself", async () => {
    const stack = [
      { ...role({ managedPolicyArns: [unknown] }), from: { managedPolicyArns: ["data"] } },
      rolePolicy("meters", document(meterAlone)),
      { type: "aws:iam/policy:Policy", name: "data", props: { policy: allow("s3:*") } },
    ];
    assert.deepEqual((await judge(meteringActionsByName, stack)).violations, [
      `data | Policy "data": policy is "s3:*", ${text.wider('role "submitter"')}`,
    ]);
  });

  it("reports whole services in a policy of the stack attached to a role that meters inline", async () => {
    const stack = [
      role({ inlinePolicies: [{ policy: document(meterAlone) }] }),
      attachment(unknown, { policyArn: ["data"] }),
      { type: "aws:iam/policy:Policy", name: "data", props: { policy: allow("s3:*") } },
    ];
    assert.deepEqual((await judge(meteringActionsByName, stack)).violations, [
      `data | Policy "data": policy is "s3:*", ${text.wider('role "submitter"')}`,
    ]);
  });

  for (const name of [
    "AdministratorAccess",
    "PowerUserAccess",
    "AmazonDynamoDBFullAccess",
    "AWSLambda_FullAccess",
    "AmazonDynamoDBFullAccess_v2",
  ]) {
    it(`reports ${name} on a role that meters`, async () => {
      const arn = `arn:aws:iam::aws:policy/${name}`;
      const stack = [role(), rolePolicy("meters", document(meterAlone)), attachment(arn)];
      assert.deepEqual((await judge(meteringActionsByName, stack)).violations, [
        `attached | RolePolicyAttachment "attached": policyArn is "${arn}", ${text.wider('role "submitter"', "attach a policy that names the actions it needs")}`,
      ]);
    });
  }

  it("reports AWSMarketplaceFullAccess on a role: it meters by that alone", async () => {
    const managedPolicyArns = ["arn:aws:iam::aws:policy/AWSMarketplaceFullAccess"];
    assert.deepEqual((await judge(meteringActionsByName, [role({ managedPolicyArns })])).violations, [
      `submitter | Role "submitter": managedPolicyArns is "${managedPolicyArns[0]}", ${text.wider('role "submitter"', "attach a policy that names the actions it needs")}`,
    ]);
  });

  for (const name of [
    "service-role/AWSLambdaBasicExecutionRole",
    "AWSMarketplaceMeteringFullAccess",
    "ReadOnlyAccess",
  ]) {
    it(`passes ${name} on a role that meters`, async () => {
      const arn = `arn:aws:iam::aws:policy/${name}`;
      const stack = [role(), rolePolicy("meters", document(meterAlone)), attachment(arn)];
      assert.deepEqual((await judge(meteringActionsByName, stack)).violations, []);
    });
  }

  it("passes AdministratorAccess on a role that does not meter", async () => {
    const stack = [
      role(),
      rolePolicy("reads", document(readTable)),
      attachment("arn:aws:iam::aws:policy/AdministratorAccess"),
    ];
    assert.deepEqual((await judge(meteringActionsByName, stack)).violations, []);
  });

  it("neither passes nor fails a document that a preview does not know", async () => {
    assert.deepEqual(await judge(meteringActionsByName, [holder(unknown)]), {
      violations: [],
      unknown: ["string value at .policy can't be known during preview"],
      notApplicable: [],
    });
  });

  it("reports one statement although another is unknown", async () => {
    const policy = {
      Statement: [
        { Effect: "Allow", Action: unknown, Resource: "*" },
        { ...meterAlone, Action: "*" },
      ],
    };
    const verdict = await judge(meteringActionsByName, [holder(policy)]);
    assert.deepEqual(verdict.violations, [`rights | RolePolicy "rights": policy is "*", ${text.byName}`]);
    assert.deepEqual(verdict.unknown, ["string value at .policy.Statement.0.Action can't be known during preview"]);
  });

  it("judges actions that are known beside a resource that is not", async () => {
    const policy = { Statement: [meterAlone, { ...readTable, Resource: unknown }] };
    assert.deepEqual(await judge(meteringActionsByName, [holder(policy)]), {
      violations: [],
      unknown: [],
      notApplicable: [],
    });
  });

  it("takes what the provider fills in for a role as not given", async () => {
    const computed = { inlinePolicies: unknown, managedPolicyArns: unknown, arn: unknown };
    const stack = [role({}, computed), rolePolicy("meters", document(meterAlone))];
    assert.deepEqual(await judge(meteringActionsByName, stack), { violations: [], unknown: [], notApplicable: [] });
  });
});
