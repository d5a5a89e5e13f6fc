import { formatInstant, HOUR, type Instant, MINUTE, parseTime } from "../usage/instants.ts";
import type { Finding, FindingKind } from "./report.ts";

/** A finding before its sentences. */
export type FindingFacts = Omit<Finding, "message" | "action">;

/** What a report says about one kind of finding: change a sentence of the report here. */
interface KindTexts {
  /** The heading over the findings of this kind. */
  readonly title: string;
  /** Whether someone has to do something: exit 1 on the command line, and the metric `FindingsForSomeone`. */
  readonly needsSomeone: (finding: FindingFacts) => boolean;
  /** What was found, as one sentence. */
  readonly message: (finding: FindingFacts) => string;
  /** What to do, as a sentence or two. */
  readonly action: (finding: FindingFacts, now: Instant) => string;
}

const always = () => true;
const never = () => false;

const ASK_AWS = "Ask AWS Marketplace Seller Operations";
const TOO_LATE = "Bill it outside the metering, or ask AWS Marketplace Seller Operations.";

export const kinds: Readonly<Record<FindingKind, KindTexts>> = {
  integrity: {
    title: "Evidence that fails",
    needsSomeone: always,
    message: () => "Evidence fails or is missing: a log file, or a digest.",
    action: () => "Find out who or what changed it, and restore an earlier version of the object if there is one.",
  },
  "billed-twice": {
    title: "Billed twice",
    needsSomeone: always,
    message: ({ evidenced }) => `AWS took this hour more than once, ${evidenced} altogether.`,
    action: () => `${ASK_AWS} to correct the bill, and stop whatever sends the second record.`,
  },
  foreign: {
    title: "Sent by someone else",
    needsSomeone: always,
    message: ({ evidenced }) =>
      `A record that is not the ledger's own was sent${evidenced === null ? "; AWS did not take it" : ", and AWS took it"}.`,
    action: ({ evidenced }) =>
      `Find the sender and stop it.${evidenced === null ? "" : ` ${ASK_AWS} to correct the bill if the usage was not real.`}`,
  },
  missing: {
    title: "Missing",
    needsSomeone: always,
    message: () => "CloudTrail shows no call in which AWS took this record.",
    action: sendAgain,
  },
  "quantity-mismatch": {
    title: "Another quantity",
    needsSomeone: always,
    message: ({ submitted, evidenced }) => `AWS holds ${evidenced} for this hour, where ${submitted} was submitted.`,
    action: () => `${ASK_AWS} to correct the bill: an hour's first record stands, and no call changes it.`,
  },
  "under-billed-duplicate": {
    title: "Under-billed duplicate",
    needsSomeone: always,
    message: ({ submitted, evidenced }) =>
      `AWS holds ${evidenced ?? "another quantity"} for this hour and did not take the ${submitted}: DuplicateRecord.`,
    action: () => `${ASK_AWS} to correct the bill: the hour takes no second record, and the difference is not billed.`,
  },
  refused: {
    title: "Refused",
    needsSomeone: always,
    message: () => "AWS refused this record.",
    action: (finding, now) =>
      `Put right what the reason names: the buyer's agreement, the licence, or the listing. ${sendAgain(finding, now)}`,
  },
  expired: {
    title: "Expired",
    needsSomeone: always,
    message: () => "This usage was not sent in time, and AWS takes it no more.",
    action: () => TOO_LATE,
  },
  disputed: {
    title: "Disputed",
    needsSomeone: always,
    message: () => "Whether AWS took this record is not known.",
    action: () => `Wait for evidence of its attempts. ${ASK_AWS} if it is still disputed after two days.`,
  },
  unverifiable: {
    title: "Unverifiable",
    needsSomeone: always,
    message: ({ hour }) =>
      hour === null
        ? "AWS took a call whose records CloudTrail does not show."
        : "Whether AWS took this record cannot be seen in CloudTrail.",
    action: () => "Compare the hour with AWS Marketplace's usage reports.",
  },
  "failed-call": {
    title: "Failed calls",
    needsSomeone: ({ evidenced }) => evidenced === null,
    message: ({ evidenced }) =>
      evidenced === null
        ? "A call failed, and not all of its records are known to be taken by another."
        : "A call failed. AWS took all of its records in others.",
    action: ({ evidenced }) =>
      evidenced === null
        ? "Put right what the reason names. The records stay in line while they can be sent."
        : "Nothing to do.",
  },
  "not-yet-verified": {
    title: "Not yet verified",
    needsSomeone: never,
    message: () => "The evidence is younger than the digest that will sign it.",
    action: () => "Nothing to do: a later run verifies it.",
  },
  "not-yet-delivered": {
    title: "Not yet delivered",
    needsSomeone: never,
    message: () => "The evidence for this record may still be on its way.",
    action: () => "Nothing to do: a later run looks again.",
  },
  "silent-hour": {
    title: "Silent hours",
    needsSomeone: never,
    message: () => "Nothing was used in this hour, after a week with usage in every hour.",
    action: () => "Check that the application still sends its usage events.",
  },
};

/** A finding with its sentences. */
export const describe = (facts: FindingFacts, now: Instant): Finding => ({
  ...facts,
  message: kinds[facts.kind].message(facts),
  action: kinds[facts.kind].action(facts, now),
});

/** Whether someone has to do something about a finding. */
export const needsSomeone = (finding: FindingFacts): boolean => kinds[finding.kind].needsSomeone(finding);

/** A buyer, for people. */
export function buyerText(buyer: Finding["buyer"]): string {
  if (buyer === null) return "";
  const { accountId, licenseArn, customerIdentifier } = buyer;
  return [
    accountId && `account ${accountId}`,
    licenseArn && `licence ${licenseArn}`,
    customerIdentifier && `customer ${customerIdentifier}`,
  ]
    .filter(Boolean)
    .join(", ");
}

function sendAgain({ deadline }: FindingFacts, now: Instant): string {
  const left = deadline === null ? 0 : (parseTime(deadline)?.instant ?? 0) - now;
  if (left <= 0) return `Its deadline has passed. ${TOO_LATE}`;
  const time = `${Math.floor(left / HOUR)} h ${Math.floor((left % HOUR) / MINUTE)} min`;
  return `Send the same record again before ${deadline}: ${time} were left at ${formatInstant(now)}.`;
}
