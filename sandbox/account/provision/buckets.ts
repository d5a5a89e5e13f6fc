import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { parsePolicy } from "../iam/policy.ts";
import { arnOf, type Bucket } from "../state.ts";
import { found, type Made, physicalName, policyText, type Registration, type Site } from "./resource.ts";

export async function makeBucket(registration: Registration, site: Site): Promise<Made> {
  const name = physicalName(registration, site, 63, "bucket").toLowerCase();
  await site.clients.s3.send(new CreateBucketCommand({ Bucket: name }));
  const arn = arnOf(site.state.place, "s3", name);
  site.state.buckets.set(name, { name, arn, settings: { [registration.type]: registration.inputs } });
  const bucketDomainName = `${name}.s3.amazonaws.com`;
  return { id: name, outputs: { bucket: name, arn, bucketDomainName, region: site.state.place.region } };
}

/** Versioning, encryption, lifecycle and the like: recorded with the bucket, not acted on. */
export function configureBucket(registration: Registration, site: Site): Made {
  const bucket = bucketOf(registration, site);
  bucket.settings[registration.type] = registration.inputs;
  return { id: bucket.name };
}

/** Encryption: the key, if there is one, is asked for with every object. */
export function encryptBucket(registration: Registration, site: Site): Made {
  const rules = registration.inputs.rules as { applyServerSideEncryptionByDefault?: { kmsMasterKeyId?: string } }[];
  const kmsKeyArn = rules[0]?.applyServerSideEncryptionByDefault?.kmsMasterKeyId;
  if (kmsKeyArn) bucketOf(registration, site).kmsKeyArn = kmsKeyArn;
  return configureBucket(registration, site);
}

export function makeBucketPolicy(registration: Registration, site: Site): Made {
  const bucket = bucketOf(registration, site);
  bucket.policy = parsePolicy(registration.inputs.policy);
  return { id: bucket.name, outputs: { policy: policyText(registration.inputs.policy) } };
}

function bucketOf(registration: Registration, { state }: Site): Bucket {
  const name = String(registration.inputs.bucket);
  return found(state.buckets.get(name), registration, `bucket ${name}`);
}
