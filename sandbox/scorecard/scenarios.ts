// Every scenario of the scorecard, in the order of its table.
import type { Family, Scenario } from "./scenario.ts";
import { amounts } from "./scenarios/amounts.ts";
import { apiFaults } from "./scenarios/api.ts";
import { ledgerFaults } from "./scenarios/ledger.ts";
import { listings } from "./scenarios/listing.ts";
import { lostRecords } from "./scenarios/lost.ts";
import { repeats } from "./scenarios/repeats.ts";
import { samples } from "./scenarios/samples.ts";
import { surroundingFaults } from "./scenarios/surroundings.ts";
import { windows } from "./scenarios/windows.ts";

export const families: readonly Family[] = [
  samples,
  windows,
  listings,
  repeats,
  amounts,
  apiFaults,
  lostRecords,
  ledgerFaults,
  surroundingFaults,
];

/** @throws {Error} when there is no scenario of this name. */
export function scenarioNamed(name: string): Scenario {
  const found = families.flatMap(({ scenarios }) => scenarios).find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`There is no scenario ${JSON.stringify(name)} in the scorecard.`);
  return found;
}
