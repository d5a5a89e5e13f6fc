import { deepEqual, equal, rejects } from "node:assert/strict";
import type { Account } from "../../../sandbox/account/account.ts";
import { inAccount, iso, load, makeFunction, ms, trust } from "./support.ts";

/** Sleeps as long as a variable says, then fails if one says so. */
const source = `export const create = ({ environment, clock }) => async () => {
  await clock.sleep(Number(environment.SLEEP ?? 0));
  if (environment.FAIL) throw new Error("broken");
};`;

interface Setup {
  rate: string;
  variables?: Record<string, string>;
  reserved?: number;
  asynchronous?: { maximumEventAgeInSeconds?: number; maximumRetryAttempts?: number };
  schedule?: object;
  mayInvoke?: boolean;
}

async function deploySchedule(
  account: Account,
  { rate, variables = {}, reserved = -1, asynchronous, schedule = {}, mayInvoke = true }: Setup,
) {
  await account.deploy(async () => {
    const { aws, pulumi } = await load();
    const args = { environment: { variables }, reservedConcurrentExecutions: reserved, timeout: 900 };
    const { lambda } = makeFunction("worker", source, { aws, pulumi, args });
    const role = new aws.iam.Role("timer", { assumeRolePolicy: trust("scheduler.amazonaws.com") });
    new aws.iam.RolePolicy("timer", {
      role: role.name,
      policy: {
        Version: "2012-10-17",
        Statement: [{ Effect: mayInvoke ? "Allow" : "Deny", Action: "lambda:InvokeFunction", Resource: lambda.arn }],
      },
    });
    if (asynchronous)
      new aws.lambda.FunctionEventInvokeConfig("worker", { functionName: lambda.name, ...asynchronous });
    new aws.scheduler.Schedule("timer", {
      scheduleExpression: rate,
      flexibleTimeWindow: { mode: "OFF" },
      target: { arn: lambda.arn, roleArn: role.arn },
      ...schedule,
    });
  });
}

const starts = ({ invocations }: Account) => invocations.map(({ startedAt }) => iso(startedAt).slice(11, 19));
const sumOf = ({ metrics }: Account, metric: string) =>
  metrics.filter(({ name }) => name === metric).reduce((sum, { value }) => sum + value, 0);

describe("a schedule", () => {
  it("invokes at once and then at its rate, skipping idle hours in no wall time", () =>
    inAccount(async (account) => {
      await deploySchedule(account, { rate: "rate(20 minutes)" });
      await account.runUntil(ms("2026-11-23T11:00:00Z"));
      deepEqual(starts(account), ["10:00:00", "10:20:00", "10:40:00", "11:00:00"]);
    }));

  it("keeps to its start date's rhythm and makes up for no run before it existed", () =>
    inAccount(async (account) => {
      await deploySchedule(account, { rate: "rate(1 hour)", schedule: { startDate: "2026-11-23T07:30:00Z" } });
      await account.runUntil(ms("2026-11-23T12:00:00Z"));
      deepEqual(starts(account), ["10:30:00", "11:30:00"]);
    }));

  it("misses what it would invoke in a stretch that is idled through, and keeps its rhythm", () =>
    inAccount(async (account) => {
      await deploySchedule(account, { rate: "rate(20 minutes)" });
      await account.runUntil(ms("2026-11-23T10:30:00Z"));
      await account.idleUntil(ms("2026-11-23T11:30:00Z"));
      await account.runUntil(ms("2026-11-23T12:00:00Z"));
      deepEqual(starts(account), ["10:00:00", "10:20:00", "11:40:00", "12:00:00"]);
    }));

  it("stays silent while it is switched off, and goes on in its rhythm afterwards", () =>
    inAccount(async (account) => {
      await deploySchedule(account, { rate: "rate(20 minutes)" });
      const [schedule] = account.state.schedules;
      const turn = (on: boolean) => Object.assign(schedule ?? {}, { enabled: on });
      await account.runUntil(ms("2026-11-23T10:10:00Z"));
      turn(false);
      await account.runUntil(ms("2026-11-23T10:50:00Z"));
      turn(true);
      await account.runUntil(ms("2026-11-23T11:10:00Z"));
      deepEqual(starts(account), ["10:00:00", "11:00:00"]);
    }));

  it("stays silent while it is disabled", () =>
    inAccount(async (account) => {
      await deploySchedule(account, { rate: "rate(1 hour)", schedule: { state: "DISABLED" } });
      await account.runUntil(ms("2026-11-23T12:00:00Z"));
      deepEqual(starts(account), []);
    }));

  it("stops the run when its role may not invoke the function", () =>
    inAccount(async (account) => {
      await deploySchedule(account, { rate: "rate(1 hour)", mayInvoke: false });
      await rejects(account.runUntil(ms("2026-11-23T11:00:00Z")), {
        message: /^Schedule timer-[0-9a-f]{7} may not invoke worker-[0-9a-f]{7}: its role .* does not let it\.$/,
      });
    }));

  it("is refused with an expression that is not emulated", () =>
    inAccount(async (account) => {
      await rejects(deploySchedule(account, { rate: "cron(0 * * * ? *)" }), {
        message: `Schedule "timer" is cron(0 * * * ? *): only rate(…) of whole minutes, hours or days is emulated.`,
      });
    }));
});

describe("asynchronous invocation", () => {
  it("repeats a failed event after one minute and after two more, then drops it", () =>
    inAccount(async (account) => {
      await deploySchedule(account, { rate: "rate(1 day)", variables: { FAIL: "yes" } });
      await account.runUntil(ms("2026-11-23T12:00:00Z"));
      deepEqual(starts(account), ["10:00:00", "10:01:00", "10:03:00"]);
      equal(sumOf(account, "AsyncEventsDropped"), 1);
    }));

  it("repeats nothing where the function's configuration says so", () =>
    inAccount(async (account) => {
      const asynchronous = { maximumRetryAttempts: 0 };
      await deploySchedule(account, { rate: "rate(1 hour)", variables: { FAIL: "yes" }, asynchronous });
      await account.runUntil(ms("2026-11-23T11:30:00Z"));
      deepEqual(starts(account), ["10:00:00", "11:00:00"]);
      equal(sumOf(account, "AsyncEventsDropped"), 2);
    }));

  it("never runs more at once than is reserved: events wait until they are too old", () =>
    inAccount(async (account) => {
      const asynchronous = { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 0 };
      await deploySchedule(account, {
        rate: "rate(5 minutes)",
        variables: { SLEEP: "780000" },
        reserved: 1,
        asynchronous,
      });
      await account.runUntil(ms("2026-11-23T10:29:59Z"));
      // The runs of 10:05 and 10:10 find the first at work for over a minute; that of 10:15 does not.
      deepEqual(starts(account), ["10:00:00", "10:15:00"]);
      equal(sumOf(account, "AsyncEventsDropped"), 4);
      equal(sumOf(account, "Throttles"), 24);
    }));

  it("runs side by side what nothing is reserved for", () =>
    inAccount(async (account) => {
      await deploySchedule(account, { rate: "rate(5 minutes)", variables: { SLEEP: "780000" } });
      await account.runUntil(ms("2026-11-23T10:23:00Z"));
      deepEqual(
        account.invocations.map(({ startedAt, endedAt }) => [iso(startedAt).slice(14, 19), iso(endedAt).slice(14, 19)]),
        [
          ["00:00", "13:00"],
          ["05:00", "18:00"],
          ["10:00", "23:00"],
        ],
      );
    }));
});
