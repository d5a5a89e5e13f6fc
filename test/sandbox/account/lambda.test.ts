import { deepEqual, equal, rejects } from "node:assert/strict";
import type { Account } from "../../../sandbox/account/account.ts";
import type { Intercept } from "../../../sandbox/account/lambda/environment.ts";
import { inAccount, iso, load, makeFunction, ms, sdk } from "./support.ts";

/** An account with one function, by its name. */
function withFunction(
  source: string,
  use: (account: Account, name: string) => Promise<void>,
  { args = {}, intercept }: { args?: object; intercept?: Intercept } = {},
): Promise<void> {
  return inAccount(
    async (account) => {
      const { name } = await account.deploy(async () => {
        const { lambda } = makeFunction("worker", source, { ...(await load()), statements: [readTable], args });
        return { name: lambda.name };
      });
      await use(account, name as string);
    },
    intercept ? { intercept } : {},
  );
}

const readTable = { Effect: "Allow" as const, Action: "dynamodb:DescribeTable", Resource: "*" };
/** Asks for a table that is not there, twice, and says what came of it. */
const asksTwice = `
  import { DescribeTableCommand } from ${sdk("dynamodb")};
  const ask = (dynamodb) => dynamodb.send(new DescribeTableCommand({ TableName: "nothing" })).then(() => "there", ({ name }) => name);
  export const create = ({ dynamodb, console }) => async () => {
    const answers = [await ask(dynamodb)];
    console.log("between");
    answers.push(await ask(dynamodb));
    return answers;
  };`;

describe("a function in the account", () => {
  it("gets its variables, AWS's own, the event, a context, and a clock that is the account's", () =>
    withFunction(
      `export const create = ({ environment, clock, random }) => async (event, context) => {
        await clock.sleep(1500);
        const { AWS_REGION, AWS_LAMBDA_FUNCTION_NAME, LAMBDA_TASK_ROOT, COLOR } = environment;
        return { event, AWS_REGION, AWS_LAMBDA_FUNCTION_NAME, COLOR, now: clock.now(), draw: random(), root: import.meta.filename === LAMBDA_TASK_ROOT + "/index.mjs",
          left: context.getRemainingTimeInMillis(), id: context.awsRequestId, name: context.functionName };
      };`,
      async (account, name) => {
        const outcome = await account.invoke(name, { a: 1, lost: undefined });
        deepEqual(outcome, {
          status: "succeeded",
          value: {
            event: { a: 1 },
            AWS_REGION: "us-east-1",
            AWS_LAMBDA_FUNCTION_NAME: name,
            COLOR: "blue",
            now: ms("2026-11-23T10:00:01.500Z"),
            draw: (outcome as { value: { draw: number } }).value.draw,
            root: true,
            left: 28_500,
            id: account.invocations[0]?.requestId,
            name,
          },
        });
        deepEqual(
          account.invocations.map(({ startedAt, endedAt }) => [iso(startedAt), iso(endedAt)]),
          [["2026-11-23T10:00:00.000Z", "2026-11-23T10:00:01.500Z"]],
        );
      },
      { args: { environment: { variables: { COLOR: "blue" } } } },
    ));

  it("leaves nothing due behind when it has ended", () =>
    withFunction("export const create = () => async () => {};", async (account, name) => {
      await account.invoke(name, {});
      await rejects(
        account.runUntil(() => false, account.clock.now()),
        { message: /nothing is due any more/ },
      );
    }));

  it("fails with what it throws, which counts as an error", () =>
    withFunction(
      `export const create = () => async () => { throw new TypeError("broken"); };`,
      async (account, name) => {
        const outcome = await account.invoke(name, {});
        equal(outcome.status, "failed");
        equal((outcome as { errorType: string }).errorType, "TypeError");
        deepEqual(
          account.metrics.map(({ namespace, name, value }) => [namespace, name, value]),
          [
            ["AWS/Lambda", "Invocations", 1],
            ["AWS/Lambda", "Errors", 1],
            ["AWS/Lambda", "Duration", 0],
          ],
        );
      },
    ));

  it("is killed at its time limit: what its code still does reaches nothing", () =>
    withFunction(
      `export const create = ({ clock, console }) => async () => { console.log("a"); await clock.sleep(3001); console.log("b"); globalThis.ranOn = true; };`,
      async (account, name) => {
        const outcome = await account.invoke(name, {});
        deepEqual(outcome, {
          status: "failed",
          errorType: "Sandbox.Timedout",
          errorMessage: `RequestId: ${account.invocations[0]?.requestId} Error: Task timed out after 3.00 seconds`,
        });
        await account.runUntil(ms("2026-11-23T11:00:00Z"));
        deepEqual(
          account.logs.map(({ line }) => line.split(":")[0]),
          ["a", "Sandbox.Timedout"],
        );
        equal("ranOn" in globalThis, false);
      },
      { args: { timeout: 3 } },
    ));

  it("keeps one environment for one invocation after the other, and gets a new one after a crash", () =>
    withFunction(
      `export const create = ({ clock }) => { let count = 0; return async ({ sleep }) => { await clock.sleep(sleep); return ++count; }; };`,
      async (account, name) => {
        const count = async (sleep: number) => {
          const outcome = await account.invoke(name, { sleep });
          return outcome.status === "succeeded" ? outcome.value : outcome.status;
        };
        deepEqual([await count(0), await count(1), await count(60_000), await count(0)], [1, 2, "failed", 1]);
      },
    ));

  it("keeps what it logs, with the metric values in it", () =>
    withFunction(
      `export const create = ({ console }) => async () => {
        console.warn("one\\ntwo");
        console.log(JSON.stringify({ _aws: { Timestamp: 1, CloudWatchMetrics: [{ Namespace: "Shop", Dimensions: [["service"], []], Metrics: [{ Name: "Sold", Unit: "Count" }, { Name: "Absent" }] }] }, service: "till", Sold: [2, 3] }));
      };`,
      async (account, name) => {
        await account.invoke(name, {});
        const { requestId } = account.invocations[0] ?? {};
        deepEqual(account.logs[0], {
          time: ms("2026-11-23T10:00:00Z"),
          group: `/aws/lambda/${name}`,
          functionName: name,
          requestId,
          line: "one\ntwo",
          delivered: true,
        });
        const value = { namespace: "Shop", name: "Sold", unit: "Count", time: ms("2026-11-23T10:00:00Z") };
        deepEqual(
          account.metrics.filter(({ namespace }) => namespace === "Shop"),
          [
            { ...value, value: 2, dimensions: { service: "till" } },
            { ...value, value: 3, dimensions: { service: "till" } },
            { ...value, value: 2, dimensions: {} },
            { ...value, value: 3, dimensions: {} },
          ],
        );
      },
    ));

  it("loses its log and its metrics when its role may not write the log group", () =>
    withFunction(
      `export const create = ({ console }) => async () => console.log('{"_aws":{"CloudWatchMetrics":[{"Namespace":"Shop","Dimensions":[[]],"Metrics":[{"Name":"Sold"}]}]},"Sold":1}');`,
      async (account, name) => {
        for (const role of account.state.roles.values()) role.inline.clear();
        await account.invoke(name, {});
        deepEqual(
          account.logs.map(({ delivered }) => delivered),
          [false],
        );
        deepEqual(
          account.metrics.filter(({ namespace }) => namespace === "Shop"),
          [],
        );
      },
    ));

  it("cannot run without a create that makes its handler, and says so", () =>
    withFunction("export const handler = async () => {};", async (account, name) => {
      const outcome = await account.invoke(name, {});
      equal(outcome.status, "failed");
      equal(
        (outcome as { errorMessage: string }).errorMessage.split("\n")[0],
        `Error: Function ${name} cannot run in the sandbox: index.mjs exports no create(dependencies) that makes its handler.`,
      );
    }));

  it("is named in the error when there is no such function", () =>
    withFunction("export const create = () => async () => {};", async (account, name) => {
      await rejects(account.invoke("other", {}), { message: `There is no function other: there are ${name}.` });
    }));
});

