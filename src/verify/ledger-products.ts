import type { Statement } from "../ledger/statement.ts";
import { integrationOf } from "../usage/buyers.ts";
import type { Products } from "../usage/products.ts";

/** The products that a ledger's records show, where no one has given them: with their dimensions, and without prices. */
export function ledgerProducts(statements: readonly Statement[]): Products {
  const groups = Map.groupBy(statements, ({ meter }) => meter.product);
  return new Map(
    [...groups].map(([key, group]) => {
      const seals = group.flatMap(({ records }) => records.map(({ seal }) => seal));
      const product = {
        key,
        integration: integrationOf((group[0] as Statement).meter.buyer),
        productCode: seals.find((seal) => seal?.productCode !== undefined)?.productCode,
        dimensions: new Map(group.map(({ meter }) => [meter.dimension, { price: undefined }])),
        meterFrom: undefined,
      };
      return [key, product];
    }),
  );
}
