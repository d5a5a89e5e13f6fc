import { describe } from "../../src/report/kinds.ts";
import type { Finding, Report } from "../../src/report/report.ts";

export const NOW = Date.parse("2026-11-23T20:00:00Z");
export const BUYER = { accountId: "111122223333", licenseArn: "arn:aws:license-manager:us-east-1:1:license:l-1" };

/** A missing record of 5 ApiCalls at $0.0002 each, with time left. */
export const finding = (changes: Partial<Finding> = {}): Finding => ({
  ...describe(
    {
      kind: "missing",
      product: "analytics",
      buyer: BUYER,
      dimension: "ApiCalls",
      hour: "2026-11-23T10:00:00Z",
      submitted: "5",
      evidenced: null,
      money: "0.001",
      deadline: "2026-11-24T10:59:00Z",
      reason: "no call in CloudTrail names it",
      objects: ["log-1", "log-2"],
      ...changes,
    },
    NOW,
  ),
  ...changes,
});

export const meter = (changes: Partial<Report["meters"][number]> = {}): Report["meters"][number] => ({
  product: "analytics",
  buyer: BUYER,
  dimension: "ApiCalls",
  opening: "0",
  used: "10.5",
  accepted: "10",
  refused: "0",
  expired: "0",
  disputed: "0",
  waiting: "0.5",
  ...changes,
});

/** A report of one meter, with nothing found. */
export const report = (changes: Partial<Report> = {}): Report => ({
  version: 1,
  from: "2026-11-23T00:00:00Z",
  to: "2026-11-24T00:00:00Z",
  meters: [meter()],
  rejected: [],
  findings: [],
  counts: { matched: 77 },
  evidence: { objects: 12, bytes: 123456, events: 4, records: 78, digests: { valid: 2, invalid: 1, missing: 0 } },
  ...changes,
});
