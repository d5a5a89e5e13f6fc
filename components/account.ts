import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** The account, Region and partition that a component's provider works in. */
export interface Account {
  accountId: pulumi.Output<string>;
  region: pulumi.Output<string>;
  partition: pulumi.Output<string>;
}

/** Asks the provider of a component where it works, so that ARNs hold in every partition. */
export function accountOf(parent: pulumi.Resource): Account {
  return {
    accountId: aws.getCallerIdentityOutput({}, { parent }).accountId,
    region: aws.getRegionOutput({}, { parent }).region,
    partition: aws.getPartitionOutput({}, { parent }).partition,
  };
}
