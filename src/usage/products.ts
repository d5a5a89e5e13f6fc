import * as v from "valibot";
import { Integration, integrationOf } from "./buyers.ts";
import { MOST_AHEAD } from "./deadlines.ts";
import { dictionary } from "./dictionary.ts";
import { type Refusal, refuse, show, type UsageEvent } from "./events.ts";
import { formatInstant, type Instant, parseTime } from "./instants.ts";

/** A listing on AWS Marketplace, known by a short key the seller picks. */
export interface Product {
  readonly key: string;
  readonly integration: Integration;
  /** The listing's product code, in the `productCode` integration only. */
  readonly productCode: string | undefined;
  /** The dimensions of the listing by their API names, each with the price of one unit, if known, as a decimal string in US dollars. */
  readonly dimensions: ReadonlyMap<string, { readonly price: string | undefined }>;
  /** Usage before this instant is rejected: an older pipeline has metered it. */
  readonly meterFrom: Instant | undefined;
}

export type Products = ReadonlyMap<string, Product>;

/** Reads `products.json`. Throws an error that names the property, its value and the rule where the text breaks the format. */
export function parseProducts(text: string): Products {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`The product settings are not JSON: ${show(text)}; give one object with a product a key.`);
  }
  const result = v.safeParse(ProductsSchema, json, { abortEarly: true });
  if (result.success) return new Map([...result.output].map(([key, product]) => [key, { key, ...product }]));
  const issue = result.issues[0];
  throw new Error(
    `The product setting ${v.getDotPath(issue) ?? "(whole file)"} is ${show(issue.input)}: ${issue.message}.`,
  );
}

/**
 * Whether an event can be metered for one of these products at this moment: its product, integration and dimension are known, it is not
 * older than the product's `meterFrom`, and not more than 5 minutes ahead of the clock.
 */
export function checkEvent(
  event: UsageEvent,
  products: Products,
  now: Instant,
): { product: Product } | { refusal: Refusal } {
  const product = products.get(event.product);
  if (!product) {
    return refuse(
      "unknown-product",
      "product",
      `is ${show(event.product)}, which is none of ${[...products.keys()].join(", ")}`,
    );
  }
  if (integrationOf(event.buyer) !== product.integration) {
    const form = product.integration === Integration.License ? "{ accountId, licenseArn }" : "{ customerIdentifier }";
    return refuse(
      "wrong-integration",
      "buyer",
      `must be ${form}, since ${product.key} has the ${product.integration} integration`,
    );
  }
  if (!product.dimensions.has(event.dimension)) {
    return refuse(
      "unknown-dimension",
      "dimension",
      `is ${show(event.dimension)}, which is no dimension of ${product.key}`,
    );
  }
  if (product.meterFrom !== undefined && event.time.instant < product.meterFrom) {
    return refuse(
      "before-meter-from",
      "time",
      `is ${event.time.text}, before ${product.key} is metered here (from ${formatInstant(product.meterFrom)})`,
    );
  }
  if (event.time.instant > now + MOST_AHEAD) {
    return refuse(
      "in-the-future",
      "time",
      `is ${event.time.text}, more than 5 minutes ahead of the clock (${formatInstant(now)})`,
    );
  }
  return { product };
}

const DimensionSchema = v.strictObject({
  price: v.optional(
    v.pipe(
      v.string("must be a decimal string"),
      v.regex(/^\d{1,12}(\.\d{1,12})?$/, "must be a decimal string such as 0.0002"),
    ),
  ),
});

const DimensionsSchema = v.pipe(
  dictionary(
    v.pipe(v.string(), v.regex(/^[\x20-\x7e]{1,255}$/, "must be 1 to 255 characters of printable ASCII")),
    DimensionSchema,
    "must be an object of dimensions",
  ),
  v.check((dimensions) => dimensions.size > 0, "must name at least one dimension"),
  v.transform((dimensions) => new Map([...dimensions].map(([name, { price }]) => [name, { price }]))),
);

const MeterFromSchema = v.optional(
  v.pipe(
    v.string("must be a string"),
    v.check((text) => parseTime(text) !== undefined, "must be ISO 8601 with a zone"),
    v.transform((text) => parseTime(text)?.instant),
  ),
);

const ProductSchema = v.variant(
  "integration",
  [
    v.strictObject({
      integration: v.literal(Integration.License),
      productCode: v.optional(v.undefined("must not be given in the license integration")),
      dimensions: DimensionsSchema,
      meterFrom: MeterFromSchema,
    }),
    v.strictObject({
      integration: v.literal(Integration.ProductCode),
      // BatchMeterUsage, `ProductCode`: up to 255 of these characters.
      productCode: v.pipe(
        v.string("must be a string"),
        v.regex(/^[-a-zA-Z0-9/=:_.@]{1,255}$/, "must be a product code"),
      ),
      dimensions: DimensionsSchema,
      meterFrom: MeterFromSchema,
    }),
  ],
  'must be { integration: "license" | "productCode", … }',
);

const ProductsSchema = v.pipe(
  dictionary(
    v.pipe(v.string(), v.regex(/^[\x20-\x7e]{1,64}$/, "must be a key of 1 to 64 printable characters")),
    ProductSchema,
    "must be an object",
  ),
  v.check((products) => products.size > 0, "must name at least one product"),
  v.transform(
    (products) =>
      new Map(
        [...products].map(([key, product]) => [key, { productCode: undefined, meterFrom: undefined, ...product }]),
      ),
  ),
);
