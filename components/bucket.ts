import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { denyInsecureTransport, policy, type Statement } from "./documents.ts";
import type { Tags } from "./names.ts";

/** A private bucket and its policy: what writes to it must wait for the policy. */
export interface PrivateBucket {
  bucket: aws.s3.Bucket;
  policy: aws.s3.BucketPolicy;
}

/**
 * A bucket that nobody outside the account can see: no public access, no ACLs, TLS only, versioned, encrypted with S3's own keys (so that
 * whoever writes or reads needs no grant on a key), and with objects that expire. `statements` are added to its policy.
 */
export function privateBucket(
  name: string,
  args: {
    retentionDays: pulumi.Input<number>;
    /** How long a version is kept that was replaced, in days. Defaults to as long as objects are. */
    replacedDays?: number;
    /** Folders whose objects are not kept as long as the others. */
    shortLived?: readonly { readonly folder: string; readonly days: number }[];
    statements: (bucketArn: pulumi.Output<string>) => Statement[];
    tags: Tags;
  },
  parent: pulumi.Resource,
): PrivateBucket {
  const bucket = new aws.s3.Bucket(name, { tags: args.tags }, { parent });
  const blocked = new aws.s3.BucketPublicAccessBlock(
    `${name}-public-access`,
    {
      bucket: bucket.bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    { parent },
  );
  new aws.s3.BucketOwnershipControls(
    `${name}-ownership`,
    { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
    { parent },
  );
  const versioning = new aws.s3.BucketVersioning(
    `${name}-versioning`,
    { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } },
    { parent },
  );
  new aws.s3.BucketServerSideEncryptionConfiguration(
    `${name}-encryption`,
    { bucket: bucket.bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
    { parent },
  );
  new aws.s3.BucketLifecycleConfiguration(
    `${name}-lifecycle`,
    {
      bucket: bucket.bucket,
      rules: [
        {
          id: "expire",
          status: "Enabled",
          filter: {},
          expiration: { days: args.retentionDays },
          noncurrentVersionExpiration: { noncurrentDays: args.replacedDays ?? args.retentionDays },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
        // Where two rules hold, the shorter time counts.
        ...(args.shortLived ?? []).map(({ folder, days }) => ({
          id: `expire-${folder}`,
          status: "Enabled",
          filter: { prefix: `${folder}/` },
          expiration: { days },
          noncurrentVersionExpiration: { noncurrentDays: 1 },
        })),
      ],
    },
    // S3 wants versioning on before a rule speaks of versions.
    { parent, dependsOn: [versioning] },
  );
  const bucketPolicy = new aws.s3.BucketPolicy(
    `${name}-policy`,
    {
      bucket: bucket.bucket,
      policy: policy(
        ...args.statements(bucket.arn),
        denyInsecureTransport("s3:*", bucket.arn, pulumi.interpolate`${bucket.arn}/*`),
      ),
    },
    // S3 refuses two changes of a bucket's access at the same time.
    { parent, dependsOn: [blocked] },
  );
  return { bucket, policy: bucketPolicy };
}
