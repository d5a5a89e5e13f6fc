import { explanations } from "../report/explanations.ts";
import { kinds } from "../report/kinds.ts";
import { FINDING_KINDS, type FindingKind } from "../report/report.ts";
import { InputError } from "./input-error.ts";

/** What a kind of finding means and what to do, as text for a terminal. Throws an InputError for a kind that there is none of. */
export function explain(text: string): string {
  const kind = FINDING_KINDS.find((known) => known === text);
  if (kind === undefined)
    throw new InputError(`${JSON.stringify(text)} is no kind of finding; the kinds are ${FINDING_KINDS.join(", ")}.`);
  const { when, action } = explanations[kind];
  return `${kind}: ${kinds[kind].title}\n\nWhen: ${plain(when)}\nNeeds someone: ${needs(kind)}\nWhat to do: ${plain(action)}\n`;
}

function needs(kind: FindingKind): string {
  if (kind === "failed-call") return "until all of its records of the window are accepted";
  return NEED_NO_ONE.has(kind) ? "no" : "yes, and `verify` ends with exit code 1";
}

const NEED_NO_ONE: ReadonlySet<FindingKind> = new Set(["not-yet-delivered", "not-yet-verified", "silent-hour"]);

// The explanations are written for a page, where names of code stand in backquotes and the word to stress in asterisks.
const plain = (text: string): string => text.replace(/[`*]/g, "");
