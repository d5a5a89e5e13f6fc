import { deepEqual, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { runScenario } from "../../../sandbox/scorecard/run.ts";
import { families, scenarioNamed } from "../../../sandbox/scorecard/scenarios.ts";

/** Those that between them pass every part of the way, and take a second or two each; `npm run scorecard` runs all. */
const CHOSEN = [
  "nothing goes wrong",
  "one ThrottlingException",
  "one record in UnprocessedRecords",
  "the status write fails for 3 hours after the send",
  "a customer with 26 dimensions",
  "a second run in the same clock hour, 7 new units",
  "CustomerNotSubscribed once, while the agreement activates",
  "month end: the submitter comes back 2 minutes before it",
  "an agreement ends; usage goes on; the buyer subscribes again a week later",
  "the ledger is throttled for an hour",
  "cut-over from an older pipeline at 12:00",
  "two poison records in a batch of 25",
  "one id is sent 1,000 times with ten other contents",
  "three times that in one hour, and a half",
  "the answer is lost; an identical resend is answered DuplicateRecord",
  "every function may die after any call",
  "all of it together",
];

describe("the scorecard", () => {
  for (const name of CHOSEN) {
    it(name, async () => {
      const { problems } = await runScenario(scenarioNamed(name));
      deepEqual(problems, []);
    }).timeout(60_000);
  }

  it("stands in docs/scorecard.md with every scenario, all of them green", () => {
    const lines = readFileSync("docs/scorecard.md", "utf8").split("\n");
    for (const { scenarios } of families) {
      for (const { name } of scenarios) {
        const row = lines.filter((line) => line.startsWith(`| ${name} |`) || line.startsWith(`| ${name} (`));
        deepEqual([name, row.length], [name, 1]);
        ok(row[0]?.endsWith("| green |"), `${name} is not green`);
      }
    }
  });

  it("names no scenario twice", () => {
    const names = families.flatMap(({ scenarios }) => scenarios.map(({ name }) => name));
    deepEqual(names, [...new Set(names)]);
  });
});