describe("what stands around a function's calls", () => {
  it("sees each call, and can answer in its place or after it", async () => {
    const seen: unknown[] = [];
    const intercept: Intercept = async ({ service, command, input, functionName, now }, next) => {
      seen.push([service, command, input, functionName.split("-")[0], iso(now())]);
      if (seen.length === 1) return {};
      await next().catch(() => {});
      throw Object.assign(new Error("answer lost"), { name: "TimeoutError" });
    };
    await withFunction(
      asksTwice,
      async (account, name) => {
        deepEqual(await account.invoke(name, {}), { status: "succeeded", value: ["there", "TimeoutError"] });
      },
      { intercept },
    );
    const call = ["dynamodb", "DescribeTable", { TableName: "nothing" }, "worker", "2026-11-23T10:00:00.000Z"];
    deepEqual(seen, [call, call]);
  });

  it("can make a call slow, in virtual time", () =>
    withFunction(
      asksTwice,
      async (account, name) => {
        deepEqual(await account.invoke(name, {}), {
          status: "succeeded",
          value: ["ResourceNotFoundException", "ResourceNotFoundException"],
        });
        equal(iso(account.clock.now()), "2026-11-23T10:00:08.000Z");
      },
      {
        intercept: async ({ sleep }, next) => {
          await sleep(4000);
          return next();
        },
      },
    ));

  for (const when of ["before", "after"]) {
    it(`can kill the function ${when} a call: nothing of it runs on`, () =>
      withFunction(
        asksTwice,
        async (account, name) => {
          deepEqual(await account.invoke(name, {}), {
            status: "failed",
            errorType: "Runtime.ExitError",
            errorMessage: `RequestId: ${account.invocations[0]?.requestId} Error: Runtime exited without providing a reason`,
          });
          deepEqual(
            account.logs.map(({ line }) => line.split(":")[0]),
            ["Runtime.ExitError"],
          );
        },
        {
          intercept: async ({ kill }, next) => {
            if (when === "after") await next().catch(() => {});
            return kill();
          },
        },
      ));
  }
});
