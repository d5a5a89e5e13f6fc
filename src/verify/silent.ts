import type { FindingFacts } from "../report/kinds.ts";
import { deadline } from "../usage/deadlines.ts";
import { DAY, HOUR } from "../usage/instants.ts";
import { factsOf, type Hours, type Reconciliation } from "./context.ts";

/** How long a meter must have been in use without a gap for its silence to be worth a word: it reaches that far before the window. */
export const UNBROKEN = 7 * DAY;

/** How long after an hour's end its usage may still be on its way through the queue. */
const QUEUED = HOUR;

/** Finds the hours in which a meter was not used, after use in each of the 168 hours before: only the first hour of each silence is one. */
export function findSilentHours({
  used,
  window,
  now,
  products,
}: Pick<Reconciliation, "used" | "window" | "now" | "products">): FindingFacts[] {
  return used.flatMap(({ hours, ...meter }) =>
    [...hours]
      .map((hour) => hour + HOUR)
      .filter((hour) => !hours.has(hour))
      .filter((hour) => hour >= window.from && hour < window.to && hour + HOUR + QUEUED <= now)
      .filter((hour) => unbrokenBefore(hours, hour))
      .map((hour) => {
        const reason = "each of the 168 hours before it has usage";
        return factsOf("silent-hour", { ...meter, hour, deadline: deadline(hour, undefined), reason }, products);
      }),
  );
}

function unbrokenBefore(hours: Hours, hour: number): boolean {
  for (let before = hour - UNBROKEN; before < hour; before += HOUR) if (!hours.has(before)) return false;
  return true;
}
