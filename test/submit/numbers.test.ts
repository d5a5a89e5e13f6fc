import assert from "node:assert/strict";
import fc from "fast-check";
import { hourNumbers, type Numbers, writeOffNumbers } from "../../src/submit/numbers.ts";
import type { Agreements } from "../../src/usage/agreements.ts";
import { formatInstant, MINUTE } from "../../src/usage/instants.ts";
import { formatQuantity, UNIT } from "../../src/usage/quantity.ts";
import { hour, units } from "../support/usage.ts";

const used = (quantity: string, minute = 5, tags = {}) => ({
  quantity: units(quantity),
  time: hour(10) + minute * MINUTE,
  tags,
});
const numbers = (opening: string, events: ReturnType<typeof used>[], now = hour(11), agreements?: Agreements) =>
  hourNumbers({ hour: hour(10), opening: units(opening), events, agreements }, now);
const shown = ({ state, opening, usage, quantity, closing }: Numbers) => [
  state,
  ...[opening, usage, quantity, closing].map(formatQuantity),
];

describe("the numbers of an hour", () => {
  it("bill the whole units of what was carried in and used, and carry the rest on", () => {
    assert.deepEqual(shown(numbers("0.75", [used("1.5"), used("2")])), ["sealed", "0.75", "3.5", "4", "0.25"]);
    assert.deepEqual(shown(numbers("0", [used("3")])), ["sealed", "0", "3", "3", "0"]);
  });

  it("send an hour that had usage even where it comes to no whole unit, or to nothing", () => {
    assert.deepEqual(shown(numbers("0.25", [used("0.5")])), ["sealed", "0.25", "0.5", "0", "0.75"]);
    assert.deepEqual(shown(numbers("0", [used("0")])), ["sealed", "0", "0", "0", "0"]);
  });

  it("bill what was carried in where the hour had no usage, and nothing where that is less than a unit", () => {
    assert.deepEqual(shown(numbers("2.5", [])), ["sealed", "2.5", "0", "2", "0.5"]);
    assert.deepEqual(shown(numbers("0.5", [])), ["empty", "0.5", "0", "0", "0.5"]);
    assert.deepEqual(shown(numbers("0", [])), ["empty", "0", "0", "0", "0"]);
  });

  it("bill at most what AWS takes in a record, and carry what is above it on", () => {
    const most = shown(numbers("0.5", [used("2147483647"), used("2147483647")]));
    assert.deepEqual(most, ["sealed", "0.5", "4294967294", "2147483647", "2147483647.5"]);
    assert.deepEqual(shown(numbers("0", [used("2147483647")])), ["sealed", "0", "2147483647", "2147483647", "0"]);
  });

  it("past the deadline take nothing that was carried in, and lose exactly what was used", () => {
    const last = hour(34) + 5 * MINUTE - 3 * MINUTE;
    assert.deepEqual(shown(numbers("3.5", [used("1.25")], last)), ["sealed", "3.5", "1.25", "4", "0.75"]);
    assert.deepEqual(shown(numbers("3.5", [used("1.25")], last + 1)), ["expired", "3.5", "1.25", "1.25", "3.5"]);
    assert.deepEqual(shown(numbers("3.5", [], last)), ["empty", "3.5", "0", "0", "3.5"]);
    assert.deepEqual(numbers("3.5", [used("9", 5, { Team: "blue" })], last + 1).allocations, []);
  });

  it("are stamped with the last usage of the hour in whole seconds, and may be sent until 3 minutes before the deadline", () => {
    const { timestamp, lastSend } = numbers("0", [used("1", 59.5), used("1", 5), used("1", 70)]);
    assert.equal(formatInstant(timestamp), "2026-11-23T10:59:30Z");
    assert.equal(formatInstant(lastSend), "2026-11-24T10:56:30Z");
    assert.equal(formatInstant(numbers("2", [used("1", -5)]).timestamp), "2026-11-23T10:00:00Z");
  });

  it("are not stamped after the end of an agreement that was told too late, since AWS would refuse the whole hour", () => {
    const agreements = [{ from: hour(0), to: hour(10) + 30 * MINUTE }];
    const { timestamp, quantity } = numbers("0", [used("1", 20), used("2", 40)], hour(10) + 45 * MINUTE, agreements);
    assert.deepEqual([formatInstant(timestamp), formatQuantity(quantity)], ["2026-11-23T10:20:00Z", "3"]);
  });

  it("without usage of the hour's own are stamped inside the agreement, and end with it", () => {
    const agreements = [{ from: hour(10) + 30 * MINUTE, to: hour(10) + 50 * MINUTE }];
    const { timestamp, lastSend } = numbers("2", [], hour(11), agreements);
    assert.equal(formatInstant(timestamp), "2026-11-23T10:30:00Z");
    assert.equal(formatInstant(lastSend), "2026-11-23T11:47:00Z");
    assert.equal(formatInstant(numbers("2", [], hour(11), []).timestamp), "2026-11-23T10:00:00Z");
  });

  it("split what is billed over the tags of its usage", () => {
    const { allocations, folded } = numbers("1.5", [used("2.5", 5, { Team: "blue" }), used("1")]);
    assert.deepEqual(allocations, [
      { tags: { Team: "blue" }, quantity: 2n },
      { tags: {}, quantity: 3n },
    ]);
    assert.deepEqual(folded, { sets: 0, units: 0n });
  });

  const quantity = fc.bigInt({ min: 0n, max: 3_000_000_000n * UNIT });
  const event = fc.record({
    quantity,
    time: fc.integer({ min: -120, max: 120 }).map((minute) => hour(10) + minute * MINUTE),
    tags: fc.dictionary(fc.constantFrom("a", "b"), fc.constantFrom("1", "2")),
  });

  it("lose and make nothing: opening + usage = quantity + closing, in every case", () => {
    fc.assert(
      fc.property(
        quantity,
        fc.array(event, { maxLength: 5 }),
        fc.integer({ min: 0, max: 30 }),
        (opening, events, later) => {
          const found = hourNumbers({ hour: hour(10), opening, events, agreements: undefined }, hour(11 + later));
          assert.equal(found.opening + found.usage, found.quantity + found.closing);
          assert.equal(found.opening, opening);
          if (found.state === "expired") assert.deepEqual([found.quantity, found.closing], [found.usage, opening]);
          else {
            assert.equal(found.quantity % UNIT, 0n);
            assert.ok(found.closing < UNIT || found.quantity === 2_147_483_647n * UNIT || found.state === "empty");
          }
          if (found.state === "empty") assert.deepEqual([events.length, found.quantity], [0, 0n]);
        },
      ),
    );
  });
});

describe("the numbers of a write-off", () => {
  it("are the whole balance, fractions too, and nothing stays", () => {
    const found = writeOffNumbers(hour(12), units("7.25"));
    assert.deepEqual(shown(found), ["expired", "7.25", "0", "7.25", "0"]);
    assert.deepEqual([found.timestamp, found.allocations], [hour(12), []]);
  });
});
