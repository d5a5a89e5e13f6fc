import assert from "node:assert/strict";
import type { MeteringCall } from "../../sandbox/metering/call.ts";
import { FINDING_KINDS, type FindingKind } from "../../src/report/report.ts";
import { HOUR, MINUTE } from "../../src/usage/instants.ts";
import type { Submission } from "../../src/verify/submissions.ts";
import { name } from "../evidence/tampering.ts";
import {
  callOf,
  inShort,
  keysOf,
  type Planted,
  rewrite,
  type Seen,
  START,
  submissionOf,
  textOf,
  trailOf,
  verifySeen,
} from "../evidence/trail.ts";

const HOURS = 30 * 24;
/** 03:00 to 04:00 on the fifteenth day, 7 December. */
const HIT = submissionOf(START + (14 * 24 + 3) * HOUR);
const LAST = submissionOf(START + (HOURS - 1) * HOUR);
const NOW = START + (HOURS + 6) * HOUR;

/** Something that goes wrong in one hour of the month, and all that verification must say of the month then. */
interface Case {
  readonly at?: Submission;
  readonly plant?: (submission: Submission) => Planted;
  /** What is done to the month afterwards. */
  readonly touch?: (seen: Seen) => void;
  /** Kind, hour, names of objects, reason. */
  readonly finds: (seen: Seen) => (string | null)[];
  readonly matched: number;
}

const request = (call: MeteringCall) => call.request as NonNullable<MeteringCall["request"]>;

/** The same call with another answer to its record. */
function answered(call: MeteringCall, status: "DuplicateRecord" | "CustomerNotSubscribed"): MeteringCall {
  const [UsageRecord] = request(call).UsageRecords;
  return { ...call, answer: { Results: [{ UsageRecord, Status: status }], UnprocessedRecords: [] } as never };
}

/** The same call with other records, each taken. */
function taking(call: MeteringCall, change: (record: object) => object, more: object = {}): MeteringCall {
  const UsageRecords = request(call).UsageRecords.map(change);
  const Results = UsageRecords.map((UsageRecord) => ({ UsageRecord, MeteringRecordId: "m", Status: "Success" }));
  return { ...call, request: { ...more, UsageRecords }, answer: { Results, UnprocessedRecords: [] } } as never;
}

const filesAt = (seen: Seen, at: number): string =>
  keysOf(seen.bucket, "CloudTrail")
    .filter((key) => textOf(seen.bucket, key).includes(`request-${at}`))
    .map(name)
    .join(" ");
const fileOfHit = (seen: Seen) => filesAt(seen, HIT.lastAttemptAt as number);

const later = (call: MeteringCall, minutes: number): MeteringCall => {
  const at = call.at + minutes * MINUTE;
  return { ...call, at, requestId: `request-${at}` };
};

