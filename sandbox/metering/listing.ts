// What AWS Marketplace knows of a seller: products, their dimensions, and who bought them.

/** How a product's buyers are named in records. `both` is a product that moves from product code to licence. */
export type Integration = "license" | "productCode" | "both";

export interface Product {
  /** The product code that requests of the older integration carry. */
  code: string;
  integration: Integration;
  /** API names of the product's dimensions, case-sensitive. */
  dimensions: string[];
  /** Whether metering is switched off for the product. Default: it is on. */
  disabled?: boolean;
}

/** `[from, to)` in ISO 8601, UTC. Without `to` the agreement runs on. */
export interface Agreement {
  from: string;
  to?: string;
}

/** One buyer of one product. Naming it both ways is for products of integration `both`. */
export interface Buyer {
  /** Product code. */
  product: string;
  /** AWS account id, digits. Goes with `licenseArn`. */
  accountId?: string;
  licenseArn?: string;
  /** The older integration's name for the buyer. */
  customerIdentifier?: string;
  agreements: Agreement[];
  /** Whether AWS has suspended the buyer's account. Default: it has not. */
  suspended?: boolean;
}

/** The whole configuration: plain data that a scenario may change at any time; the next request sees the change. */
export interface Listing {
  /** The account that published the products; requests of another account know none of them. */
  sellerAccountId: string;
  products: Product[];
  buyers: Buyer[];
}

/** How a record names its buyer: exactly one of the two styles. */
export type BuyerName = { accountId: string; licenseArn: string } | { customerIdentifier: string };

export function findProduct(listing: Listing, code: string): Product | undefined {
  return listing.products.find((product) => product.code === code);
}

/** The buyer a record names, for the licence's own product or, in the older style, for `productCode`. */
export function findBuyer(listing: Listing, name: BuyerName, productCode: string): Buyer | undefined {
  return listing.buyers.find((buyer) =>
    "licenseArn" in name
      ? buyer.licenseArn === name.licenseArn && buyer.accountId === name.accountId
      : buyer.customerIdentifier === name.customerIdentifier && buyer.product === productCode,
  );
}

/** The Regions that have the API (28, and one in China). */
export const meteringRegions: ReadonlySet<string> = new Set(
  `af-south-1 ap-east-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2
  ap-southeast-3 ap-southeast-4 ca-central-1 cn-northwest-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2
  eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2`.split(
    /\s+/,
  ),
);
