// What goes wrong in the seller's own account: ledger, queue, functions, clocks, schedules, evidence.
import type { World } from "../../demo/world.ts";
import type { Fault } from "../../faults/fault.ts";
import {
  after,
  customerBuyer,
  type Family,
  licenseBuyer,
  type Scenario,
  type Sent,
  times,
  use,
  useLate,
} from "../scenario.ts";

// Verification runs each hour at this minute, when usage is sent too: it is never skipped.
const start = "2026-11-23T09:40:00Z";
const hour = "2026-11-23T10:00:00Z";

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
const BILLED = { billed: "95", waiting: "1.3" };

/** Two hours and a half of a fault, in the middle of six hours of usage. */
const during = { from: after(hour, 60), to: after(hour, 210), count: "always" } as const;

const struck = (name: string, faults: Fault[], more: Partial<Scenario> = {}): Scenario => ({
  name,
  start,
  usage: sixHours,
  faults,
  expect: BILLED,
  ...more,
});

const death = (what: string, more: Partial<Extract<Fault, { name: "process-death" }>>) =>
  struck(`every function may die ${what} any call`, [{ name: "process-death", probability: 0.02, ...during, ...more }]);

/** Lets two submitters run at once, although the function reserves concurrency for one. */
const allowTwo = ({ account, outputs }: World) => {
  for (const target of account.state.functions.values())
    if (target.name === outputs.submitFunctionName) delete target.reservedConcurrency;
};

const twice = { name: "schedule-twice", function: "submit" } as const;

export const accountFaults: Family = {
  title: "The seller's own account fails",
  scenarios: [
    struck("six hours in which nothing goes wrong", [], { expect: { ...BILLED, isQuiet: true } }),
    struck("DynamoDB throttles one call in five", [
      { name: "throttled", service: "dynamodb", probability: 0.2, ...during },
    ]),
    struck("DynamoDB answers one call in five with HTTP 500", [
      { name: "error-500", service: "dynamodb", probability: 0.2, ...during },
    ]),
    struck("DynamoDB acts, and one answer in five is lost", [
      { name: "answer-lost", service: "dynamodb", probability: 0.2, ...during },
    ]),
    struck("DynamoDB times out before it acts", [
      { name: "timeout", service: "dynamodb", probability: 0.2, ...during },
    ]),
    struck("DynamoDB times out after it acted", [
      { name: "timeout", when: "after", service: "dynamodb", probability: 0.2, ...during },
    ]),
    struck("writes are made twice by the SDK, and their condition is lost", [
      { name: "condition-lost", service: "dynamodb", probability: 0.5, ...during },
    ]),
    struck("the indexes miss what changed in the last 20 minutes", [
      { name: "index-missing", minutes: 20, from: during.from, to: during.to },
    ]),
    struck("the indexes still list what was gone for 20 minutes", [
      { name: "index-stale", minutes: 20, from: during.from, to: during.to },
    ]),
    struck("indexes of three items a page", [{ name: "short-pages", items: 3 }]),
    death("before", {}),
    death("after", { when: "after" }),
    struck("the submitter is killed at its time limit, after the send", [
      { name: "slow", milliseconds: 960_000, service: "metering", when: "after", count: 3 },
    ]),
    struck("the submitter is killed at its time limit, before an outcome is written", [
      { name: "slow", milliseconds: 960_000, service: "dynamodb", function: "submit", holds: '"accepted"', count: 3 },
    ]),
    struck("ingest is killed at its time limit, in the middle of its writes", [
      {
        name: "slow",
        milliseconds: 45_000,
        service: "dynamodb",
        function: "ingest",
        command: "PutItem",
        nth: 5,
        count: 5,
      },
    ]),
    struck("every message is delivered twice", [{ name: "delivered-twice", ...during }]),
    struck("messages come out of order, half of them minutes later", [{ name: "out-of-order", ...during }]),
    struck("the answers of ingest are lost", [{ name: "queue-answer-lost", probability: 0.5, ...during }]),
    struck("half of the messages cannot be deleted", [{ name: "partial-failure", ...during }]),
    struck("S3 fails for two hours and a half", [
      { name: "error-500", service: "s3", probability: 0.5, ...during },
      { name: "throttled", service: "s3", ...during },
    ]),
    struck("CloudTrail delivers 90 minutes late", [{ name: "trail-late", minutes: 90, ...during }]),
    struck("CloudTrail delivers every event twice", [{ name: "trail-duplicated", ...during }]),
    struck("CloudTrail loses every event", [{ name: "trail-missing", ...during }]),
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
