// What goes wrong with storage, evidence, clocks and schedules, and everything at once.
import type { World } from "../../demo/world.ts";
import { after, type Family } from "../scenario.ts";
import { BILLED, during, hour, struck } from "./six-hours.ts";

/** Lets two submitters run at once, although the function reserves concurrency for one. */
const allowTwo = ({ account, outputs }: World) => {
  for (const target of account.state.functions.values())
    if (target.name === outputs.submitFunctionName) delete target.reservedConcurrency;
};

const twice = { name: "schedule-twice", function: "submit" } as const;

export const surroundingFaults: Family = {
  title: "Storage, evidence, clocks or schedules fail",
  scenarios: [
    struck("S3 fails for two hours and a half", [
      { name: "error-500", service: "s3", probability: 0.5, ...during },
      { name: "throttled", service: "s3", ...during },
    ]),
    struck("S3 acts, and answers get lost or come too late", [
      { name: "answer-lost", service: "s3", command: "PutObject", count: 2, from: during.from },
      { name: "timeout", service: "s3", command: "GetObject", nth: 3, count: 2, from: during.from },
    ]),
    struck("the verification is killed at its time limit", [
      { name: "slow", milliseconds: 960_000, service: "s3", function: "verify", count: 2, from: during.from },
    ]),
    struck("CloudTrail delivers 90 minutes late", [{ name: "trail-late", minutes: 90, ...during }]),
    struck("CloudTrail delivers every event twice", [{ name: "trail-duplicated", ...during }]),
    struck("two hosts' clocks are 2 minutes apart", [
      { name: "clock-ahead", function: "submit", milliseconds: 60_000 },
      { name: "clock-ahead", function: "ingest", milliseconds: -60_000 },
    ]),
    struck("a submitter's clock jumps back by 2 minutes", [
      { name: "clock-ahead", function: "submit", milliseconds: 60_000, to: after(hour, 150) },
      { name: "clock-ahead", function: "submit", milliseconds: -60_000, from: after(hour, 150) },
    ]),
    struck("two submitters at once, although concurrency says one", [twice], { prepare: allowTwo }),
    struck(
      "two submitters at once, 2 minutes apart, whose answers get lost",
      [
        twice,
        { name: "clock-ahead", function: "submit", host: 0, milliseconds: -60_000 },
        { name: "clock-ahead", function: "submit", host: 1, milliseconds: 60_000 },
        { name: "metering-api", fault: { name: "answer-lost", probability: 0.5, count: "always", to: during.to } },
      ],
      { prepare: allowTwo },
    ),
    struck(
      "the schedule skips five hours",
      [{ name: "schedule-skips", function: "submit", from: after(hour, 60), to: after(hour, 360) }],
      {
        expect: { ...BILLED, alarms: ["submit-runs-missing"] },
      },
    ),
    struck(
      "no schedule invokes anything for five hours",
      [{ name: "schedule-skips", from: after(hour, 60), to: after(hour, 360) }],
      { expect: { ...BILLED, alarms: ["submit-runs-missing", "verify-runs-missing"] } },
    ),
    struck(
      "all of it together",
      [
        twice,
        { name: "throttled", service: "dynamodb", probability: 0.004, ...during },
        { name: "answer-lost", service: "dynamodb", probability: 0.004, ...during },
        { name: "condition-lost", service: "dynamodb", probability: 0.05, ...during },
        { name: "process-death", probability: 0.001, ...during },
        { name: "process-death", when: "after", probability: 0.001, ...during },
        { name: "index-missing", minutes: 5, from: during.from, to: during.to },
        { name: "delivered-twice", probability: 0.3, ...during },
        { name: "out-of-order", probability: 0.3, ...during },
        { name: "trail-late", minutes: 30, probability: 0.5, ...during },
        { name: "trail-duplicated", probability: 0.3, ...during },
        { name: "clock-ahead", function: "submit", host: 0, milliseconds: 60_000 },
        {
          name: "metering-api",
          fault: { name: "answer-lost", probability: 0.2, count: "always", from: during.from, to: during.to },
        },
        {
          name: "metering-api",
          fault: {
            name: "unprocessed",
            records: 2,
            probability: 0.2,
            count: "always",
            from: during.from,
            to: during.to,
          },
        },
        {
          name: "metering-api",
          fault: {
            name: "exception",
            exception: "ThrottlingException",
            probability: 0.2,
            count: "always",
            from: during.from,
            to: during.to,
          },
        },
      ],
      { prepare: allowTwo, identicalResend: "DuplicateRecord" },
    ),
  ],
};
