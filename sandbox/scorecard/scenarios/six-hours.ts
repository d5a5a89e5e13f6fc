// Six hours of usage, in the middle of which something fails for two and a half.
import type { Fault } from "../../faults/fault.ts";
import { after, customerBuyer, licenseBuyer, type Scenario, type Sent, times, use, useLate } from "../scenario.ts";

// Verification runs each hour at this minute, when usage is sent too: it is never skipped.
export const start = "2026-11-23T09:40:00Z";
export const hour = "2026-11-23T10:00:00Z";

/** Six hours of two products, seven meters, with fractions, tags, late events and a second delivery of some. */
const sixHours = (): Sent[] =>
  times(6, (h) =>
    times(5, (n) => {
      const time = after(hour, 60 * h + 7 + 11 * n);
      const dimension = n % 2 === 0 ? "ApiCalls" : "GbHours";
      const license = use(`lic-${h}-${n}`, time, n % 2 === 0 ? 3 : "0.4", {
        buyer: licenseBuyer(n % 3),
        dimension,
        tags: { Team: `team-${n % 2}` },
      });
      const archive = { product: "archive", buyer: customerBuyer(n % 2), dimension: "Gb" };
      const customer = useLate(`cus-${h}-${n}`, time, after(time, n === 4 ? 95 : 1), "1.25", archive);
      return [license, customer, ...(n === 2 ? [{ ...license, at: license.at + 40 * 60_000 }] : [])];
    }).flat(),
  ).flat();

/** 6 × (3 × 3 + 2 × 0.4) and 6 × 5 × 1.25 are used; fractions of GbHours and Gb wait. */
export const BILLED = { billed: "95", waiting: "1.3" };

/** Two hours and a half of a fault, in the middle of six hours of usage. */
export const during = { from: after(hour, 60), to: after(hour, 210), count: "always" } as const;

export const struck = (name: string, faults: Fault[], more: Partial<Scenario> = {}): Scenario => ({
  name,
  start,
  usage: sixHours,
  faults,
  expect: BILLED,
  ...more,
});
