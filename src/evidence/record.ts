import type { Instant } from "../usage/instants.ts";
import { MOST_UNITS, type Quantity, UNIT } from "../usage/quantity.ts";
import { field, type JsonObject, textField } from "./fields.ts";
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

/** What identifies a record inside its call, and all that the request says of it. */
export type RequestedRecord = Omit<EvidenceRecord, "productCode" | "status">;

/** Reads one usage record of a request or an answer; undefined where any part of it cannot be understood. */
export function parseRecord(record: JsonObject): RequestedRecord | undefined {
  const buyer = parseBuyer(record);
  const dimension = textField(record, "dimension");
  const timestamp = parseEventTime(field(record, "timestamp"));
  // BatchMeterUsage, `Quantity`: a record without one is valid and counts 0.
  const quantity = parseWhole(field(record, "quantity") ?? 0);
  if (!buyer || dimension === undefined || timestamp === undefined || quantity === undefined) return undefined;
  return { buyer, dimension, timestamp, quantity };
}

/** Two records of one call are the same record where all this is equal. */
export const recordText = ({ buyer, dimension, timestamp, quantity }: RequestedRecord): string =>
  JSON.stringify([
    buyer.accountId,
    buyer.licenseArn,
    buyer.customerIdentifier,
    dimension,
    timestamp,
    quantity.toString(),
  ]);

function parseBuyer(record: JsonObject): NamedBuyer | undefined {
  // `CustomerAWSAccountId` in the API, `customerAWSAccountID` in some of CloudTrail's texts: alike in lower case.
  const accountId = textField(record, "customerawsaccountid");
  const licenseArn = textField(record, "licensearn");
  const customerIdentifier = textField(record, "customeridentifier");
  if (accountId === undefined && customerIdentifier === undefined) return undefined;
  return {
    ...(accountId === undefined ? {} : { accountId }),
    ...(licenseArn === undefined ? {} : { licenseArn }),
    ...(customerIdentifier === undefined ? {} : { customerIdentifier }),
  };
}

function parseWhole(value: unknown): Quantity | undefined {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string" || !/^\d{1,10}$/.test(text)) return undefined;
  const units = BigInt(text);
  return units > MOST_UNITS ? undefined : units * UNIT;
}
