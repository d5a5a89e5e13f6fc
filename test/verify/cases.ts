import type { EvidenceEvent } from "../../src/evidence/event.ts";
import type { EvidenceRecord } from "../../src/evidence/record.ts";
import { HOUR } from "../../src/usage/instants.ts";
import { parseProducts } from "../../src/usage/products.ts";
import { UNIT } from "../../src/usage/quantity.ts";
import type { Reconciliation } from "../../src/verify/context.ts";
import { type Reconciled, reconcile } from "../../src/verify/reconcile.ts";
import type { Submission } from "../../src/verify/submissions.ts";

export const at = (text: string): number => Date.parse(`2026-11-${text}Z`);
export const units = (count: number): bigint => BigInt(count) * UNIT;

export const WINDOW = { from: at("23T00:00"), to: at("24T00:00") };
/** Everything of the window is delivered long ago, and no deadline is over. */
export const NOW = at("23T20:00");
export const SUBMITTER = "arn:aws:iam::999988887777:role/metering/submitter";
export const LICENSED = {
  accountId: "111122223333",
  licenseArn: "arn:aws:license-manager:us-east-1:294406891311:license:l-1",
};

export const PRODUCTS = parseProducts(
  JSON.stringify({
    analytics: { integration: "license", dimensions: { ApiCalls: { price: "0.0002" }, GbHours: {} } },
    archive: { integration: "productCode", productCode: "4w1v", dimensions: { Gb: { price: "1.5" }, ApiCalls: {} } },
  }),
);

/** 5 ApiCalls of a licensed buyer at 10:59, sent at 11:20 and accepted. */
export const submission = (changes: Partial<Submission> = {}): Submission => ({
  product: "analytics",
  region: "us-east-1",
  buyer: LICENSED,
  dimension: "ApiCalls",
  hour: at("23T10:00"),
  timestamp: at("23T10:59"),
  quantity: units(5),
  state: "accepted",
  attempts: 1,
  unknownAttempts: 0,
  lastAttemptAt: at("23T11:20"),
  deadline: at("24T10:59"),
  ...changes,
});

/** The evidence of `submission()`. */
export const record = (changes: Partial<EvidenceRecord> = {}): EvidenceRecord => ({
  productCode: undefined,
  buyer: LICENSED,
  dimension: "ApiCalls",
  timestamp: at("23T10:59"),
  quantity: units(5),
  status: "Success",
  ...changes,
});

/** A call of the submitter at 11:20. */
export const call = (records: readonly EvidenceRecord[], changes: Partial<EvidenceEvent> = {}): EvidenceEvent => ({
  eventId: "e-1",
  eventTime: at("23T11:20"),
  region: "us-east-1",
  principal: SUBMITTER,
  errorCode: undefined,
  errorMessage: undefined,
  objects: ["log-1"],
  unseen: "none",
  records,
  ...changes,
});

type Case = Partial<Omit<Reconciliation, "evidence"> & Reconciliation["evidence"]>;

export const input = ({ events = [], unreadable = [], ...rest }: Case): Reconciliation => ({
  window: WINDOW,
  now: NOW,
  submissions: [],
  products: PRODUCTS,
  submitter: SUBMITTER,
  used: [],
  evidence: { events, unreadable },
  ...rest,
});

export const check = (given: Case): Reconciled => reconcile(input(given));

/** The kinds found, and how many records matched. */
export const kindsOf = (given: Case): readonly [matched: number, ...kinds: string[]] => {
  const { findings, counts } = check(given);
  return [counts.matched ?? 0, ...findings.map(({ kind }) => kind)];
};

/** Every hour from one up to, not including, another. */
export const hours = (from: number, to: number): number[] =>
  Array.from({ length: (to - from) / HOUR }, (_, index) => from + index * HOUR);
