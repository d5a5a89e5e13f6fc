import type { PolicyResource, ReportViolation, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { covers, type Statement, statements, texts } from "./reading/documents.ts";
import { aws, ofType, refersTo } from "./reading/graph.ts";
import { type Fault, message } from "./reading/message.ts";
import { judgeEach } from "./reading/unknown.ts";

/**
 * The bucket a trail writes to. A bucket policy that lets CloudTrail in is known by that alone and judged before it is
 * put in place; that the bucket has one, and a public-access block, takes the whole stack.
 */
export const evidenceBucket: ResourceValidationPolicy & StackValidationPolicy = {
  name: "evidence-bucket",
  displayName: "The evidence bucket is private",
  description:
    "A trail's bucket must block all public access, must refuse requests without TLS, and must let CloudTrail write only for a named trail (aws:SourceArn).",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    'Give the bucket an aws.s3.BucketPublicAccessBlock with all four settings true, and an aws.s3.BucketPolicy that denies "s3:*" to everyone where aws:SecureTransport is "false" and allows cloudtrail.amazonaws.com only where aws:SourceArn equals the trail\'s ARN.',
  url: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html",
  validateResource: (args, reportViolation) => {
    if (args.type !== aws.bucketPolicy) return;
    const document = statements(args.props.policy);
    if (!document.some(admitsCloudTrail)) return;
    for (const fault of documentFaults(document)) reportViolation(message(args, fault));
  },
  validateStack: ({ resources }, reportViolation) => {
    const buckets = ofType(resources, aws.bucket, aws.bucketV2).filter((bucket) =>
      ofType(resources, aws.trail).some((trail) => refersTo(trail, "s3BucketName", bucket)),
    );
    judgeEach(
      buckets.flatMap((bucket) => [
        () => judgePublicAccess(bucket, resources, reportViolation),
        () => judgePolicy(bucket, resources, reportViolation),
      ]),
      (judge) => judge(),
    );
  },
};

const blocks = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

function judgePublicAccess(
  bucket: PolicyResource,
  resources: PolicyResource[],
  reportViolation: ReportViolation,
): void {
  const found = ofType(resources, aws.publicAccessBlock).filter((block) => refersTo(block, "bucket", bucket));
  if (found.length === 0) {
    const fault = missing(
      "aws.s3.BucketPublicAccessBlock",
      "log files name buyers and quantities and must never be public",
    );
    reportViolation(
      message(bucket, { ...fault, fix: "add one for this bucket with all four settings true" }),
      bucket.urn,
    );
  }
  judgeEach(
    found.flatMap((block) => blocks.map((property) => ({ block, property }))),
    ({ block, property }) => {
      if (block.props[property] === true) return;
      const rule = "the bucket that holds the evidence must block public access in all four ways";
      reportViolation(
        message(block, { property, value: block.props[property], rule, fix: "set it to true" }),
        block.urn,
      );
    },
  );
}

function judgePolicy(bucket: PolicyResource, resources: PolicyResource[], reportViolation: ReportViolation): void {
  const found = ofType(resources, aws.bucketPolicy).filter((policy) => refersTo(policy, "bucket", bucket));
  if (found.length === 0) {
    const fault = missing("aws.s3.BucketPolicy", "CloudTrail writes there only by the bucket's policy");
    const fix = "add one that allows cloudtrail.amazonaws.com with aws:SourceArn and denies requests without TLS";
    reportViolation(message(bucket, { ...fault, fix }), bucket.urn);
  }
  judgeEach(found, (policy) => {
    const document = statements(policy.props.policy);
    // One that admits CloudTrail is judged by itself, as the resource it is.
    if (document.some(admitsCloudTrail)) return;
    reportViolation(message(policy, unadmitted(document)), policy.urn);
  });
}

function missing(resource: string, rule: string): Omit<Fault, "fix"> {
  return { property: resource, value: undefined, rule };
}

function unadmitted(document: Statement[]): Fault {
  return {
    property: "policy",
    value: document.map(({ Principal }) => Principal ?? null),
    rule: "the policy of a trail's bucket must let the service cloudtrail.amazonaws.com write, for that trail only",
    fix: "allow it s3:GetBucketAcl and s3:PutObject where aws:SourceArn equals the trail's ARN",
  };
}

function* documentFaults(document: Statement[]): Generator<Fault> {
  for (const [index, statement] of document.entries()) {
    if (!admitsCloudTrail(statement) || namesTrail(statement)) continue;
    yield {
      property: `policy.Statement[${index}].Condition`,
      value: statement.Condition,
      rule: "without aws:SourceArn any account's trail can write here in CloudTrail's name, and forged evidence looks like real evidence",
      fix: "add StringEquals aws:SourceArn with the trail's ARN, its account in full",
    };
  }
  if (!document.some(refusesPlainHttp)) {
    yield {
      property: "policy.Statement",
      value: document.map(({ Sid, Effect }) => Sid ?? Effect),
      rule: "evidence must be read and written over TLS only",
      fix: 'deny "s3:*" to principal "*" on the bucket and its objects where Bool aws:SecureTransport is "false"',
    };
  }
}

function admitsCloudTrail(statement: Statement): boolean {
  const principal = statement.Principal;
  if (statement.Effect !== "Allow" || typeof principal !== "object" || principal === null) return false;
  return texts((principal as Statement).Service).includes("cloudtrail.amazonaws.com");
}

/** `IfExists` operators do not count: they hold where the key is absent. */
function namesTrail(statement: Statement): boolean {
  return ["StringEquals", "StringLike", "ArnEquals", "ArnLike"].some((operator) => {
    const values = texts(conditionValue(statement, operator, "aws:SourceArn"));
    return values.length > 0 && values.every((arn) => /^arn:[^:]+:cloudtrail:[^:]+:\d{12}:trail\/./.test(arn));
  });
}

function refusesPlainHttp(statement: Statement): boolean {
  const principal = statement.Principal as unknown;
  const everyone = principal === "*" || texts((principal as Statement | undefined)?.AWS).includes("*");
  const resources = texts(statement.Resource);
  const everything =
    resources.some((resource) => /(^|[^/])\*$/.test(resource)) ||
    resources.some((resource) => resource.endsWith("/*") && resources.includes(resource.slice(0, -2)));
  const conditions = Object.entries((statement.Condition ?? {}) as Record<string, object>);
  // Any further condition would let some plain request through.
  const alone = conditions.length === 1 && conditions.every(([, keys]) => Object.keys(keys).length === 1);
  return (
    statement.Effect === "Deny" &&
    everyone &&
    everything &&
    alone &&
    texts(statement.Action).some((action) => covers(action, "s3:*")) &&
    ["Bool", "BoolIfExists"].some(
      (operator) => texts(conditionValue(statement, operator, "aws:SecureTransport")).join() === "false",
    )
  );
}

/** Condition keys are compared without case, as IAM does. */
function conditionValue(statement: Statement, operator: string, key: string): unknown {
  const keys = ((statement.Condition ?? {}) as Record<string, Statement>)[operator] ?? {};
  const name = Object.keys(keys).find((candidate) => candidate.toLowerCase() === key.toLowerCase());
  return name === undefined ? undefined : keys[name];
}
