import type { HourlyRecord } from "../ledger/records.ts";
import { formatInstant } from "../usage/instants.ts";
import { formatQuantity } from "../usage/quantity.ts";

/**
 * A record as a line of a submissions file: what the pipeline says it submitted, with where it stands as `status`. Undefined for one that has
 * no numbers yet or nothing to send.
 */
export function submissionLine({ ref, state, seal }: HourlyRecord): string | undefined {
  if (seal === undefined || state === "empty" || ref.writeOff) return undefined;
  const { buyer, dimension } = ref.meter;
  return JSON.stringify({
    region: seal.region,
    ...(seal.productCode === undefined ? {} : { productCode: seal.productCode }),
    ...buyer,
    dimension,
    timestamp: formatInstant(seal.timestamp),
    quantity: formatQuantity(seal.quantity),
    status: state,
  });
}
