/** How a product's buyers are named. */
export const Integration = { License: "license", ProductCode: "productCode" } as const;
export type Integration = (typeof Integration)[keyof typeof Integration];

/** The identity that AWS bills: a licence of an account, or (older listings) a customer identifier. */
export type Buyer =
  | { readonly accountId: string; readonly licenseArn: string }
  | { readonly customerIdentifier: string };

/** Product, buyer and dimension: what has a balance of its own. */
export interface Meter {
  readonly product: string;
  readonly buyer: Buyer;
  readonly dimension: string;
}

/** The integration whose products name buyers this way. */
export const integrationOf = (buyer: Buyer): Integration =>
  "licenseArn" in buyer ? Integration.License : Integration.ProductCode;

/** One text for one buyer of a product, readable and reversible. */
export const buyerKey = (product: string, buyer: Buyer): string => join(product, buyerText(buyer));

/** One text for one meter, readable and reversible. */
export const meterKey = (meter: Meter): string => join(meter.product, buyerText(meter.buyer), meter.dimension);

/** Reads what `buyerKey` wrote. */
export function parseBuyerKey(key: string): { product: string; buyer: Buyer } {
  const [product, buyer] = split(key, 2);
  return { product: product as string, buyer: parseBuyerText(buyer as string) };
}

/** Reads what `meterKey` wrote. */
export function parseMeterKey(key: string): Meter {
  const [product, buyer, dimension] = split(key, 3);
  return { product: product as string, buyer: parseBuyerText(buyer as string), dimension: dimension as string };
}

const buyerText = (buyer: Buyer): string =>
  "licenseArn" in buyer ? `license=${buyer.accountId}@${buyer.licenseArn}` : `customer=${buyer.customerIdentifier}`;

function parseBuyerText(text: string): Buyer {
  const license = /^license=(\d+)@(.*)$/s.exec(text);
  if (license) return { accountId: license[1] as string, licenseArn: license[2] as string };
  return { customerIdentifier: text.slice("customer=".length) };
}

// `|` separates the parts of a key and `#` those of the ledger's keys, so neither may stand inside one.
const join = (...parts: string[]): string =>
  parts.map((part) => part.replace(/[%|#]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)).join("|");

function split(key: string, parts: number): string[] {
  const found = key
    .split("|")
    .map((part) => part.replace(/%(25|7c|23)/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16))));
  if (found.length !== parts) throw new Error(`The stored key ${JSON.stringify(key)} does not have ${parts} parts.`);
  return found;
}
