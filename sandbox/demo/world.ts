import { createHash } from "node:crypto";
import type { MarketplaceMeteringArgs, ProductArgs } from "../../components/index.ts";
import type { Buyer } from "../../src/usage/buyers.ts";
import { Integration } from "../../src/usage/buyers.ts";
import { DAY, formatInstant, type Instant } from "../../src/usage/instants.ts";
import { type Account, type AccountOptions, startAccount } from "../account/account.ts";
import { randomOf } from "../account/random.ts";
import { type CloudTrail, type CloudTrailOptions, createCloudTrail } from "../cloudtrail/cloudtrail.ts";
import { startCloudTrailApi } from "../cloudtrail/server.ts";
import type { BilledRecord } from "../metering/books.ts";
import type { Listing } from "../metering/listing.ts";
import { type Metering, type MeteringOptions, startMetering } from "../metering/server.ts";
import type { SeenProduct } from "./usage-file.ts";

/** A seller's account with everything around it, and MarketplaceMetering deployed in it. */
export interface World {
  readonly account: Account;
  readonly metering: Metering;
  readonly trail: CloudTrail;
  readonly outputs: Outputs;
  /** What AWS Marketplace knows of the seller; it may be changed at any time. */
  readonly listing: Listing;
  /** What the metering service would bill, by the seller's own names. */
  billed(): Billed[];
  close(): Promise<void>;
}

/** What may be other than in the demo, whose account has no faults. */
export interface WorldOptions {
  readonly account?: Partial<AccountOptions>;
  readonly trail?: Partial<CloudTrailOptions>;
  readonly metering?: Partial<MeteringOptions>;
  /** Settings of a product beside those that the usage shows, by its key. */
  readonly products?: Readonly<Record<string, Partial<ProductArgs>>>;
  readonly args?: Omit<MarketplaceMeteringArgs, "products">;
}

/** What MarketplaceMetering puts out. */
export interface Outputs {
  readonly usageQueueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly ledgerTableName: string;
  readonly logBucketName: string;
  readonly reportBucketName: string;
  readonly ingestFunctionName: string;
  readonly submitFunctionName: string;
  readonly verifyFunctionName: string;
}

/** A line of the metering service's books. */
export interface Billed {
  readonly product: string;
  readonly buyer: Buyer;
  readonly dimension: string;
  readonly hour: string;
  readonly quantity: string;
}

/** Starts the account, its metering service and its trail at an instant, and deploys MarketplaceMetering for these products. */
export async function startWorld(
  products: readonly SeenProduct[],
  startAt: Instant,
  options: WorldOptions = {},
): Promise<World> {
  const account = await startAccount({ seed: "demo", startAt: formatInstant(startAt), ...options.account });
  const listing = listingOf(products, startAt);
  const trail = createCloudTrail({
    clock: account.clock,
    random: randomOf("trail"),
    put: account.putAsCloudTrail,
    onEvent: (event) => void account.putEvent(event),
    ...options.trail,
  });
  const metering = await startMetering({
    listing,
    clock: account.clock,
    random: randomOf("metering"),
    authorize: account.authorize,
    onCall: trail.observe,
    ...options.metering,
  });
  const trailApi = await startCloudTrailApi(trail, account.clock);
  account.endpoints.metering = metering.endpoint;
  account.endpoints.cloudtrail = trailApi.endpoint;
  const outputs = (await account.deploy(async () => {
    const { MarketplaceMetering } = await import("../../components/index.ts");
    const settings = products.map((product): [string, ProductArgs] => [
      product.key,
      { ...productArgs(product), ...options.products?.[product.key] },
    ]);
    const metered = new MarketplaceMetering("metering", { ...options.args, products: Object.fromEntries(settings) });
    const { usageQueueUrl, deadLetterQueueUrl, ledgerTableName, logBucketName, reportBucketName } = metered;
    const { ingestFunctionName, submitFunctionName, verifyFunctionName } = metered;
    const functions = { ingestFunctionName, submitFunctionName, verifyFunctionName };
    return { usageQueueUrl, deadLetterQueueUrl, ledgerTableName, logBucketName, reportBucketName, ...functions };
  })) as unknown as Outputs;
  for (const each of account.state.trails) trail.createTrail(each);
  account.clock.follow({ next: trail.nextDelivery, run: trail.deliver });
  return {
    account,
    metering,
    trail,
    outputs,
    listing,
    billed: () => metering.billed().map((record) => billedOf(record, products)),
    async close() {
      await account.close();
      await metering.close();
      await trailApi.close();
    },
  };
}

const productArgs = ({ key, integration, dimensions }: SeenProduct): ProductArgs => {
  const named = { integration, dimensions: Object.fromEntries([...dimensions].map((dimension) => [dimension, {}])) };
  return integration === Integration.License ? named : { ...named, productCode: productCode(key) };
};

/** AWS's own name for a product, of the form it gives them. */
export const productCode = (key: string): string =>
  BigInt(`0x${createHash("sha256").update(key).digest("hex")}`)
    .toString(36)
    .slice(0, 25);

function listingOf(products: readonly SeenProduct[], startAt: Instant): Listing {
  const agreements = [{ from: formatInstant(startAt - 400 * DAY) }];
  return {
    sellerAccountId: "123456789012",
    products: products.map(({ key, integration, dimensions }) => ({
      code: productCode(key),
      integration,
      dimensions: [...dimensions],
    })),
    buyers: products.flatMap(({ key, buyers }) =>
      [...buyers.values()].map((buyer) => ({ product: productCode(key), ...buyer, agreements })),
    ),
  };
}

function billedOf(
  { productCode: code, buyer, dimension, hour, quantity }: BilledRecord,
  products: readonly SeenProduct[],
): Billed {
  const product = products.find(({ key }) => productCode(key) === code)?.key ?? code;
  return { product, buyer, dimension, hour: formatInstant(Date.parse(hour)), quantity: quantity.toString() };
}
