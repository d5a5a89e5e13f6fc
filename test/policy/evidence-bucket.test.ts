import assert from "node:assert/strict";
import { evidenceBucket } from "../../policy/evidence-bucket.ts";
import { document, type Given, judge, unknown } from "./judge.ts";

const bucketArn = "arn:aws:s3:::logs-1";
const trailArn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit";
const deliver = {
  Effect: "Allow",
  Principal: { Service: "cloudtrail.amazonaws.com" },
  Action: "s3:PutObject",
  Resource: `${bucketArn}/AWSLogs/111122223333/*`,
  Condition: { StringEquals: { "aws:SourceArn": trailArn, "s3:x-amz-acl": "bucket-owner-full-control" } },
};
const tlsOnly = {
  Sid: "TlsOnly",
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: [bucketArn, `${bucketArn}/*`],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};
const allFour = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };

interface Parts {
  block?: Record<string, unknown> | null;
  policy?: unknown;
}

/** The trail, its bucket, and what guards it. */
function stack({ block = allFour, policy = document(deliver, tlsOnly) }: Parts = {}): Given[] {
  const bucket = { bucket: unknown };
  const from = { bucket: ["logs"] };
  const guards: Given[] = [
    {
      type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      name: "block",
      props: { ...bucket, ...block },
      from,
    },
    { type: "aws:s3/bucketPolicy:BucketPolicy", name: "policy", props: { ...bucket, policy }, from },
  ];
  return [
    { type: "aws:s3/bucket:Bucket", name: "logs", outputs: { bucket: unknown, arn: unknown } },
    {
      type: "aws:cloudtrail/trail:Trail",
      name: "audit",
      props: { s3BucketName: unknown },
      from: { s3BucketName: ["logs"] },
    },
    ...guards.filter(({ name }) => !(name === "block" && block === null) && !(name === "policy" && policy === null)),
  ];
}

const rule = {
  sourceArn:
    "but without aws:SourceArn any account's trail can write here in CloudTrail's name, and forged evidence looks like real evidence; add StringEquals aws:SourceArn with the trail's ARN, its account in full.",
  tls: 'but evidence must be read and written over TLS only; deny "s3:*" to principal "*" on the bucket and its objects where Bool aws:SecureTransport is "false".',
};

