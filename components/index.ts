export { Integration } from "../src/usage/buyers.ts";
export type { AlarmArgs } from "./alarms.ts";
export { MarketplaceMetering, type MarketplaceMeteringArgs } from "./marketplace-metering.ts";
export { MeteringRole, type MeteringRoleArgs } from "./metering-role.ts";
export { MeteringTrail, type MeteringTrailArgs } from "./metering-trail.ts";
export type { DimensionArgs, ProductArgs } from "./products.ts";
export { Integrity, type TrailArgs } from "./trail-args.ts";
export { UsagePipeline, type UsagePipelineArgs } from "./usage-pipeline.ts";
export { UsageVerification, type UsageVerificationArgs } from "./usage-verification.ts";
