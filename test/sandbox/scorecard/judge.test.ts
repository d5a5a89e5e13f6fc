import { deepEqual } from "node:assert/strict";
import type { Billed, World } from "../../../sandbox/demo/world.ts";
import { runScenario } from "../../../sandbox/scorecard/run.ts";
import { type Scenario, use, useLate } from "../../../sandbox/scorecard/scenario.ts";

const start = "2026-11-23T09:50:00Z";
const meter = "analytics|license=111122223333@arn:aws:license-manager:us-east-1:294406891311:license:l-0001|ApiCalls";

/** Ten units that are billed, and a verdict on what is made of it. */
const ten: Scenario = { name: "ten units", start, usage: () => [use("evt", "2026-11-23T10:30:00Z", 10)] };

/** Three units in time, and two that come too late. */
const tooLate: Scenario = {
  name: "too late",
  start,
  usage: () => [
    use("in-time", "2026-11-23T10:30:00Z", 3),
    useLate("late", "2026-11-23T10:40:00Z", "2026-11-25T12:00:00Z", 2),
  ],
  expect: { expired: "2" },
};

/** Has the metering service's books say something else. */
const books = (change: (billed: Billed[]) => Billed[]) => (world: World) => {
  const { billed } = world;
  Object.assign(world, { billed: () => change(billed()) });
};

const problemsOf = async (scenario: Scenario) => (await runScenario(scenario)).problems;

describe("the verdict on a scenario", () => {
  it("is green when all is billed, or told with its quantity, its reason and an alarm", async () => {
    deepEqual(await problemsOf(ten), []);
    deepEqual(await problemsOf(tooLate), []);
  });

  it("takes of several events with one id the first for used", async () => {
    const second = { ...use("evt", "2026-11-23T10:31:00Z", 12) };
    const usage = () => [...ten.usage(), second];
    deepEqual(await problemsOf({ ...ten, usage, expect: { billed: "10", rejected: 1 } }), []);
  });

  it("is red when AWS billed more than was used", async () => {
    const doubled = books((billed) => billed.map((line) => ({ ...line, quantity: String(2 * Number(line.quantity)) })));
    deepEqual(await problemsOf({ ...ten, prepare: doubled }), [
      "billed twice: 10 units, 0 hours",
      `${meter}: used 10 is not billed 20 and explained 0`,
      `${meter} 2026-11-23T10: accepted, and AWS holds 20`,
    ]);
  });

  it("is red when a unit is neither billed nor explained", async () => {
    deepEqual(await problemsOf({ ...ten, prepare: books(() => []) }), [
      `${meter}: used 10 is not billed 0 and explained 0`,
      `${meter} 2026-11-23T10: accepted, and AWS holds nothing`,
    ]);
  });

  it("is red when what had to be rejected is counted and billed", async () => {
    const strange = { ...use("other", "2026-11-23T10:31:00Z", 5), isRejected: true };
    deepEqual(await problemsOf({ ...ten, usage: () => [...ten.usage(), strange] }), [
      "billed twice: 5 units, 0 hours",
      `${meter}: used 10 is not billed 15 and explained 0`,
      `${meter}: used 10, counted 15`,
    ]);
  });

  it("is red when AWS billed what stands as refused", async () => {
    const faults: Scenario["faults"] = [
      {
        name: "metering-api",
        fault: { name: "status", status: "CustomerNotSubscribed", when: "after", count: "always" },
      },
    ];
    deepEqual(await problemsOf({ ...ten, faults, expect: { refused: "10" } }), [
      `${meter}: used 10 is not billed 10 and explained 10`,
      `${meter} 2026-11-23T10: refused, and AWS holds 10`,
    ]);
  });

  it("is red when a record was sent a second time with something else in it", async () => {
    const happenings: Scenario["happenings"] = [
      {
        at: Date.parse("2026-11-23T12:00:00Z"),
        act: ({ metering }) => {
          const [call] = metering.calls;
          const [record] = call?.request?.UsageRecords ?? [];
          const request = { UsageRecords: [{ ...record, Timestamp: 1795429801 }] };
          (metering.calls as object[]).push({ ...call, request });
        },
      },
    ];
    const problems = await problemsOf({ ...ten, happenings });
    const buyer = "arn:aws:license-manager:us-east-1:294406891311:license:l-0001 111122223333";
    deepEqual(problems, [`${buyer} ApiCalls 2026-11-23T10: was not the same each time that it was sent`]);
  });

  it("is red when unbilled usage fired no alarm", async () => {
    const silence = ({ account }: World) => account.state.alarms.splice(0);
    deepEqual(await problemsOf({ ...tooLate, prepare: silence }), ["2 expired, and no alarm fired for it"]);
  });

  it("is red when only verification's alarms fired, and none of the pipeline's own", async () => {
    const findingsAlone = ({ account: { state } }: World) =>
      state.alarms.splice(0, Infinity, ...state.alarms.filter(({ name }) => name.includes("findings-")));
    deepEqual(await problemsOf({ ...tooLate, prepare: findingsAlone }), ["2 expired, and no alarm fired for it"]);
  });

  it("is red when something else came than was expected, or a fault never struck", async () => {
    const scenario: Scenario = {
      ...ten,
      faults: [{ name: "trail-late", minutes: 5, nth: 1000 }],
      expect: {
        billed: "11",
        refused: "1",
        alarms: ["records-refused"],
        moved: { late: "1" },
        problems: () => ["it was too slow"],
      },
    };
    deepEqual(await problemsOf(scenario), [
      "refused is 0, and 1 was expected",
      "billed is 10, and 11 was expected",
      "the alarm records-refused did not fire",
      "the report shows 0 late, and 1 was expected",
      "the fault trail-late never struck",
      "it was too slow",
    ]);
  });

  it("is red when an alarm fired that nothing asked for", async () => {
    deepEqual(await problemsOf({ ...tooLate, expect: { expired: "2", isQuiet: true } }), [
      "alarms fired: events-expired, findings-expired",
    ]);
  });
});