describe("policy evidence-bucket", () => {
  for (const [what, parts] of Object.entries<Parts>({
    "a guarded bucket, its name still unknown": {},
    "a policy given as an object": { policy: { Statement: [deliver, tlsOnly] } },
    "condition keys in other letters, ARNs by pattern": {
      policy: document(
        { ...deliver, Condition: { ArnLike: { "AWS:sourcearn": trailArn } } },
        { ...tlsOnly, Principal: { AWS: "*" }, Condition: { Bool: { "aws:securetransport": false } }, Resource: "*" },
      ),
    },
  })) {
    it(`passes ${what}`, async () => {
      assert.deepEqual(await judge(evidenceBucket, stack(parts)), { violations: [], unknown: [], notApplicable: [] });
    });
  }

  it("reports a bucket without public-access block and policy", async () => {
    assert.deepEqual((await judge(evidenceBucket, stack({ block: null, policy: null }))).violations, [
      'logs | Bucket "logs": aws.s3.BucketPublicAccessBlock is not set, but log files name buyers and quantities and must never be public; add one for this bucket with all four settings true.',
      'logs | Bucket "logs": aws.s3.BucketPolicy is not set, but CloudTrail writes there only by the bucket\'s policy; add one that allows cloudtrail.amazonaws.com with aws:SourceArn and denies requests without TLS.',
    ]);
  });

  for (const setting of Object.keys(allFour)) {
    it(`reports ${setting} left out or off`, async () => {
      for (const [value, shown] of [
        [undefined, "not set"],
        [false, "false"],
      ]) {
        const verdict = await judge(evidenceBucket, stack({ block: { ...allFour, [setting as string]: value } }));
        assert.deepEqual(verdict.violations, [
          `block | BucketPublicAccessBlock "block": ${setting} is ${shown}, but the bucket that holds the evidence must block public access in all four ways; set it to true.`,
        ]);
      }
    });
  }

  for (const [what, Condition] of Object.entries<unknown>({
    "no condition": undefined,
    "another condition": { StringEquals: { "aws:SourceAccount": "111122223333" } },
    "an ARN of any account": { StringLike: { "aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/*" } },
    "a condition that holds where the key is absent": { StringEqualsIfExists: { "aws:SourceArn": trailArn } },
    "one good ARN beside any": { StringLike: { "aws:SourceArn": [trailArn, "*"] } },
  })) {
    it(`reports a policy that lets any trail write: ${what}`, async () => {
      const { violations } = await judge(
        evidenceBucket,
        stack({ policy: document({ ...deliver, Condition }, tlsOnly) }),
      );
      const shown = Condition === undefined ? "not set" : JSON.stringify(Condition);
      assert.deepEqual(violations, [
        `policy | BucketPolicy "policy": policy.Statement[0].Condition is ${shown}, ${rule.sourceArn}`,
      ]);
    });
  }

  for (const [what, statement] of Object.entries<object>({
    "that allows": { ...tlsOnly, Effect: "Allow" },
    "for one principal": { ...tlsOnly, Principal: { AWS: "arn:aws:iam::111122223333:root" } },
    "for one action": { ...tlsOnly, Action: "s3:GetObject" },
    "for the objects alone": { ...tlsOnly, Resource: `${bucketArn}/*` },
    "for secure requests": { ...tlsOnly, Condition: { Bool: { "aws:SecureTransport": "true" } } },
    "under a further condition": {
      ...tlsOnly,
      Condition: { Bool: { "aws:SecureTransport": "false", "aws:ViaAWSService": "false" } },
    },
  })) {
    it(`does not take for TLS-only a statement ${what}`, async () => {
      const { violations } = await judge(evidenceBucket, stack({ policy: document(deliver, statement) }));
      assert.deepEqual(violations, [
        `policy | BucketPolicy "policy": policy.Statement is ["Allow","TlsOnly"], ${rule.tls}`,
      ]);
    });
  }

  it("reports a policy that never names CloudTrail", async () => {
    const { violations } = await judge(evidenceBucket, stack({ policy: document(tlsOnly) }));
    assert.deepEqual(violations, [
      `policy | BucketPolicy "policy": policy is ["*"], but the policy of a trail's bucket must let the service cloudtrail.amazonaws.com write, for that trail only; allow it s3:GetBucketAcl and s3:PutObject where aws:SourceArn equals the trail's ARN.`,
    ]);
  });

  it("judges a policy that admits CloudTrail although its trail is elsewhere", async () => {
    const [, , , policy] = stack({ policy: document(deliver) });
    const { violations } = await judge(evidenceBucket, [{ ...(policy as Given), from: {} }]);
    assert.deepEqual(violations, [`policy | BucketPolicy "policy": policy.Statement is ["Allow"], ${rule.tls}`]);
  });

  it("finds the bucket by its name where the program gives names and not outputs", async () => {
    const stack: Given[] = [
      { type: "aws:s3/bucketV2:BucketV2", name: "logs", props: { bucket: "logs-1" } },
      { type: "aws:cloudtrail/trail:Trail", name: "audit", props: { s3BucketName: "logs-1" } },
    ];
    const { violations } = await judge(evidenceBucket, stack);
    assert.deepEqual(
      violations.map((violation) => violation.split(" is ")[0]),
      ['logs | BucketV2 "logs": aws.s3.BucketPublicAccessBlock', 'logs | BucketV2 "logs": aws.s3.BucketPolicy'],
    );
  });

  it("neither passes nor fails a policy that a preview does not know", async () => {
    assert.deepEqual(await judge(evidenceBucket, stack({ policy: unknown })), {
      violations: [],
      unknown: Array(2).fill("string value at .policy can't be known during preview"),
      notApplicable: [],
    });
  });

  it("reports one setting although another is unknown", async () => {
    const block = { ...allFour, blockPublicAcls: unknown, ignorePublicAcls: false };
    const verdict = await judge(evidenceBucket, stack({ block }));
    assert.deepEqual(
      verdict.violations.map((violation) => violation.split(", but ")[0]),
      ['block | BucketPublicAccessBlock "block": ignorePublicAcls is false'],
    );
    assert.deepEqual(verdict.unknown, ["string value at .blockPublicAcls can't be known during preview"]);
  });

  it("leaves buckets alone that hold no trail's log files", async () => {
    const verdict = await judge(evidenceBucket, [
      { type: "aws:s3/bucket:Bucket", name: "reports" },
      {
        type: "aws:s3/bucketPolicy:BucketPolicy",
        name: "open",
        props: { policy: document({ ...deliver, Principal: "*" }) },
        from: { bucket: ["reports"] },
      },
    ]);
    assert.deepEqual(verdict, { violations: [], unknown: [], notApplicable: [] });
  });
});
