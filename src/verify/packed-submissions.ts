import type { Subject } from "../evidence/packed-records.ts";
import { deadline } from "../usage/deadlines.ts";
import { type Hour, hourOf } from "../usage/instants.ts";
import { type Quantity, UNIT } from "../usage/quantity.ts";
import type { Submission } from "./submissions.ts";

/** Submissions of an hour. */
export type Submissions = readonly Submission[] | PackedSubmissions;

type FileFields = "region" | "productCode" | "buyer" | "dimension" | "timestamp" | "quantity" | "state" | "reason";

/** A submission of which no more is known than what a file says. */
export function fileSubmission(row: Pick<Submission, FileFields>): Submission {
  const { region, productCode, buyer, dimension, timestamp, quantity, state, reason } = row;
  return {
    product: null,
    region,
    productCode,
    buyer,
    dimension,
    hour: hourOf(timestamp),
    timestamp,
    quantity,
    state,
    attempts: 0,
    unknownAttempts: 0,
    deadline: deadline(timestamp, undefined),
    reason,
  };
}

/** What a file says became of a submission. */
export type Outcome = Pick<Submission, "state" | "reason">;

/** Submissions of one hour of a file as numbers, of which each is made when it is asked for, as few ever are. */
export class PackedSubmissions {
  readonly hour: Hour;
  readonly subjects: readonly Subject[];
  readonly outcomes: readonly Outcome[];
  /** `NUMBERS_A_SUBMISSION` each: subject, milliseconds after the hour, whole units, and outcome. */
  readonly numbers: Uint32Array;
  readonly length: number;

  constructor(
    hour: Hour,
    { subjects, outcomes }: { readonly subjects: readonly Subject[]; readonly outcomes: readonly Outcome[] },
    numbers: Uint32Array,
  ) {
    this.hour = hour;
    this.subjects = subjects;
    this.outcomes = outcomes;
    this.numbers = numbers;
    this.length = numbers.length / NUMBERS_A_SUBMISSION;
  }

  /** Which of the subjects a submission names. */
  subjectNumber(index: number): number {
    return numberAt(this, index, 0);
  }
}

export const NUMBERS_A_SUBMISSION = 4;

export function submissionAt(submissions: Submissions, index: number): Submission {
  if (!(submissions instanceof PackedSubmissions)) return submissions[index] as Submission;
  const { region, productCode, buyer, dimension } = subjectAt(submissions, index);
  const { state, reason } = submissions.outcomes[numberAt(submissions, index, 3)] as Outcome;
  const timestamp = submissions.hour + numberAt(submissions, index, 1);
  const quantity = quantityAt(submissions, index);
  return fileSubmission({ region, productCode, buyer, dimension, timestamp, quantity, state, reason });
}

// What follows asks one thing of a submission, and makes none for it.

/** Where, whom and what a submission names. */
export const subjectAt = (submissions: Submissions, index: number): Subject =>
  submissions instanceof PackedSubmissions
    ? (submissions.subjects[submissions.subjectNumber(index)] as Subject)
    : (submissions[index] as Submission);

export const quantityAt = (submissions: Submissions, index: number): Quantity =>
  submissions instanceof PackedSubmissions
    ? BigInt(numberAt(submissions, index, 2)) * UNIT
    : (submissions[index] as Submission).quantity;

/** Whether a submission is of so many whole units. */
export const isOfUnits = (submissions: Submissions, index: number, units: number): boolean =>
  submissions instanceof PackedSubmissions
    ? numberAt(submissions, index, 2) === units
    : (submissions[index] as Submission).quantity === BigInt(units) * UNIT;

/** What its pipeline says became of a submission, and whether it was sent at all. */
export const outcomeAt = (submissions: Submissions, index: number): Pick<Submission, "state" | "unsendable"> =>
  submissions instanceof PackedSubmissions
    ? (submissions.outcomes[numberAt(submissions, index, 3)] as Outcome)
    : (submissions[index] as Submission);

const numberAt = ({ numbers }: PackedSubmissions, index: number, part: number): number =>
  numbers[index * NUMBERS_A_SUBMISSION + part] as number;
