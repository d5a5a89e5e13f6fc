import type { EvidenceRecord, NamedBuyer } from "../evidence/record.ts";
import { type Hour, hourOf } from "../usage/instants.ts";
import type { Submission } from "./submissions.ts";

/** How a record names its buyer: by licence, or in the older way by product code and customer (or, rarely, account). */
export type Style = "license" | "productCode";

/** What AWS keeps one record of, in one Region: a buyer's dimension in an hour. */
export interface Key {
  readonly style: Style;
  readonly productCode: string | undefined;
  readonly buyer: NamedBuyer;
  readonly dimension: string;
  readonly hour: Hour;
}

export const keyOfSubmission = ({ productCode, buyer, dimension, hour }: Submission): Key =>
  key(productCode, buyer, dimension, hour);

export const keyOfRecord = ({ productCode, buyer, dimension, timestamp }: EvidenceRecord): Key =>
  key(productCode, buyer, dimension, hourOf(timestamp));

/** One text for one key: two records with the same text are the same record to AWS, Region apart. */
export const keyText = ({ style, productCode, buyer, dimension, hour }: Key): string =>
  style === "license"
    ? `${hour} ${part(buyer.licenseArn)}${part(buyer.accountId)}${dimension}`
    : `${hour} code ${part(productCode)}${part(buyer.customerIdentifier)}${part(accountOf(buyer))}${dimension}`;

/** One text for one key in one Region, of a key whose `keyText` is known. */
export const placedText = (text: string, region: string): string => `${region} ${text}`;

/** With its length before it, so that no two lists of parts are the same text. JSON would do the same at several times the cost. */
const part = (text: string | undefined): string => (text === undefined ? "- " : `${text.length} ${text} `);

function key(productCode: string | undefined, buyer: NamedBuyer, dimension: string, hour: Hour): Key {
  const style = buyer.licenseArn === undefined ? "productCode" : "license";
  return { style, productCode: style === "license" ? undefined : productCode, buyer, dimension, hour };
}

// The account only names the buyer where no customer identifier does.
const accountOf = (buyer: NamedBuyer): string | undefined =>
  buyer.customerIdentifier === undefined ? buyer.accountId : undefined;
