import * as pulumi from "@pulumi/pulumi";
import type { Integration } from "../src/usage/buyers.ts";
import { parseProducts } from "../src/usage/products.ts";
import { isDeferred, type Problem, unknownProperties } from "./checks.ts";

/** A listing on AWS Marketplace. */
export interface ProductArgs {
  /** How the listing names its buyers: "license" (account and licence ARN; every listing since June 2026) or "productCode" (older listings: product code and customer identifier). */
  integration: pulumi.Input<Integration>;
  /** The product code of the listing. Required in the productCode integration, not allowed in the license integration. */
  productCode?: pulumi.Input<string> | undefined;
  /** The dimensions of the listing by their API names. At least one. */
  dimensions: pulumi.Input<Record<string, pulumi.Input<DimensionArgs>>>;
  /** The moment from which usage is metered here, ISO 8601 with a zone; usage before it is rejected, since an older pipeline has metered it. Defaults to metering all usage. */
  meterFrom?: pulumi.Input<string> | undefined;
}

/** A dimension of a listing. */
export interface DimensionArgs {
  /** The price of one unit in US dollars, a decimal string, so that reports show what a finding is worth. Defaults to none: reports then show quantities alone. */
  price?: pulumi.Input<string> | undefined;
}

/** Products by a short key the seller picks; usage events name it. */
export type Products = pulumi.Input<Record<string, pulumi.Input<ProductArgs>>>;

/** What is wrong with the products, as far as they are known. The rules are those of the functions that read them. */
export function productProblems(products: Products | undefined): Problem[] {
  if (products === undefined) return [{ path: "products", reason: "must be given" }];
  if (isDeferred(products)) return [];
  const misspelt = plainEntries(products).flatMap(([key, product]) => [
    ...unknownProperties(`products.${key}`, product, ["integration", "productCode", "dimensions", "meterFrom"]),
    ...plainEntries((product as Partial<ProductArgs> | undefined)?.dimensions).flatMap(([dimension, value]) =>
      unknownProperties(`products.${key}.dimensions.${dimension}`, value, ["price"]),
    ),
  ]);
  if (misspelt.length > 0) return misspelt;
  try {
    parseProducts(JSON.stringify(assumeGood(products)));
    return [];
  } catch (error) {
    return [problemIn((error as Error).message)];
  }
}

/** `products.json` as the functions read it: canonical, so that the same settings make the same code archive. Throws where settings that are only known now break a rule. */
export function productsFile(products: Products): pulumi.Output<string> {
  return pulumi.output(products).apply((known) => {
    const text = canonicalJson(known);
    parseProducts(text);
    return text;
  });
}

/** JSON with the keys of every object in order. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** What the functions' own check says, under the path that the property has here. */
function problemIn(message: string): Problem {
  const [, setting, rest] = /^The product setting (.+?) is (.*)\.$/s.exec(message) ?? [];
  if (setting === undefined || rest === undefined) return { path: "products", reason: `cannot be used: ${message}` };
  return {
    path: setting === "(whole file)" ? "products" : `products.${setting}`,
    reason: rest.startsWith("undefined:") ? "must be given" : `is ${rest}`,
  };
}

/** The products with each value that is not known yet replaced by one that breaks no rule, so that the others can be checked. */
function assumeGood(products: unknown): unknown {
  if (plainEntries(products).length === 0) return products;
  return Object.fromEntries(
    plainEntries(products).map(([key, product]) => [
      key,
      isDeferred(product) ? goodProduct : assumeGoodProduct(product),
    ]),
  );
}

function assumeGoodProduct(product: unknown): unknown {
  if (typeof product !== "object" || product === null) return product;
  const { integration, productCode, dimensions, meterFrom, ...rest } = product as Record<string, unknown>;
  const style = isDeferred(integration) ? (productCode === undefined ? "license" : "productCode") : integration;
  return {
    ...rest,
    integration: style,
    productCode: isDeferred(productCode) ? "unknown" : productCode,
    dimensions: isDeferred(dimensions) ? goodProduct.dimensions : assumeGoodDimensions(dimensions),
    meterFrom: isDeferred(meterFrom) ? undefined : meterFrom,
  };
}

function assumeGoodDimensions(dimensions: unknown): unknown {
  if (plainEntries(dimensions).length === 0) return dimensions;
  return Object.fromEntries(
    plainEntries(dimensions).map(([name, dimension]) => {
      const unknownPrice = isDeferred(dimension) || isDeferred((dimension as DimensionArgs | undefined)?.price);
      return [name, unknownPrice ? {} : dimension];
    }),
  );
}

const goodProduct = { integration: "license", dimensions: { unknown: {} } };

/** The entries of a plain object; none for anything else. */
const plainEntries = (value: unknown): [string, unknown][] =>
  typeof value === "object" && value !== null && !isDeferred(value) && !Array.isArray(value)
    ? Object.entries(value)
    : [];
