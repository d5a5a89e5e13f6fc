import type { Instant } from "../usage/instants.ts";
import { MOST_UNITS, type Quantity } from "../usage/quantity.ts";
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

/** A usage record that was understood, with its quantity in whole units, which are all that AWS takes. */
export type ParsedRecord = Omit<EvidenceRecord, "quantity"> & { readonly units: number };

/** Understands one usage record of a call; undefined where any part of it cannot be understood. */
export function parseRecord(
  fields: RecordFields,
  status: RecordStatus,
  productCode: string | undefined,
): ParsedRecord | undefined {
  const buyer = parseBuyer(fields);
  const dimension = asText(fields.dimension);
  const timestamp = parseEventTime(fields.timestamp);
  // BatchMeterUsage, `Quantity`: a record without one is valid and counts 0.
  const units = parseUnits(fields.quantity ?? 0);
  if (!buyer || dimension === undefined || timestamp === undefined || units === undefined) return undefined;
  return { productCode, buyer, dimension, timestamp, units, status };
}

/** Whether two usage records are written alike, so that only one of them need be understood. */
export const isSameRecord = (a: RecordFields, b: RecordFields): boolean =>
  a === b ||
  (a.quantity === b.quantity &&
    a.dimension === b.dimension &&
    a.timestamp === b.timestamp &&
    a.customerAWSAccountId === b.customerAWSAccountId &&
    a.licenseArn === b.licenseArn &&
    a.customerIdentifier === b.customerIdentifier);

/** Two records of one call are the same record where all this is equal. */
export const recordText = (
  { buyer, dimension, timestamp }: Pick<EvidenceRecord, "buyer" | "dimension" | "timestamp">,
  quantity: Quantity | number,
): string =>
  JSON.stringify([
    buyer.accountId,
    buyer.licenseArn,
    buyer.customerIdentifier,
    dimension,
    timestamp,
    quantity.toString(),
  ]);

function parseBuyer(fields: RecordFields): NamedBuyer | undefined {
  const accountId = asText(fields.customerAWSAccountId);
  const licenseArn = asText(fields.licenseArn);
  const customerIdentifier = asText(fields.customerIdentifier);
  if (accountId === undefined && customerIdentifier === undefined) return undefined;
  const buyer: { -readonly [Name in keyof NamedBuyer]: NamedBuyer[Name] } = {};
  if (accountId !== undefined) buyer.accountId = accountId;
  if (licenseArn !== undefined) buyer.licenseArn = licenseArn;
  if (customerIdentifier !== undefined) buyer.customerIdentifier = customerIdentifier;
  return buyer;
}

function parseUnits(value: unknown): number | undefined {
  if (typeof value !== "number" && !(typeof value === "string" && /^\d{1,10}$/.test(value))) return undefined;
  const units = Number(value);
  return Number.isInteger(units) && units >= 0 && units <= MOST ? units : undefined;
}

const MOST = Number(MOST_UNITS);
