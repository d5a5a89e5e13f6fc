import * as pulumi from "@pulumi/pulumi";
import { MarketplaceMetering, type MarketplaceMeteringArgs } from "../components/index.ts";

/**
 * What `pulumi up` deploys in this folder: one MarketplaceMetering, whose arguments are the stack's configuration. Throws where a
 * configured name is no argument, or a value breaks its rule.
 */
export default function stack(): Record<string, pulumi.Output<string>> {
  const metering = new MarketplaceMetering("metering", configuredArgs());
  return {
    usageQueueUrl: metering.usageQueueUrl,
    usageQueueArn: metering.usageQueueArn,
    deadLetterQueueUrl: metering.deadLetterQueueUrl,
    emitterPolicyArn: metering.emitterPolicyArn,
    ledgerTableName: metering.ledgerTableName,
    logBucketName: metering.logBucketName,
    reportBucketName: metering.reportBucketName,
    submitterRoleArn: metering.submitterRoleArn,
    alarmTopicArn: metering.alarmTopicArn,
  };
}

/** Every value configured for this project, by name: the component itself refuses names it does not know. */
function configuredArgs(): MarketplaceMeteringArgs {
  const config = new pulumi.Config();
  const prefix = `${config.name}:`;
  const names = Object.keys(pulumi.runtime.allConfig())
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
  return Object.fromEntries(names.map((name) => [name, config.getObject(name)])) as unknown as MarketplaceMeteringArgs;
}
