import type { FindingKind } from "./report.ts";

/** What a kind of finding means, for someone who meets it for the first time. `docs/findings.md` says the same. */
export interface Explanation {
  /** When a verification finds it, as a sentence or two. */
  readonly when: string;
  /** What to do, as a sentence or two. */
  readonly action: string;
}

/** By kind. */
export const explanations: Readonly<Record<FindingKind, Explanation>> = {
  integrity: {
    when: "A log file is empty, cut off, not gzip, or not what CloudTrail writes; it was changed after its digest was written, is named by a digest and gone, or by none at all; a digest fails, or there is none for a time. Nothing of it is used as evidence.",
    action: "Find out who or what changed it; restore an earlier version of the object.",
  },
  "billed-twice": {
    when: "AWS took the same hour in two Regions, or in both integration styles: by account where both name one, else where dimension, hour and quantity leave one of each. Identical resends are not.",
    action: "Ask AWS Marketplace Seller Operations to correct the bill. Stop the second sender.",
  },
  foreign: {
    when: "A record was sent that no submission has, or for one that was not sent there or not yet; or another principal than the submitter's role sent it. The ledger was asked for it, strongly consistent, under every product it could be.",
    action: "Find the sender and stop it.",
  },
  missing: {
    when: "No call shows that AWS took the record, two hours or more after its last attempt, and, where digests are checked, they prove it; or it still waits two hours after its deadline.",
    action: "Send the same record again before its `deadline`; after it, bill it outside the metering.",
  },
  "quantity-mismatch": {
    when: "AWS holds another quantity.",
    action: "Ask AWS Marketplace Seller Operations: the first record of an hour stands.",
  },
  "under-billed-duplicate": {
    when: "AWS answered `DuplicateRecord` and holds less, or a quantity no log file shows.",
    action: "The same. The difference is not billed.",
  },
  refused: {
    when: "AWS refused the record: by the ledger, or by CloudTrail where the ledger has it as accepted.",
    action: "Put right the agreement, licence or listing. The record can be sent until its `deadline`.",
  },
  expired: {
    when: "The usage came, or was sealed, too late to be sent, or no agreement leaves an hour for it.",
    action: "Bill it outside the metering.",
  },
  disputed: {
    when: "The ledger cannot know whether AWS took the record, and CloudTrail does not show it either.",
    action: "Wait for the evidence; ask AWS Marketplace Seller Operations after two days.",
  },
  unverifiable: {
    when: "Evidence exists that may hold the record and cannot be seen: CloudTrail left a payload above 100 KB out, wrote it in a form that is not known, or the log file cannot be read, fails or is gone; or no log file of its Region was read. Without an hour: a call whose records nobody can see.",
    action: "Compare the hour with AWS Marketplace's usage reports.",
  },
  "failed-call": {
    when: "AWS failed a whole call. It needs someone until all of its records of the window are accepted.",
    action: "Put right what the reason names.",
  },
  "not-yet-verified": {
    when: "The evidence, or the two hours after the record's last attempt in which it could still come, are younger than the digest that will sign them: up to three hours.",
    action: "Nothing.",
  },
  "not-yet-delivered": {
    when: "The record's last attempt (in a file without attempts its timestamp) is less than two hours ago, and CloudTrail may still deliver it.",
    action: "Nothing.",
  },
  "silent-hour": {
    when: "A meter had no record in an hour that ended an hour ago or more, after one in each of the 168 hours before.",
    action: "Check that the application still sends usage events.",
  },
};
