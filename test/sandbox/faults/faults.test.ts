import { deepEqual, equal, rejects } from "node:assert/strict";
import type { Message } from "@aws-sdk/client-sqs";
import type { FunctionCall } from "../../../sandbox/account/lambda/environment.ts";
import { randomOf } from "../../../sandbox/account/random.ts";
import type { Fault } from "../../../sandbox/faults/fault.ts";
import { createFaults } from "../../../sandbox/faults/faults.ts";
import type { Fault as ApiFault } from "../../../sandbox/metering/faults.ts";

const start = Date.parse("2026-11-23T10:00:00Z");

/** Faults on a clock of the test's own, and a function that calls a service through them. */
function armed(...faults: Fault[]) {
  const time = { now: start };
  const atService: ApiFault[] = [];
  const log: string[] = [];
  const all = createFaults(randomOf("test"), {
    now: () => time.now,
    injectMetering: (fault) => void atService.push(fault),
    clearMetering: () => void atService.splice(0),
  });
  all.inject(...faults);
  const call = (parts: Partial<FunctionCall> = {}, answer: object = { done: true }) => {
    const whole: FunctionCall = {
      service: "dynamodb",
      command: "UpdateItem",
      input: {},
      functionName: "metering-submit-1234567",
      requestId: "1",
      now: () => time.now,
      sleep: async (milliseconds) => {
        log.push("sleeps");
        time.now += milliseconds;
      },
      kill: () => {
        log.push("dies");
        return Promise.reject(new Error("dead"));
      },
      ...parts,
    };
    return all.interference.intercept(whole, async () => {
      log.push("acts");
      return answer;
    });
  };
  return { ...all, time, log, atService, call };
}

const messages = (count: number): Message[] => Array.from({ length: count }, (_, n) => ({ MessageId: `m${n}` }));
const handedIds = ({ handed }: { handed: Message[] }) => handed.map(({ MessageId }) => MessageId);

describe("a fault of a call", () => {
  it("keeps the service from acting, and fails as the service would", async () => {
    const { call, log } = armed(
      { name: "throttled" },
      { name: "error-500" },
      { name: "timeout" },
      { name: "access-denied" },
    );
    await rejects(call(), { name: "ProvisionedThroughputExceededException", $fault: "client" });
    await rejects(call(), { name: "InternalServerError", $fault: "server" });
    await rejects(call(), { name: "TimeoutError" });
    await rejects(call(), { name: "AccessDeniedException" });
    deepEqual(log, []);
    deepEqual(await call(), { done: true });
  });

  it("fails after the service acted, where it says so", async () => {
    const { call, log } = armed(
      { name: "answer-lost" },
      { name: "error-500", when: "after" },
      { name: "timeout", when: "after" },
    );
    await rejects(call(), { code: "ECONNRESET" });
    await rejects(call(), { name: "InternalServerError" });
    await rejects(call(), { name: "TimeoutError" });
    deepEqual(log, ["acts", "acts", "acts"]);
  });

  it("has the SDK's second try answered, whose condition no longer holds", async () => {
    const { call, log } = armed({ name: "condition-lost" });
    await call();
    deepEqual(log, ["acts", "acts"]);
  });

  it("ends the process before or after the call", async () => {
    const { call, log } = armed({ name: "process-death" }, { name: "process-death", when: "after" });
    await rejects(call(), { message: "dead" });
    await rejects(call(), { message: "dead" });
    deepEqual(log, ["dies", "acts", "dies"]);
  });

  it("takes its time before or after the call", async () => {
    const { call, log, time } = armed(
      { name: "slow", milliseconds: 1000 },
      { name: "slow", milliseconds: 500, when: "after" },
    );
    await call();
    await call();
    deepEqual(log, ["sleeps", "acts", "acts", "sleeps"]);
    equal(time.now, start + 1500);
  });

  it("strikes only calls that match, from the nth on, as often as it is told, in its time", async () => {
    const { call, time, struck } = armed({
      name: "throttled",
      service: "dynamodb",
      command: "PutItem",
      function: "ingest",
      holds: '"claim"',
      nth: 2,
      count: 2,
      from: "2026-11-23T11:00:00Z",
      to: "2026-11-23T12:00:00Z",
    });
    const matching = { command: "PutItem", functionName: "metering-ingest-1", input: { Item: { sk: { S: "claim" } } } };
    for (let n = 0; n < 3; n++) await call(matching);
    time.now = Date.parse("2026-11-23T11:00:00Z");
    for (const other of [
      { command: "GetItem" },
      { functionName: "metering-submit-1" },
      { input: {} },
      { service: "s3" as const },
    ])
      await call({ ...matching, ...other });
    await call(matching);
    await rejects(call(matching));
    await rejects(call(matching));
    await call(matching);
    deepEqual(struck, { throttled: 2 });
  });

  it("is drawn by lot, the same lots for the same seed", async () => {
    const draw = async () => {
      const { call, struck } = armed({ name: "throttled", probability: 0.3, count: "always" });
      for (let n = 0; n < 100; n++) await call().catch(() => {});
      return struck.throttled;
    };
    equal(await draw(), await draw());
    equal(((await draw()) ?? 0) > 15 && ((await draw()) ?? 100) < 45, true);
  });

  it("is of S3's own kind for S3", async () => {
    const { call } = armed({ name: "throttled", service: "s3" });
    await rejects(call({ service: "s3", command: "GetObject" }), { name: "SlowDown" });
  });

  it("is gone when all faults are taken back", async () => {
    const { call, clear, interference } = armed(
      { name: "throttled", count: "always" },
      { name: "clock-ahead", milliseconds: 5 },
    );
    clear();
    deepEqual(await call(), { done: true });
    equal(interference.clockAhead("metering-submit", 0), 0);
  });
});

