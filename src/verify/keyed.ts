import { keyText, placedText } from "./identity.ts";
import { keyOf, type PlacedKey } from "./placed-keys.ts";
import type { Submission } from "./submissions.ts";

/** A submission with the texts that it is found by, and what was seen of it. */
export interface Keyed {
  readonly submission: Submission;
  /** The `keyText` of its key. */
  readonly text: string;
  /** The `sightingsKey` of its key and Region. */
  readonly placed: string;
  readonly at: PlacedKey;
}

export function keyed(at: PlacedKey): Keyed[] {
  if (at.submissions.length === 0) return [];
  const text = keyText(keyOf(at));
  const placed = placedText(text, at.region);
  return at.submissions.map((submission) => ({ submission, text, placed, at }));
}
