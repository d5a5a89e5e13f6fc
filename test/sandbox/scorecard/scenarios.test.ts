import { deepEqual, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { pipelineAlarms } from "../../../components/pipeline-alarms.ts";
import type { Fault } from "../../../sandbox/faults/fault.ts";
import type { Failure } from "../../../sandbox/metering/faults.ts";
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
  "the agreement of a customer identifier ends; usage goes on; it subscribes again a week later",
  "the ledger is throttled for an hour",
  "cut-over from an older pipeline at 12:00",
  "two poison records in a batch of 25",
  "one id is sent 1,000 times with ten other contents",
  "three times that in one hour, and a half",
  "the answer is lost; an identical resend is answered DuplicateRecord",
  "a proxy makes up Success for a batch that AWS never got",
  "every function may die after any call",
  "all of it together",
];

const scorecard = () => readFileSync("docs/scorecard.md", "utf8").split("\n");

/** Every fault that there is, but those of the metering API: those are its own. */
const FAULTS: Record<Exclude<Fault["name"], "metering-api">, true> = {
  throttled: true,
  "error-500": true,
  timeout: true,
  "answer-lost": true,
  "condition-lost": true,
  "process-death": true,
  slow: true,
  "access-denied": true,
  "index-missing": true,
  "index-stale": true,
  "short-pages": true,
  "delivered-twice": true,
  "out-of-order": true,
  "queue-answer-lost": true,
  "partial-failure": true,
  "trail-late": true,
  "trail-duplicated": true,
  "trail-missing": true,
  "clock-ahead": true,
  "schedule-skips": true,
  "schedule-twice": true,
};

const API_FAULTS: Record<Failure["name"], true> = {
  unprocessed: true,
  status: true,
  unlisted: true,
  exception: true,
  "http-500": true,
  "connection-reset": true,
  "answer-lost": true,
  "unreadable-answer": true,
  "made-up-success": true,
  slow: true,
};

describe("the scorecard", () => {
  for (const name of CHOSEN) {
    it(name, async () => {
      const { problems } = await runScenario(scenarioNamed(name));
      deepEqual(problems, []);
    }).timeout(60_000);
  }

  it("stands in docs/scorecard.md with every scenario, all of them green", () => {
    for (const { scenarios } of families) {
      for (const { name } of scenarios) {
        const row = scorecard().filter((line) => line.startsWith(`| ${name} |`) || line.startsWith(`| ${name} (`));
        deepEqual([name, row.length], [name, 1]);
        ok(row[0]?.endsWith("| green |"), `${name} is not green`);
      }
    }
  });

  it("names no scenario twice", () => {
    const names = families.flatMap(({ scenarios }) => scenarios.map(({ name }) => name));
    deepEqual(names, [...new Set(names)]);
  });

  it("leaves no fault out that the sandbox has", () => {
    const given = families.flatMap(({ scenarios }) => scenarios.flatMap(({ faults = [] }) => faults));
    const ofApi = given.flatMap((fault) => (fault.name === "metering-api" ? [fault.fault] : []));
    const statuses: string[] = ofApi.flatMap((fault) => (fault.name === "status" ? [fault.status] : []));
    const missing = (all: readonly string[], used: readonly { name: string }[]) =>
      all.filter((name) => !used.some((fault) => fault.name === name));
    deepEqual(missing(Object.keys(FAULTS), given), []);
    deepEqual(missing(Object.keys(API_FAULTS), ofApi), []);
    deepEqual(
      ["CustomerNotSubscribed", "DuplicateRecord"].filter((status) => !statuses.includes(status)),
      [],
    );
  });

  it("fires each alarm of the pipeline in some scenario", () => {
    const queues = { usageQueueName: "usage", deadLetterQueueName: "dead" };
    const functions = { ingestFunctionName: "ingest", submitFunctionName: "submit" };
    const suffixes = pipelineAlarms({ service: "metering", graceMinutes: 15, ...queues, ...functions }).map(
      ({ suffix }) => suffix,
    );
    const fired = new Set(scorecard().flatMap((line) => line.split(" | ").at(-2)?.split(", ") ?? []));
    deepEqual(
      suffixes.filter((suffix) => !fired.has(suffix)),
      [],
    );
  });
});