describe("a fault of an index", () => {
  const entry = (n: number) => ({
    pk: { S: `p${n}` },
    sk: { S: "record" },
    dueShard: { S: "0" },
    due: { S: `send#${n}` },
  });
  const listing = (items: object[]) => ({ Items: items });
  const query = (from = "send#", to = "send#~") => ({
    command: "Query",
    input: {
      IndexName: "due",
      ExpressionAttributeNames: { "#hash": "dueShard", "#range": "due" },
      ExpressionAttributeValues: { ":hash": { S: "0" }, ":from": { S: from }, ":to": { S: to } },
    },
  });

  it("leaves out what was written in the last minutes, and lists it later", async () => {
    const { call, time } = armed({ name: "index-missing", minutes: 10 });
    await call({ command: "UpdateItem", input: { Key: { pk: { S: "p1" }, sk: { S: "record" } } } });
    deepEqual(await call(query(), listing([entry(1), entry(2)])), listing([entry(2)]));
    time.now += 10 * 60_000 + 1;
    deepEqual(await call(query(), listing([entry(1), entry(2)])), listing([entry(1), entry(2)]));
  });

  it("still lists what is gone, for the minutes it is told, and only where the query's range would have it", async () => {
    const { call, time } = armed({ name: "index-stale", minutes: 10 });
    await call(query(), listing([entry(1), entry(2)]));
    time.now += 60_000;
    deepEqual(await call(query(), listing([entry(2)])), listing([entry(2), entry(1)]));
    deepEqual(await call(query("send#2"), listing([entry(2)])), listing([entry(2)]));
    time.now += 11 * 60_000;
    deepEqual(await call(query(), listing([])), listing([]));
  });

  it("is of one index alone where it names one, and never of the table", async () => {
    const { call } = armed({ name: "index-missing", minutes: 10, index: "hours" });
    await call({ command: "PutItem", input: { Item: entry(1) } });
    deepEqual(await call(query(), listing([entry(1)])), listing([entry(1)]));
    deepEqual(await call({ command: "Query", input: {} }, listing([entry(1)])), listing([entry(1)]));
  });

  it("can make pages short", async () => {
    const { call } = armed({ name: "short-pages", items: 3 });
    const asked = query();
    await call(asked, listing([]));
    equal((asked.input as { Limit?: number }).Limit, 3);
  });
});

describe("a fault of the queue", () => {
  const deliver = (...faults: Fault[]) => armed(...faults).interference.deliver("usage", messages(6));

  it("delivers again what was processed", () => {
    for (const name of ["delivered-twice", "queue-answer-lost"] as const) {
      const delivery = deliver({ name });
      deepEqual(handedIds(delivery), ["m0", "m1", "m2", "m3", "m4", "m5"]);
      equal(delivery.kept.size, 6);
    }
  });

  it("keeps half of the messages back, and shuffles the others", () => {
    const { handed, kept } = deliver({ name: "out-of-order" });
    equal(handed.length, 3);
    equal(kept.size, 0);
  });

  it("fails to delete half of them", () => {
    const { handed, kept } = deliver({ name: "partial-failure" });
    equal(handed.length, 6);
    equal(kept.size, 3);
  });

  it("strikes one batch unless it says otherwise", () => {
    const { interference } = armed({ name: "delivered-twice" });
    interference.deliver("usage", messages(1));
    equal(interference.deliver("usage", messages(1)).kept.size, 0);
  });
});

describe("a fault of CloudTrail, a clock, a schedule or the metering API", () => {
  it("loses, doubles or delays events", () => {
    deepEqual(armed({ name: "trail-missing" }).fate(start), { copies: 0, late: 0 });
    deepEqual(armed({ name: "trail-duplicated" }).fate(start), { copies: 2, late: 0 });
    deepEqual(armed({ name: "trail-late", minutes: 90 }).fate(start), { copies: 1, late: 90 * 60_000 });
    deepEqual(armed().fate(start), { copies: 1, late: 0 });
  });

  it("sets apart the clocks of hosts, for a time", () => {
    const { interference, time } = armed(
      { name: "clock-ahead", function: "submit", host: 1, milliseconds: 60_000 },
      { name: "clock-ahead", milliseconds: -1000, from: "2026-11-23T11:00:00Z" },
    );
    const ahead = () => [
      interference.clockAhead("x-submit-1", 0),
      interference.clockAhead("x-submit-1", 1),
      interference.clockAhead("x-ingest-1", 1),
    ];
    deepEqual(ahead(), [0, 60_000, 0]);
    time.now = Date.parse("2026-11-23T11:00:00Z");
    deepEqual(ahead(), [-1000, 59_000, -1000]);
  });

  it("has a schedule skip, or invoke twice", () => {
    const { interference, time } = armed(
      { name: "schedule-skips", function: "submit", to: "2026-11-23T11:00:00Z" },
      { name: "schedule-twice", function: "submit" },
    );
    equal(interference.invocations("x-submit-1"), 0);
    equal(interference.invocations("x-verify-1"), 1);
    time.now = Date.parse("2026-11-23T11:00:00Z");
    equal(interference.invocations("x-submit-1"), 2);
  });

  it("is handed to the metering service", () => {
    const fault: ApiFault = { name: "http-500" };
    deepEqual(armed({ name: "metering-api", fault }).atService, [fault]);
  });
});
