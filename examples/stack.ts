import * as aws from "@pulumi/aws";
import { MarketplaceMetering } from "aws-marketplace-metering";

const metering = new MarketplaceMetering("metering", {
  products: {
    analytics: { integration: "license", dimensions: { ApiCalls: { price: "0.0002" }, GbHours: {} } },
    archive: { integration: "productCode", productCode: "4w1vgsrkqdkypbz43g7qkk4uz", dimensions: { Gb: {} } },
  },
  alarms: { emails: ["billing-oncall@example.com"] },
});

const appRole = aws.iam.Role.get("app", "my-app");
new aws.iam.RolePolicyAttachment("app-emits-usage", { role: appRole.name, policyArn: metering.emitterPolicyArn });
export const usageQueueUrl = metering.usageQueueUrl;
