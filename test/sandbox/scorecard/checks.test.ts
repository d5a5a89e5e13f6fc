import { deepEqual } from "node:assert/strict";
import { meterProblems, recordProblems, unheldDisputes } from "../../../sandbox/scorecard/checks.ts";
import { unexpected, unmoved, untold } from "../../../sandbox/scorecard/expected.ts";
import type { HourlyRecord, RecordState } from "../../../src/ledger/records.ts";
import type { Report } from "../../../src/report/report.ts";
import { meterKey } from "../../../src/usage/buyers.ts";
import { parseStoredQuantity } from "../../../src/usage/quantity.ts";

const meter = { product: "archive", buyer: { customerIdentifier: "customer" }, dimension: "Gb" };
const key = meterKey(meter);
const hour = Date.parse("2026-11-23T10:00:00Z");
const units = (text: string) => parseStoredQuantity(text);

const record = (state: RecordState, quantity: string, more: Partial<HourlyRecord["ref"]> = {}) =>
  ({ ref: { meter, hour, ...more }, state, seal: { quantity: units(quantity) } }) as HourlyRecord;
const books = (quantity: string, at = hour) => new Map([[`${key} ${at}`, { meter: key, quantity: units(quantity) }]]);

const nothing = { opening: "0", used: "0", accepted: "0", refused: "0", expired: "0", disputed: "0", waiting: "0" };
const report = (sums: Partial<typeof nothing>, more: Partial<Report> = {}) =>
  ({ meters: [{ ...meter, ...nothing, ...sums }], findings: [], rejected: [], ...more }) as unknown as Report;
const sides = (used: string, billed: string, unheld = "0") => ({
  used: new Map([[key, units(used)]]),
  billed: new Map([[key, units(billed)]]),
  unheld: new Map([[key, units(unheld)]]),
});
const row = {
  used: "0",
  billed: "0",
  refused: "0",
  expired: "0",
  disputed: "0",
  waiting: "0",
  doubleBilled: "0",
  rejected: 0,
  alarms: [],
};

describe("the scorecard's checks of a meter", () => {
  it("find nothing where all that was used is billed or explained", () => {
    const sums = { used: "10.5", refused: "1", expired: "2", disputed: "3", waiting: "0.5" };
    deepEqual(meterProblems(report(sums), sides("10.5", "4", "3")), []);
  });

  it("find a unit that is billed and explained, and one that is neither", () => {
    for (const refused of ["3", "1"]) {
      deepEqual(meterProblems(report({ used: "10", refused }), sides("10", "8")), [
        `${key}: used 10 is not billed 8 and explained ${refused}`,
      ]);
    }
  });

  it("find what makes up for it on another meter", () => {
    const other = { ...meter, dimension: "Tb" };
    const meters = [
      { ...meter, ...nothing, used: "10" },
      { ...other, ...nothing, used: "10" },
    ] as unknown as Report["meters"];
    const used = new Map([meter, other].map((each) => [meterKey(each), units("10")]));
    const billed = new Map([
      [key, units("11")],
      [meterKey(other), units("9")],
    ]);
    deepEqual(meterProblems(report({}, { meters }), { used, billed, unheld: new Map() }), [
      `${key}: used 10 is not billed 11 and explained 0`,
      `${meterKey(other)}: used 10 is not billed 9 and explained 0`,
    ]);
  });

  it("find usage that the ledger counted twice or not at all, and an opening balance out of nowhere", () => {
    deepEqual(meterProblems(report({ used: "20", opening: "1" }), sides("10", "10")), [
      `${key}: used 10, counted 20`,
      `${key}: opens with 1`,
    ]);
    deepEqual(meterProblems(report({}, { meters: [] }), sides("10", "10")), [`${key}: used 10, counted nothing`]);
  });

  it("find a meter that nobody used, in the report or in the books alone", () => {
    const none = { used: new Map(), billed: new Map(), unheld: new Map() };
    deepEqual(meterProblems(report({ used: "1", waiting: "0.5" }), none), [
      `${key}: used 0 is not billed 0 and explained 0.5`,
      `${key}: used 0, counted 1`,
    ]);
    deepEqual(meterProblems(report({}, { meters: [] }), { ...none, billed: new Map([[key, units("5")]]) }), [
      `${key}: used 0 is not billed 5 and explained 0`,
    ]);
  });

  it("find a whole unit that still waits", () => {
    deepEqual(meterProblems(report({ used: "10", waiting: "1" }), sides("10", "9")), [`${key}: 1 still wait`]);
  });
});

