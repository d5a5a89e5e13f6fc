import * as pulumi from "@pulumi/pulumi";
import {
  MarketplaceMetering,
  MeteringRole,
  MeteringTrail,
  UsagePipeline,
  UsageVerification,
} from "../../components/index.ts";
import { meteringRegions } from "../../components/regions.ts";

const dimensions = { ApiCalls: {} };
export const products = { analytics: { integration: "license" as const, dimensions } };
const product = (change: object) => ({ products: { analytics: { ...products.analytics, ...change } } });
const ledger = {
  ledgerTableArn: "arn:aws:dynamodb:us-east-1:111122223333:table/ledger",
  ledgerKeyArn: "arn:aws:kms:us-east-1:111122223333:key/k",
  submitterRoleArn: "arn:aws:iam::111122223333:role/submitter",
};
const retention =
  "it must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653 days";
const all = `where AWS Marketplace Metering does not exist: it must be one of ${meteringRegions.join(", ")}`;

type Component = new (name: string, args: never, opts?: pulumi.ComponentResourceOptions) => pulumi.ComponentResource;

/** A component, what is wrong with its arguments, the arguments, and the end of the one sentence that refuses them. */
export const wrong: [Component, string, object, string][] = [
  [UsagePipeline, "no products", {}, "products must be given"],
  [UsagePipeline, "an empty list of products", { products: {} }, "products is {}: must name at least one product"],
  [UsagePipeline, "products that are no object", { products: "x" }, 'products is "x": must be an object'],
  [
    UsagePipeline,
    "a product key with a line break",
    { products: { "a\nb": products.analytics } },
    'products.a\nb is "a\\nb": must be a key of 1 to 64 printable characters',
  ],
  [
    UsagePipeline,
    "an unknown integration",
    product({ integration: "licence" }),
    'products.analytics.integration is "licence": must be { integration: "license" | "productCode", … }',
  ],
  [
    UsagePipeline,
    "no integration",
    product({ integration: undefined }),
    "products.analytics.integration must be given",
  ],
  [
    UsagePipeline,
    "no product code in the productCode integration",
    product({ integration: "productCode" }),
    "products.analytics.productCode must be given",
  ],
  [
    UsagePipeline,
    "a product code in the license integration",
    product({ productCode: "4w1v" }),
    'products.analytics.productCode is "4w1v": must not be given in the license integration',
  ],
  [
    UsagePipeline,
    "a product code that AWS would refuse",
    product({ integration: "productCode", productCode: "4w 1v" }),
    'products.analytics.productCode is "4w 1v": must be a product code',
  ],
  [UsagePipeline, "no dimensions", product({ dimensions: undefined }), "products.analytics.dimensions must be given"],
  [
    UsagePipeline,
    "an empty list of dimensions",
    product({ dimensions: {} }),
    "products.analytics.dimensions is {}: must name at least one dimension",
  ],
  [
    UsagePipeline,
    "a dimension that AWS would refuse",
    product({ dimensions: { é: {} } }),
    'products.analytics.dimensions.é is "é": must be 1 to 255 characters of printable ASCII',
  ],
  [
    UsagePipeline,
    "a dimension that is no object",
    product({ dimensions: { ApiCalls: null } }),
    "products.analytics.dimensions.ApiCalls is null: it must be an object",
  ],
  [
    UsagePipeline,
    "a price as a float",
    product({ dimensions: { ApiCalls: { price: 0.1 } } }),
    "products.analytics.dimensions.ApiCalls.price is 0.1: must be a decimal string",
  ],
  [
    UsagePipeline,
    "a price with an exponent",
    product({ dimensions: { ApiCalls: { price: "1e-3" } } }),
    'products.analytics.dimensions.ApiCalls.price is "1e-3": must be a decimal string such as 0.0002',
  ],
  [
    UsagePipeline,
    "a misspelt price",
    product({ dimensions: { ApiCalls: { prise: "1" } } }),
    "products.analytics.dimensions.ApiCalls.prise is not an argument: the arguments are price",
  ],
  [
    UsagePipeline,
    "a start of metering without a zone",
    product({ meterFrom: "2026-11-01T00:00:00" }),
    'products.analytics.meterFrom is "2026-11-01T00:00:00": must be ISO 8601 with a zone',
  ],
  [
    UsagePipeline,
    "a misspelt property of a product",
    product({ meterForm: "2026-11-01T00:00:00Z" }),
    "products.analytics.meterForm is not an argument: the arguments are integration, productCode, dimensions, meterFrom",
  ],
  [
    UsagePipeline,
    "a known mistake beside values that are not known yet",
    {
      products: {
        analytics: {
          integration: pulumi.output("license"),
          dimensions: { ApiCalls: { price: pulumi.output("1") }, GbHours: { price: 1 } },
        },
      },
    },
    "products.analytics.dimensions.GbHours.price is 1: must be a decimal string",
  ],
  [
    UsagePipeline,
    "a misspelt argument",
    { products, graceMinuts: 15 },
    "graceMinuts is not an argument: the arguments are products, alarms, graceMinutes, requestsPerSecond, reserveConcurrency, logRetentionDays, tags",
  ],
  [
    UsagePipeline,
    "too little grace",
    { products, graceMinutes: 2 },
    "graceMinutes is 2: it must be a whole number of minutes from 3 to 180",
  ],
  [
    UsagePipeline,
    "too much grace",
    { products, graceMinutes: 181 },
    "graceMinutes is 181: it must be a whole number of minutes from 3 to 180",
  ],
  [
    UsagePipeline,
    "half a minute",
    { products, graceMinutes: 15.5 },
    "graceMinutes is 15.5: it must be a whole number of minutes from 3 to 180",
  ],
  [
    UsagePipeline,
    "a number as a text",
    { products, graceMinutes: "15" },
    'graceMinutes is "15": it must be a whole number of minutes from 3 to 180',
  ],
  [
    UsagePipeline,
    "the whole of the account's quota",
    { products, requestsPerSecond: 10 },
    "requestsPerSecond is 10: it must be a number of requests per second from 0.1 to 9.9",
  ],
  [
    UsagePipeline,
    "no requests at all",
    { products, requestsPerSecond: 0 },
    "requestsPerSecond is 0: it must be a number of requests per second from 0.1 to 9.9",
  ],
  [
    UsagePipeline,
    "not a number",
    { products, requestsPerSecond: Number.NaN },
    "requestsPerSecond is NaN: it must be a number of requests per second from 0.1 to 9.9",
  ],
  [
    UsagePipeline,
    "a yes as a text",
    { products, reserveConcurrency: "true" },
    'reserveConcurrency is "true": it must be true or false',
  ],
  [
    UsagePipeline,
    "a retention that CloudWatch does not offer",
    { products, logRetentionDays: 100 },
    `logRetentionDays is 100: ${retention}`,
  ],
  [
    UsagePipeline,
    "an address without a host",
    { products, alarms: { emails: ["a@b.example", "oncall"] } },
    'alarms.emails[1] is "oncall": it must be an e-mail address',
  ],
  [
    UsagePipeline,
    "an address twice",
    { products, alarms: { emails: ["a@b.example", "a@b.example"] } },
    'alarms.emails[1] is "a@b.example" again',
  ],
  [
    UsagePipeline,
    "one address instead of a list",
    { products, alarms: { emails: "a@b.example" } },
    'alarms.emails is "a@b.example": it must be a list',
  ],
  [
    UsagePipeline,
    "addresses that are not known yet",
    { products, alarms: { emails: pulumi.output(["a@b.example"]) } },
    "alarms.emails must be known at once, since it decides which subscriptions exist",
  ],
  [
    UsagePipeline,
    "a topic by its name",
    { products, alarms: { topicArn: "oncall" } },
    'alarms.topicArn is "oncall": it must be the ARN of an SNS topic',
  ],
  [
    UsagePipeline,
    "a misspelt alarm argument",
    { products, alarms: { email: ["a@b.example"] } },
    "alarms.email is not an argument: the arguments are emails, topicArn",
  ],
  [UsagePipeline, "a tag that is no text", { products, tags: { team: 5 } }, "tags.team is 5: it must be a text"],
  [UsagePipeline, "tags as a list", { products, tags: ["team"] }, 'tags is ["team"]: it must be an object of texts'],
  [
    MeteringRole,
    "a service that is none",
    { services: ["lambda"] },
    'services[0] is "lambda": it must be an AWS service such as "lambda.amazonaws.com"',
  ],
  [MeteringRole, "nobody who may assume it", { services: [] }, "services is []: nobody could assume the role"],
  [
    MeteringRole,
    "everybody who may assume it",
    { principalArns: ["*"] },
    'principalArns[0] is "*": it must be the ARN of a role, a user or an account, without wildcards',
  ],
  [MeteringRole, "a Region without metering", { regions: ["us-gov-west-1"] }, `regions[0] is "us-gov-west-1", ${all}`],
  [MeteringRole, "no Region", { regions: [] }, "regions is []: it must name at least one Region"],
  [
    MeteringRole,
    "a misspelt argument",
    { region: "us-east-1" },
    "region is not an argument: the arguments are services, principalArns, regions, tags",
  ],
  [
    MeteringTrail,
    "evidence kept for less than a month's bill",
    { retentionDays: 30 },
    "retentionDays is 30: it must be a whole number of days from 31 to 3650",
  ],
  [
    MeteringTrail,
    "a name that CloudTrail would refuse",
    { trailName: "metering..trail" },
    'trailName is "metering..trail": it must be 3 to 128 letters, digits, periods, underscores and hyphens, with a letter or digit at both ends and no two others in a row',
  ],
  [MeteringTrail, "a number for a yes", { isMultiRegionTrail: 1 }, "isMultiRegionTrail is 1: it must be true or false"],
  [
    MeteringTrail,
    "a misspelt argument",
    { retention: 400 },
    "retention is not an argument: the arguments are trailName, isMultiRegionTrail, retentionDays, tags",
  ],
  [UsageVerification, "no trail", { products, ...ledger }, "trail must be given"],
  [UsageVerification, "a trail without a bucket", { products, ...ledger, trail: {} }, "trail.bucketName must be given"],
  [
    UsageVerification,
    "a bucket by its ARN",
    { products, ...ledger, trail: { bucketName: "arn:aws:s3:::logs" } },
    'trail.bucketName is "arn:aws:s3:::logs": it must be the name of an S3 bucket',
  ],
  [
    UsageVerification,
    "a prefix with a slash at its end",
    { products, ...ledger, trail: { bucketName: "logs", prefix: "audit/" } },
    'trail.prefix is "audit/": it must be a key prefix without slashes at the ends and without wildcards',
  ],
  [
    UsageVerification,
    "a prefix that reads every trail's logs",
    { products, ...ledger, trail: { bucketName: "logs", prefix: "*" } },
    'trail.prefix is "*": it must be a key prefix without slashes at the ends and without wildcards',
  ],
  [
    UsageVerification,
    "a key by its alias",
    { products, ...ledger, trail: { bucketName: "logs", kmsKeyArn: "alias/logs" } },
    'trail.kmsKeyArn is "alias/logs": it must be the ARN of a KMS key',
  ],
  [
    UsageVerification,
    "an integrity that is none",
    { products, ...ledger, trail: { bucketName: "logs", integrity: "on" } },
    'trail.integrity is "on": it must be "required" or "off"',
  ],
  [
    UsageVerification,
    "a misspelt trail argument",
    { products, ...ledger, trail: { bucket: "logs" } },
    "trail.bucket is not an argument: the arguments are bucketName, prefix, kmsKeyArn, integrity",
  ],
  [
    UsageVerification,
    "no ledger",
    { products, ...ledger, ledgerTableArn: undefined, trail: { bucketName: "logs" } },
    "ledgerTableArn must be given",
  ],
  [
    UsageVerification,
    "a ledger by its name",
    { products, ...ledger, ledgerTableArn: "ledger", trail: { bucketName: "logs" } },
    'ledgerTableArn is "ledger": it must be the ARN of a DynamoDB table',
  ],
  [
    UsageVerification,
    "a submitter that is a user",
    { products, ...ledger, submitterRoleArn: "arn:aws:iam::111122223333:user/u", trail: { bucketName: "logs" } },
    'submitterRoleArn is "arn:aws:iam::111122223333:user/u": it must be the ARN of a role',
  ],
  [
    UsageVerification,
    "a Region without metering",
    { products, ...ledger, trail: { bucketName: "logs" }, meteringRegion: "cn-north-1" },
    `meteringRegion is "cn-north-1", ${all}`,
  ],
  [
    UsageVerification,
    "reports kept too long",
    { products, ...ledger, trail: { bucketName: "logs" }, reportRetentionDays: 3651 },
    "reportRetentionDays is 3651: it must be a whole number of days from 31 to 3650",
  ],
  [
    MarketplaceMetering,
    "what the pipeline refuses",
    { products, requestsPerSecond: 10 },
    "requestsPerSecond is 10: it must be a number of requests per second from 0.1 to 9.9",
  ],
  [
    MarketplaceMetering,
    "what the trail refuses",
    { products, retentionDays: 1 },
    "retentionDays is 1: it must be a whole number of days from 31 to 3650",
  ],
  [
    MarketplaceMetering,
    "what the verification refuses",
    { products, trail: { bucketName: "LOGS" } },
    'trail.bucketName is "LOGS": it must be the name of an S3 bucket',
  ],
  [
    MarketplaceMetering,
    "a misspelt argument",
    { products, alarm: {} },
    "alarm is not an argument: the arguments are products, trail, alarms, graceMinutes, requestsPerSecond, reserveConcurrency, retentionDays, logRetentionDays, tags",
  ],
];
