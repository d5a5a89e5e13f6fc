import assert from "node:assert/strict";
import { meteringVerified } from "../../policy/metering-verified.ts";
import { allow, type Given, judge, unknown } from "./judge.ts";
import { meterAlone, worker } from "./stacks.ts";

const clean = { violations: [], unknown: [], notApplicable: [] };
const unverified = [
  'stack | Stack "dev": UsageVerification is not set, but it meters, AWS has no call that reads back what was submitted, and a record lost on the way is billed only if it is found within its deadline; add a UsageVerification component, or a trail and a function that reads the trail\'s bucket.',
];
const component = (kind: string): Given => ({ type: `aws-marketplace-metering:index:${kind}`, name: kind });
const trail = (extra: Partial<Given> = {}): Given => ({ type: "aws:cloudtrail/trail:Trail", name: "audit", ...extra });
const bucket: Given = { type: "aws:s3/bucket:Bucket", name: "logs" };
const submit = worker("submit", { policy: meterAlone });
const reads = allow("s3:GetObject");

describe("policy metering-verified", () => {
  for (const [what, stack] of Object.entries<Given[]>({
    "a stack that does not meter": worker("web", { policy: reads }),
    "a pipeline with verification": [component("UsagePipeline"), component("UsageVerification")],
    "a function whose role reads the bucket of the trail": [
      ...submit,
      bucket,
      trail({ from: { s3BucketName: ["logs"] } }),
      ...worker("verify", { policy: reads }).map((it) =>
        it.name === "verify-rights" ? { ...it, from: { ...it.from, policy: ["logs"] } } : it,
      ),
    ],
    "a function that is told the bucket of the trail": [
      ...submit,
      bucket,
      trail({ from: { s3BucketName: ["logs"] } }),
      ...worker("verify", { policy: reads, tables: ["logs"] }),
    ],
    "a function that is told the name of a bucket made elsewhere": [
      ...submit,
      trail({ props: { s3BucketName: "central-logs" } }),
      ...worker("verify", { policy: reads, props: { environment: { variables: { BUCKET: "central-logs" } } } }),
    ],
  })) {
    it(`passes ${what}`, async () => {
      assert.deepEqual(await judge(meteringVerified, stack), clean);
    });
  }

  for (const [what, stack] of Object.entries<Given[]>({
    "a role of a seller's own": submit,
    "a user": [{ type: "aws:iam/userPolicy:UserPolicy", name: "rights", props: { policy: meterAlone } }],
    "AWS's managed policy": [
      {
        type: "aws:iam/role:Role",
        name: "role",
        props: { managedPolicyArns: ["arn:aws:iam::aws:policy/AWSMarketplaceFullAccess"] },
      },
    ],
    "our pipeline alone": [component("UsagePipeline")],
    "our role alone": [component("MeteringRole")],
    "a trail that nobody reads": [
      ...submit,
      bucket,
      trail({ from: { s3BucketName: ["logs"] } }),
      ...worker("web", { policy: reads }),
    ],
    "a function that reads another bucket": [
      ...submit,
      bucket,
      trail({ props: { s3BucketName: "central-logs" } }),
      ...worker("web", { policy: reads, tables: ["logs"] }),
    ],
  })) {
    it(`reports a stack that meters and does not verify: ${what}`, async () => {
      assert.deepEqual((await judge(meteringVerified, stack)).violations, unverified);
    });
  }

  it("neither passes nor fails where a preview does not know who meters", async () => {
    assert.deepEqual(await judge(meteringVerified, worker("submit", { policy: unknown })), {
      ...clean,
      unknown: ["string value at .policy can't be known during preview"],
    });
  });

  it("reports what surely meters although another grant is unknown, and passes what surely verifies", async () => {
    const stack = [...worker("other", { policy: unknown }), ...submit];
    assert.deepEqual(await judge(meteringVerified, stack), { ...clean, violations: unverified });
    assert.deepEqual(await judge(meteringVerified, [...stack, component("UsageVerification")]), clean);
  });
});
