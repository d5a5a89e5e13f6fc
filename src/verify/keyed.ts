import { keyOfSubmission } from "./identity.ts";
import { type FindTexts, type KeyTexts, textFinder } from "./key-texts.ts";
import type { Submission } from "./submissions.ts";

/** A submission with the texts that it is found by. */
export interface Keyed extends KeyTexts {
  readonly submission: Submission;
}

export function keyed(submission: Submission, findTexts: FindTexts = textFinder()): Keyed {
  const { text, placed } = findTexts(keyOfSubmission(submission), submission.region);
  return { submission, text, placed };
}