const cases: Record<FindingKind, Case> = {
  "not-yet-delivered": {
    at: LAST,
    plant: (submission) => ({ submissions: [{ ...submission, lastAttemptAt: NOW - 90 * MINUTE }], calls: [] }),
    finds: () => ["not-yet-delivered", "22T23", "", "its last attempt is less than 2 hours ago"],
    matched: HOURS - 1,
  },
  "not-yet-verified": {
    at: LAST,
    plant: (submission) => {
      const sent = { ...submission, lastAttemptAt: NOW - 30 * MINUTE };
      return { submissions: [sent], calls: [callOf(sent)] };
    },
    finds: (seen) => [
      "not-yet-verified",
      "22T23",
      filesAt(seen, NOW - 30 * MINUTE),
      "the digest that will name its log file has not come",
    ],
    matched: HOURS - 1,
  },
  missing: {
    plant: (submission) => ({ submissions: [submission], calls: [] }),
    finds: () => [
      "missing",
      "07T03",
      "",
      "no call in CloudTrail names it, although it was last sent at 2026-12-07T04:20:00Z",
    ],
    matched: HOURS - 1,
  },
  "quantity-mismatch": {
    plant: (submission) => ({
      submissions: [submission],
      calls: [taking(callOf(submission), (record) => ({ ...record, Quantity: 1 }))],
    }),
    finds: (seen) => ["quantity-mismatch", "07T03", fileOfHit(seen), "the first record of an hour stands"],
    matched: HOURS - 1,
  },
  refused: {
    plant: (submission) => ({
      submissions: [submission],
      calls: [answered(callOf(submission), "CustomerNotSubscribed")],
    }),
    finds: (seen) => ["refused", "07T03", fileOfHit(seen), "CloudTrail shows CustomerNotSubscribed as AWS's answer"],
    matched: HOURS - 1,
  },
  expired: {
    plant: (submission) => ({
      submissions: [{ ...submission, state: "expired", attempts: 0, reason: "nothing was sent in time" }],
      calls: [],
    }),
    finds: () => ["expired", "07T03", "", "nothing was sent in time"],
    matched: HOURS - 1,
  },
  disputed: {
    plant: (submission) => ({
      submissions: [{ ...submission, state: "disputed", reason: "no answer came" }],
      calls: [],
    }),
    finds: () => ["disputed", "07T03", "", "no answer came"],
    matched: HOURS - 1,
  },
  "under-billed-duplicate": {
    plant: (submission) => {
      const first = taking(callOf(submission), (record) => ({ ...record, Quantity: 1 }));
      return { submissions: [submission], calls: [first, later(answered(callOf(submission), "DuplicateRecord"), 1)] };
    },
    finds: (seen) => {
      const [first, second] = [0, MINUTE].map((more) => filesAt(seen, (HIT.lastAttemptAt as number) + more));
      const files = [...new Set([first, second])].sort().join(" ");
      return ["under-billed-duplicate", "07T03", files, "the first record of an hour stands"];
    },
    matched: HOURS - 1,
  },
  "billed-twice": {
    plant: (submission) => {
      const call = callOf(submission);
      const other = ({ LicenseArn: _, ...record }: { LicenseArn?: string }) => record;
      return { submissions: [submission], calls: [call, later(taking(call, other, { ProductCode: "4w1v" }), 1)] };
    },
    finds: (seen) => {
      const files = [0, MINUTE].map((more) => filesAt(seen, (HIT.lastAttemptAt as number) + more));
      const both = "AWS took 344 in us-east-1 by licence and 344 in us-east-1 by product code 4w1v for 111122223333";
      return ["billed-twice", "07T03", [...new Set(files)].sort().join(" "), both];
    },
    matched: HOURS - 1,
  },
  foreign: {
    plant: (submission) => {
      const strange = taking(later(callOf(submission), 1), (record) => ({ ...record, Dimension: "Strange" }));
      return { submissions: [submission], calls: [callOf(submission), strange] };
    },
    finds: (seen) => [
      "foreign",
      "07T03",
      filesAt(seen, (HIT.lastAttemptAt as number) + MINUTE),
      "no record of this buyer, dimension and hour was submitted; sent to us-east-1 by arn:aws:iam::999988887777:role/metering/Submitter",
    ],
    matched: HOURS,
  },
  "failed-call": {
    plant: (submission) => {
      const { answer: _, ...call } = callOf(submission);
      const error = { name: "ThrottlingException", message: "Rate exceeded" };
      return { submissions: [submission], calls: [{ ...call, error } as never, later(callOf(submission), 1)] };
    },
    finds: (seen) => ["failed-call", "07T03", fileOfHit(seen), "ThrottlingException: Rate exceeded"],
    matched: HOURS,
  },
  unverifiable: {
    plant: (submission) => {
      const tags = Array.from({ length: 2_500 }, (_, n) => ({
        AllocatedUsageQuantity: n < 300 ? 1 : 0,
        Tags: [{ Key: "Team", Value: `a team with a name that is not short at all, number ${n}` }],
      }));
      return {
        submissions: [submission],
        calls: [taking(callOf(submission), (record) => ({ ...record, UsageAllocations: tags }))],
      };
    },
    finds: (seen) => [
      "unverifiable",
      "07T03",
      fileOfHit(seen),
      "a call that may hold the record is in CloudTrail without all of its records",
    ],
    matched: HOURS - 1,
  },
  integrity: {
    touch: (seen) => rewrite(seen.bucket, quietFile(seen), (text) => text.replace("us-east-1", "us-east-2")),
    finds: (seen) => ["integrity", null, name(quietFile(seen)), "it was changed after its digest was written"],
    matched: HOURS,
  },
  "silent-hour": {
    plant: () => ({ submissions: [], calls: [] }),
    touch: (seen) => {
      const { product, buyer, dimension } = HIT;
      const hours = new Set(seen.submissions.map(({ hour }) => hour));
      Object.assign(seen, { used: [{ product, buyer, dimension, hours }] });
    },
    finds: () => ["silent-hour", "07T03", "", "each of the 168 hours before it has usage"],
    matched: HOURS - 1,
  },
};

/** The first log file without a call of ours. */
const quietFile = ({ bucket }: Seen): string =>
  keysOf(bucket, "CloudTrail").find((key) => !textOf(bucket, key).includes("BatchMeterUsage")) as string;

describe("a month in which all is well but for one thing", () => {
  for (const kind of FINDING_KINDS) {
    it(`has exactly one finding: ${kind}`, async () => {
      const { at = HIT, plant, touch, finds, matched } = cases[kind];
      const seen = await trailOf(HOURS, undefined, undefined, (each) =>
        each.hour === at.hour ? plant?.(each) : undefined,
      );
      touch?.(seen);
      const { reconciled } = await verifySeen(seen);
      assert.deepEqual(inShort(reconciled), [finds(seen)]);
      assert.deepEqual(reconciled.counts, { matched, [kind]: 1 });
    }).timeout(60_000);
  }
});
