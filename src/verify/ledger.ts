import pMap from "p-map";
import type { Evidence } from "../evidence/evidence.ts";
import type { RecordRef } from "../ledger/keys.ts";
import { type HourlyRecord, readRecord } from "../ledger/records.ts";
import {
  type ExpiredUsage,
  type LedgerWindow,
  listRecordHours,
  type Statement,
  type Window,
} from "../ledger/statement.ts";
import type { Table } from "../ledger/table.ts";
import { type Buyer, Integration, parseMeterKey } from "../usage/buyers.ts";
import { CLOCK_DIFFERENCE, deadline } from "../usage/deadlines.ts";
import type { Instant } from "../usage/instants.ts";
import type { Product, Products } from "../usage/products.ts";
import { sum } from "../usage/quantity.ts";
import type { UsedMeter } from "./context.ts";
import { unknownKeys } from "./foreign.ts";
import type { Key } from "./identity.ts";
import { UNBROKEN } from "./silent.ts";
import type { Submission, SubmissionState } from "./submissions.ts";

/** A submission and the record in the ledger that it stands for. */
export interface LedgerSubmission extends Submission {
  readonly ref: RecordRef;
  readonly state: SubmissionState;
  /** When it went back in line, since evidence showed that AWS had not taken it. */
  readonly returnedAt: Instant | undefined;
}

/**
 * A record of the ledger as a submission; undefined for an `empty` one, which is never sent. What is not sealed has neither numbers nor a
 * Region of its own yet: it will be sent to `region`.
 */
export function submissionOf(
  { ref, state, seal, attempts, unknown, lastAttemptAt, reason, returnedAt }: HourlyRecord,
  products: Products,
  region: string,
): LedgerSubmission | undefined {
  if (state === "empty") return undefined;
  const { product, buyer, dimension } = ref.meter;
  return {
    ref,
    returnedAt,
    product,
    region: seal?.region ?? region,
    productCode: seal ? seal.productCode : products.get(product)?.productCode,
    buyer,
    dimension,
    hour: ref.hour,
    timestamp: seal?.timestamp ?? ref.hour,
    quantity: seal?.quantity ?? 0n,
    state,
    attempts,
    unknownAttempts: unknown.size,
    lastAttemptAt,
    deadline: seal ? seal.lastSend + CLOCK_DIFFERENCE : deadline(ref.hour, undefined),
    reason: reason ?? unsentReason(ref, state),
    unsendable: ref.writeOff,
  };
}

function unsentReason({ writeOff }: RecordRef, state: HourlyRecord["state"]): string | undefined {
  if (writeOff) return "the agreement leaves no hour in which this balance could be billed";
  return state === "expired" ? "its deadline had passed before it could be sealed" : undefined;
}

/** A meter's usage events that came too late to be billed, added up by hour and reason. They have no record and are never sent. */
function lateUsage({ meter, expired }: Statement, region: string): Submission[] {
  return [...Map.groupBy(expired, ({ hour, reason }) => JSON.stringify([hour, reason])).values()].map((group) => {
    const [{ hour, reason }] = group as [ExpiredUsage];
    return {
      ...meter,
      region,
      hour,
      timestamp: hour,
      quantity: sum(group.map(({ quantity }) => quantity)),
      state: "expired",
      attempts: 0,
      unknownAttempts: 0,
      deadline: deadline(hour, undefined),
      reason,
      unsendable: true,
    };
  });
}

/** What the ledger says of a window: its records, and the usage that came too late for any. */
export interface LedgerSubmissions {
  readonly records: readonly LedgerSubmission[];
  readonly late: readonly Submission[];
}

/** The submissions of a window that was read from the ledger. `region` is where records go that are not sealed yet. */
export const listedSubmissions = (
  { statements }: Pick<LedgerWindow, "statements">,
  products: Products,
  region: string,
): LedgerSubmissions => ({
  late: statements.flatMap((statement) => lateUsage(statement, region)),
  records: statements
    .flatMap(({ records }) => records)
    .map((record) => submissionOf(record, products, region))
    .filter((submission) => submission !== undefined),
});

/** The submissions of a window that was read from the ledger, and the records that only evidence names and the ledger has after all. */
export async function ledgerSubmissions(
  { table, products, region }: { readonly table: Table; readonly products: Products; readonly region: string },
  ledger: LedgerWindow,
  window: Window,
  evidence: Pick<Evidence, "events">,
): Promise<LedgerSubmissions> {
  const { late, records } = listedSubmissions(ledger, products, region);
  const unknown = unknownKeys({ submissions: records, evidence, window });
  return { late, records: [...records, ...(await findSubmissions(table, unknown, products, region))] };
}

/** In which hours of a window each meter of the ledger had a record, and of the week before it. */
export async function ledgerUse(table: Table, window: Window): Promise<UsedMeter[]> {
  const hours = await listRecordHours(table, { from: window.from - UNBROKEN, to: window.to });
  return [...hours].map(([key, hours]) => ({ ...parseMeterKey(key), hours }));
}

/** How many records are looked for at once. */
const AT_A_TIME = 16;

/**
 * The records that the ledger has after all for keys that only evidence named: read strongly consistent, under every product that a key
 * could be, since the index that listed the others may lag.
 */
export async function findSubmissions(
  table: Table,
  keys: readonly Key[],
  products: Products,
  region: string,
): Promise<LedgerSubmission[]> {
  const refs = keys.flatMap((key) =>
    [...products.values()].flatMap((product) => {
      const buyer = buyerIn(product, key);
      return buyer ? [{ meter: { product: product.key, buyer, dimension: key.dimension }, hour: key.hour }] : [];
    }),
  );
  const records = await pMap(refs, (ref) => readRecord(table, ref), { concurrency: AT_A_TIME });
  return records
    .map((record) => record && submissionOf(record, products, region))
    .filter((submission) => submission !== undefined);
}

/** The buyer that a key means in a product; undefined where the key cannot be of that product. */
function buyerIn({ integration, productCode }: Product, { style, buyer, ...key }: Key): Buyer | undefined {
  const { accountId, licenseArn, customerIdentifier } = buyer;
  if (integration === Integration.License)
    return style === "license" && accountId !== undefined && licenseArn !== undefined
      ? { accountId, licenseArn }
      : undefined;
  return customerIdentifier !== undefined && key.productCode === productCode ? { customerIdentifier } : undefined;
}
