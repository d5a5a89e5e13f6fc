import assert from "node:assert/strict";
import { submitterOneAtATime } from "../../policy/submitter-one-at-a-time.ts";
import { allow, judge, unknown } from "./judge.ts";
import { meterAlone, worker } from "./stacks.ts";

const clean = { violations: [], unknown: [], notApplicable: [] };
const reported = (shown: string) => [
  `submit | Function "submit": reservedConcurrentExecutions is ${shown}, but its role may call BatchMeterUsage, whose quota is per account and Region, so submissions must run one at a time; set it to 1, or set unreservedConcurrency in this policy's configuration where the account has none to reserve.`,
];
const submit = (policy: unknown, reservedConcurrentExecutions?: unknown) =>
  worker("submit", { policy, props: { reservedConcurrentExecutions } });

describe("policy submitter-one-at-a-time", () => {
  it("passes a submitter with one reserved execution, and functions that do not meter", async () => {
    const stack = [...submit(meterAlone, 1), ...worker("other", { policy: allow("dynamodb:GetItem") })];
    assert.deepEqual(await judge(submitterOneAtATime, stack), clean);
  });

  for (const [value, shown] of [
    [undefined, "not set"],
    [-1, "-1"],
    [0, "0"],
    [2, "2"],
  ] as const) {
    it(`reports a submitter with ${shown}`, async () => {
      assert.deepEqual((await judge(submitterOneAtATime, submit(meterAlone, value))).violations, reported(shown));
    });
  }

  it("finds the submitter by a policy attached to its role, and by a role given as text", async () => {
    const stack = [
      {
        type: "aws:iam/role:Role",
        name: "role",
        outputs: { arn: "arn:aws:iam::111122223333:role/submit", name: "submit" },
      },
      { type: "aws:iam/policy:Policy", name: "policy", props: { policy: meterAlone } },
      {
        type: "aws:iam/policyAttachment:PolicyAttachment",
        name: "attached",
        props: { roles: ["submit"] },
        from: { policyArn: ["policy"] },
      },
      {
        type: "aws:lambda/function:Function",
        name: "submit",
        props: { role: "arn:aws:iam::111122223333:role/submit" },
      },
    ];
    assert.deepEqual((await judge(submitterOneAtATime, stack)).violations, reported("not set"));
  });

  it("takes * for no sign of metering: that grant has a policy of its own", async () => {
    assert.deepEqual(await judge(submitterOneAtATime, submit(allow("*"))), clean);
  });

  it("neither passes nor fails where a preview does not know the grant", async () => {
    assert.deepEqual(await judge(submitterOneAtATime, submit(unknown)), {
      ...clean,
      unknown: ["string value at .policy can't be known during preview"],
    });
  });

  it("passes one execution whatever the unknown grant is, and a known harmless grant whatever the unknown limit is", async () => {
    const stack = [
      ...submit(unknown, 1),
      ...worker("other", { policy: allow("s3:GetObject"), props: { reservedConcurrentExecutions: unknown } }),
    ];
    assert.deepEqual(await judge(submitterOneAtATime, stack), clean);
  });

  it("reports one submitter although another function is unknown", async () => {
    const stack = [...worker("first", { policy: unknown }), ...submit(meterAlone)];
    const verdict = await judge(submitterOneAtATime, stack);
    assert.deepEqual(verdict.violations, reported("not set"));
    assert.equal(verdict.unknown.length, 1);
  });

  it("knows of our components that MeteringRole alone grants metering", async () => {
    const within = ["aws-marketplace-metering:index:UsagePipeline"];
    const stack = worker("ingest", { policy: unknown }).map((given) => ({ ...given, within }));
    assert.deepEqual(await judge(submitterOneAtATime, stack), clean);
    const role = [...within, "aws-marketplace-metering:index:MeteringRole"];
    const roles = stack.map((given) => (given.type.startsWith("aws:iam/") ? { ...given, within: role } : given));
    assert.equal((await judge(submitterOneAtATime, roles)).unknown.length, 1);
  });

  it("can be turned off knowingly", async () => {
    assert.deepEqual(await judge(submitterOneAtATime, submit(meterAlone), { unreservedConcurrency: true }), {
      ...clean,
      notApplicable: ["unreservedConcurrency is true: submitters are left without a limit"],
    });
    assert.equal(
      (await judge(submitterOneAtATime, submit(meterAlone), { unreservedConcurrency: false })).violations.length,
      1,
    );
  });
});