describe("the scorecard's checks of a record", () => {
  it("find nothing where AWS holds what is accepted, and nothing else", () => {
    deepEqual(recordProblems([record("accepted", "5")], books("5")), []);
    for (const state of ["refused", "expired", "empty", "open"] as const)
      deepEqual(recordProblems([record(state, "5")], new Map()), []);
  });

  it("find an accepted record of which AWS holds nothing or another quantity", () => {
    deepEqual(recordProblems([record("accepted", "5")], new Map()), [
      `${key} 2026-11-23T10: accepted, and AWS holds nothing`,
    ]);
    deepEqual(recordProblems([record("accepted", "5")], books("4")), [
      `${key} 2026-11-23T10: accepted, and AWS holds 4`,
    ]);
  });

  it("find what AWS holds although it was refused, expired, or never sent", () => {
    for (const state of ["refused", "expired", "sealed", "open"] as const)
      deepEqual(recordProblems([record(state, "5")], books("5")), [`${key} 2026-11-23T10: ${state}, and AWS holds 5`]);
  });

  it("find an hour that AWS holds and the ledger does not, though a balance was written off in it", () => {
    const elsewhere = [`${key} ${hour}: AWS holds 5, and the ledger nothing`];
    deepEqual(recordProblems([], books("5")), elsewhere);
    deepEqual(recordProblems([record("expired", "5", { writeOff: true })], books("5")), elsewhere);
  });

  it("sum up of disputed records only what AWS does not hold", () => {
    const unheld = (quantity: string | undefined) =>
      unheldDisputes([record("disputed", "5"), record("refused", "7")], quantity ? books(quantity) : new Map()).get(
        key,
      );
    deepEqual(
      [unheld(undefined), unheld("2"), unheld("5"), unheld("6")],
      [units("5"), units("3"), undefined, undefined],
    );
    deepEqual(recordProblems([record("disputed", "5")], books("2")), []);
  });
});

describe("the scorecard's checks of what is told", () => {
  const finding = (kind: string, submitted: string, reason = "because") => ({ kind, submitted, reason });

  it("find nothing where each unit has its finding with a reason, and each state its alarm", () => {
    const found = [finding("refused", "1"), finding("refused", "2"), finding("unverifiable", "4")];
    const told = report({ refused: "3", disputed: "4" }, { findings: found as unknown as Report["findings"] });
    const alarms = ["records-refused", "records-disputed"];
    deepEqual(untold(told, { ...row, refused: "3", disputed: "4", alarms }), []);
  });

  it("find a state without an alarm, and one of which the report tells less or without a reason", () => {
    const findings = [finding("refused", "1"), finding("refused", "2", "")] as unknown as Report["findings"];
    deepEqual(
      untold(report({ refused: "3" }, { findings }), {
        ...row,
        refused: "3",
        alarms: ["records-expired", "findings-refused"],
      }),
      ["3 refused, and no alarm fired for it", "3 refused, and the report's findings tell of 1"],
    );
  });

  it("find what was rejected without an alarm or a reason", () => {
    const rejected = [{ reason: "", field: "id", count: 1, example: "evt-1" }];
    deepEqual(untold(report({}, { rejected }), { ...row, rejected: 1 }), [
      "1 rejected, and no alarm fired for it",
      "evt-1 was rejected without a reason",
    ]);
  });

  it("find each sum that is not expected, each alarm that did not fire, and each that did where none may", () => {
    const alarms = ["findings"];
    const expected = { billed: "1", waiting: "0.5", refused: "2", alarms: ["records-refused"] };
    deepEqual(unexpected({ ...row, expired: "3", rejected: 4, alarms }, expected), [
      "refused is 0, and 2 was expected",
      "expired is 3, and 0 was expected",
      "rejected is 4, and 0 was expected",
      "billed is 0, and 1 was expected",
      "waiting is 0, and 0.5 was expected",
      "the alarm records-refused did not fire",
    ]);
    deepEqual(unexpected({ ...row, alarms }, { isQuiet: true }), ["alarms fired: findings"]);
  });

  it("find units that the report does not show to have moved", () => {
    const moved = [{ kind: "late", quantity: "2" }] as unknown as Report["moved"];
    const expected = { moved: { late: "3", carried: "0" } };
    deepEqual(unmoved(report({}, { ...(moved && { moved }) }), expected), [
      "the report shows 2 late, and 3 was expected",
    ]);
  });
});
