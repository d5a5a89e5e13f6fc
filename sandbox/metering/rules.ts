// Which requests AWS takes: one product, named one way, known dimensions and buyers, timestamps inside the window.
import { checkAllocations } from "./allocations.ts";
import { ServiceError } from "./errors.ts";
import {
  type Buyer,
  type BuyerName,
  findBuyer,
  findProduct,
  type Listing,
  meteringRegions,
  type Product,
} from "./listing.ts";
import type { BatchRequest, UsageRecord } from "./request.ts";

/** A record that no rule of the whole request speaks against. */
export interface Admitted {
  record: UsageRecord;
  product: Product;
  name: BuyerName;
  /** Whether the buyer has an agreement that still takes this record; if not it is `CustomerNotSubscribed`. */
  subscribed: boolean;
}

/** Where and when a request is judged: `now` in ms of the service's clock, `accountId` of the caller. */
export interface Circumstances {
  listing: Listing;
  accountId: string;
  region: string;
  now: number;
}

/**
 * Every record of the request, in its order.
 * @throws {ServiceError} the exception AWS fails the whole request with, for the first record that breaks a rule.
 */
export function admit(request: BatchRequest, circumstances: Circumstances): Admitted[] {
  const { listing, accountId, region, now } = circumstances;
  if (!meteringRegions.has(region)) {
    throw new ServiceError("DisabledApiException", `The API is disabled in the Region ${region}`);
  }
  const known = accountId === listing.sellerAccountId ? listing : { ...listing, products: [], buyers: [] };
  const requested = request.ProductCode ?? undefined;
  if (requested !== undefined) checkProductCode(known, requested);

  const admitted = request.UsageRecords.map((record) => {
    const name = nameOf(record, requested);
    const product = productOf(known, name, requested);
    const buyer = findBuyer(known, name, product.code);
    checkDimension(product, record);
    checkWindow(record, now);
    checkAllocations(record);
    return { record, product, name, subscribed: buyer !== undefined && isSubscribed(buyer, name, record, now) };
  });
  const products = new Set(admitted.map(({ product }) => product.code));
  if (products.size > 1) {
    throw new ServiceError("InvalidLicenseException", "The licenses of one request must belong to one product");
  }
  for (const { product } of admitted) {
    if (product.disabled)
      throw new ServiceError("DisabledApiException", `Metering is disabled for product ${product.code}`);
  }
  return admitted;
}

const hour = 3_600_000;
/** How far ahead of the service's clock a timestamp may be. AWS publishes no figure: hosts' clocks may differ, no more. */
const futureTolerance = 60_000;

function checkProductCode(listing: Listing, code: string): void {
  const product = findProduct(listing, code);
  if (product === undefined || product.integration === "license") {
    throw new ServiceError(
      "InvalidProductCodeException",
      `Product code ${code} does not match a product that is metered by product code`,
    );
  }
}

/** The two styles do not mix: product code and customer identifier, or account and licence and no product code. */
function nameOf(record: UsageRecord, productCode: string | undefined): BuyerName {
  const { CustomerIdentifier: customerIdentifier, CustomerAWSAccountId: accountId, LicenseArn: licenseArn } = record;
  if (productCode !== undefined) {
    if (licenseArn) {
      throw new ServiceError(
        "InvalidLicenseException",
        `License ${licenseArn} together with product code ${productCode}: send only one of them`,
      );
    }
    if (!customerIdentifier || accountId) {
      throw new ServiceError(
        "InvalidCustomerIdentifierException",
        `Records of product code ${productCode} must name a CustomerIdentifier, and only that`,
      );
    }
    return { customerIdentifier };
  }
  if (customerIdentifier) {
    if (licenseArn) {
      throw new ServiceError(
        "InvalidCustomerIdentifierException",
        `CustomerIdentifier ${customerIdentifier} together with a license: send CustomerAWSAccountId`,
      );
    }
    throw new ServiceError(
      "InvalidProductCodeException",
      `CustomerIdentifier ${customerIdentifier} without a product code`,
    );
  }
  if (!licenseArn) throw new ServiceError("InvalidLicenseException", "A record has no LicenseArn");
  if (!accountId)
    throw new ServiceError(
      "InvalidCustomerIdentifierException",
      `A record of license ${licenseArn} has no CustomerAWSAccountId`,
    );
  return { accountId, licenseArn };
}

function productOf(listing: Listing, name: BuyerName, productCode: string | undefined): Product {
  if ("customerIdentifier" in name) {
    if (!listing.buyers.some((buyer) => buyer.customerIdentifier === name.customerIdentifier)) {
      throw new ServiceError(
        "InvalidCustomerIdentifierException",
        `CustomerIdentifier ${name.customerIdentifier} does not exist`,
      );
    }
    return findProduct(listing, productCode as string) as Product;
  }
  const holder = findBuyer(listing, name, "");
  const product = holder && findProduct(listing, holder.product);
  if (product === undefined || product.integration === "productCode") {
    throw new ServiceError(
      "InvalidLicenseException",
      `License ${name.licenseArn} is not a license of account ${name.accountId} for this seller's products`,
    );
  }
  return product;
}

function checkDimension(product: Product, record: UsageRecord): void {
  if (!product.dimensions.includes(record.Dimension)) {
    throw new ServiceError(
      "InvalidUsageDimensionException",
      `Dimension ${record.Dimension} is not one of product ${product.code}`,
    );
  }
}

/** Up to 24 hours back; never a month that is over after 06:00 UTC on the 1st of the next; not ahead of the clock. */
function checkWindow(record: UsageRecord, now: number): void {
  const timestamp = record.Timestamp * 1000;
  const date = new Date(timestamp);
  const monthCloses = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1, 6);
  // Written so that a timestamp no calendar has (NaN) is refused too.
  if (!(now - timestamp < 24 * hour && now < monthCloses && timestamp <= now + futureTolerance)) {
    throw new ServiceError(
      "TimestampOutOfBoundsException",
      `Timestamp ${record.Timestamp} is out of the allowed range`,
    );
  }
}

/**
 * Usage belongs to the agreement that covers its timestamp, which takes records until an hour after its end. A buyer
 * with an agreement now, but none at the timestamp, is a wrong timestamp rather than a missing subscription.
 */
function isSubscribed(buyer: Buyer, name: BuyerName, record: UsageRecord, now: number): boolean {
  if (buyer.suspended) return false;
  const timestamp = record.Timestamp * 1000;
  const periods = buyer.agreements.map(({ from, to }) => ({
    from: Date.parse(from),
    to: to === undefined ? Infinity : Date.parse(to),
  }));
  const takesRecords = (period: { from: number; to: number }) => period.from <= now && now < period.to + hour;
  const covering = periods.filter(({ from, to }) => from <= timestamp && timestamp < to);
  if (covering.length > 0) return covering.some(takesRecords);
  if (!periods.some(takesRecords)) return false;
  if ("licenseArn" in name) {
    throw new ServiceError(
      "InvalidLicenseException",
      `Timestamp ${record.Timestamp} is outside the activation period of license ${name.licenseArn}`,
    );
  }
  throw new ServiceError(
    "TimestampOutOfBoundsException",
    `Timestamp ${record.Timestamp} is outside the subscription of ${name.customerIdentifier}`,
  );
}
