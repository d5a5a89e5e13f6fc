import type { Instant } from "../usage/instants.ts";
import { MOST_UNITS, type Quantity, UNIT } from "../usage/quantity.ts";
import { asText, fieldReader } from "./fields.ts";
import { parseEventTime } from "./timestamps.ts";

/** A buyer as a call named it: by licence and account, by customer identifier, or (a form this project never sends) by account alone. */
export interface NamedBuyer {
  readonly accountId?: string;
  readonly licenseArn?: string;
  readonly customerIdentifier?: string;
}

/**
 * What AWS answered for one record: one of its statuses, `unprocessed` where the record is to be sent again, `none` where the answer does
 * not tell: the call failed, the answer was left out of the event, or the record is in neither of its lists.
 */
export type RecordStatus = "Success" | "DuplicateRecord" | "CustomerNotSubscribed" | "unprocessed" | "none";

/** One usage record of a BatchMeterUsage call, as CloudTrail saw it. */
export interface EvidenceRecord {
  /** The product code of the call; undefined where it had none (licence integration). */
  readonly productCode: string | undefined;
  readonly buyer: NamedBuyer;
  readonly dimension: string;
  readonly timestamp: Instant;
  readonly quantity: Quantity;
  readonly status: RecordStatus;
}

/** The fields of one usage record of a request or an answer: `CustomerAWSAccountId` in the API, `customerAWSAccountID` in some events. */
export const readRecord = fieldReader(
  "dimension",
  "timestamp",
  "quantity",
  "customerAWSAccountId",
  "licenseArn",
  "customerIdentifier",
);

export type RecordFields = ReturnType<typeof readRecord>;

/** Understands one usage record of a call; undefined where any part of it cannot be understood. */
export function parseRecord(
  fields: RecordFields,
  status: RecordStatus,
  productCode: string | undefined,
): EvidenceRecord | undefined {
  const buyer = parseBuyer(fields);
  const dimension = asText(fields.dimension);
  const timestamp = parseEventTime(fields.timestamp);
  // BatchMeterUsage, `Quantity`: a record without one is valid and counts 0.
  const quantity = parseWhole(fields.quantity ?? 0);
  if (!buyer || dimension === undefined || timestamp === undefined || quantity === undefined) return undefined;
  return { productCode, buyer, dimension, timestamp, quantity, status };
}

/** Whether two usage records are written alike, so that only one of them need be understood. */
export const isSameRecord = (a: RecordFields, b: RecordFields): boolean =>
  a.quantity === b.quantity &&
  a.dimension === b.dimension &&
  a.timestamp === b.timestamp &&
  a.customerAWSAccountId === b.customerAWSAccountId &&
  a.licenseArn === b.licenseArn &&
  a.customerIdentifier === b.customerIdentifier;

/** Two records of one call are the same record where all this is equal. */
export const recordText = ({ buyer, dimension, timestamp, quantity }: EvidenceRecord): string =>
  JSON.stringify([
    buyer.accountId,
    buyer.licenseArn,
    buyer.customerIdentifier,
    dimension,
    timestamp,
    quantity.toString(),
  ]);

/** By its first name, the buyer that was named last: mostly it is named again, and its names need not be kept and compared anew. */
const shared = new Map<string, NamedBuyer>();
const MOST_SHARED = 10_000;
let last: NamedBuyer | undefined;

function parseBuyer(fields: RecordFields): NamedBuyer | undefined {
  const accountId = asText(fields.customerAWSAccountId);
  const licenseArn = asText(fields.licenseArn);
  const customerIdentifier = asText(fields.customerIdentifier);
  const name = accountId ?? customerIdentifier;
  if (name === undefined) return undefined;
  const isSame = (known: NamedBuyer | undefined): known is NamedBuyer =>
    known?.accountId === accountId &&
    known?.licenseArn === licenseArn &&
    known?.customerIdentifier === customerIdentifier;
  // Records of one buyer mostly follow one another.
  if (isSame(last)) return last;
  last = shared.get(name);
  if (isSame(last)) return last;
  last = {
    ...(accountId === undefined ? {} : { accountId }),
    ...(licenseArn === undefined ? {} : { licenseArn }),
    ...(customerIdentifier === undefined ? {} : { customerIdentifier }),
  };
  if (shared.size >= MOST_SHARED) shared.clear();
  shared.set(name, last);
  return last;
}

function parseWhole(value: unknown): Quantity | undefined {
  if (typeof value === "number")
    return Number.isInteger(value) && value >= 0 && value <= MOST ? BigInt(value) * UNIT : undefined;
  if (typeof value !== "string" || !/^\d{1,10}$/.test(value)) return undefined;
  const units = BigInt(value);
  return units > MOST_UNITS ? undefined : units * UNIT;
}

const MOST = Number(MOST_UNITS);
