import type * as pulumi from "@pulumi/pulumi";
import { missing, type Problem, textProblems, unknownProperties } from "./checks.ts";

/** A trail that already exists and records management writes in the metering Region. */
export interface TrailArgs {
  /** The name of the bucket that the trail delivers to. A bucket in another account must let the verify function's role list and read it. */
  bucketName: pulumi.Input<string>;
  /** What stands before "AWSLogs" in the keys of the log files, without slashes at the ends. Defaults to nothing. */
  prefix?: pulumi.Input<string> | undefined;
  /** The ARN of the KMS key that encrypts the log files; its policy must let the account's roles decrypt. Defaults to none: the files are encrypted with S3's own keys. */
  kmsKeyArn?: pulumi.Input<string> | undefined;
}

/** What is wrong with a trail's arguments. */
export function trailProblems(trail: TrailArgs | undefined): Problem[] {
  if (trail === undefined) return [];
  const misspelt = unknownProperties("trail", trail, ["bucketName", "prefix", "kmsKeyArn"]);
  if (misspelt.length > 0) return misspelt;
  return [
    ...missing("trail.bucketName", trail.bucketName),
    ...textProblems(
      "trail.bucketName",
      trail.bucketName,
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      "the name of an S3 bucket",
    ),
    ...textProblems(
      "trail.prefix",
      trail.prefix,
      /^(?!\/)[^*?]{1,200}(?<!\/)$/,
      "a key prefix without slashes at the ends and without wildcards",
    ),
    ...textProblems("trail.kmsKeyArn", trail.kmsKeyArn, /^arn:[^:]+:kms:[^:]+:\d{12}:key\/.+$/, "the ARN of a KMS key"),
  ];
}
