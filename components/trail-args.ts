import type * as pulumi from "@pulumi/pulumi";
import { isDeferred, missing, type Problem, show, textProblems, unknownProperties } from "./checks.ts";

/** Whether evidence counts only where the digests that CloudTrail signs prove it. */
export const Integrity = { Required: "required", Off: "off" } as const;
export type Integrity = (typeof Integrity)[keyof typeof Integrity];

/** A trail that already exists and records management writes in the metering Region. */
export interface TrailArgs {
  /** The name of the bucket that the trail delivers to. A bucket in another account must let the verify function's role list and read it. */
  bucketName: pulumi.Input<string>;
  /** What stands before "AWSLogs" in the keys of the log files, without slashes at the ends. Defaults to nothing. */
  prefix?: pulumi.Input<string> | undefined;
  /** The ARN of the KMS key that encrypts the log files; its policy must let the account's roles decrypt. Defaults to none: the files are encrypted with S3's own keys. */
  kmsKeyArn?: pulumi.Input<string> | undefined;
  /** Whether evidence counts only where the digests that CloudTrail signs prove it: "required", or "off" for a trail without log file validation, whose evidence reports then call unsigned. Defaults to "required". */
  integrity?: pulumi.Input<Integrity> | undefined;
}

/** What is wrong with a trail's arguments. */
export function trailProblems(trail: TrailArgs | undefined): Problem[] {
  if (trail === undefined) return [];
  const misspelt = unknownProperties("trail", trail, ["bucketName", "prefix", "kmsKeyArn", "integrity"]);
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
    ...integrityProblems(trail.integrity),
    ...textProblems("trail.kmsKeyArn", trail.kmsKeyArn, /^arn:[^:]+:kms:[^:]+:\d{12}:key\/.+$/, "the ARN of a KMS key"),
  ];
}

function integrityProblems(integrity: TrailArgs["integrity"]): Problem[] {
  if (integrity === undefined || isDeferred(integrity)) return [];
  const known: readonly unknown[] = Object.values(Integrity);
  if (known.includes(integrity)) return [];
  return [{ path: "trail.integrity", reason: `is ${show(integrity)}: it must be "required" or "off"` }];
}
