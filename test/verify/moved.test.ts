import assert from "node:assert/strict";
import type { HourlyRecord } from "../../src/ledger/records.ts";
import type { Seal } from "../../src/ledger/seals.ts";
import { MOST_UNITS, UNIT } from "../../src/usage/quantity.ts";
import { movedUnits } from "../../src/verify/moved.ts";
import { sealOf } from "../support/ledger.ts";
import { hour, meterOf } from "../support/usage.ts";

const METER = meterOf();

/** What moved in one record with such a seal. */
function moved(changes: Partial<Seal> | undefined) {
  const record = { ref: { meter: METER, hour: hour(10) }, seal: changes && sealOf(changes) } as HourlyRecord;
  const statement = { meter: METER, records: [record] } as unknown as Parameters<typeof movedUnits>[0][number];
  return movedUnits([statement]);
}

const at = { product: METER.product, buyer: METER.buyer, dimension: METER.dimension, hour: "2026-11-23T10:00:00Z" };

describe("where units went", () => {
  it("says nothing of an hour that is billed where it was used, nor of one without a seal", () => {
    assert.deepEqual(moved({ closing: UNIT / 2n }), []);
    assert.deepEqual(moved(undefined), []);
  });

  it("shows usage that came too late for its own hour, to the last decimal", () => {
    assert.deepEqual(moved({ late: 5n * (UNIT / 2n) }), [{ kind: "late", ...at, quantity: "2.5" }]);
  });

  it("shows the whole units that an hour cannot hold, and not the fraction that waits anyway", () => {
    const full = { quantity: MOST_UNITS * UNIT, closing: 3n * UNIT + UNIT / 2n };
    assert.deepEqual(moved(full), [{ kind: "carried", ...at, quantity: "3" }]);
  });

  it("does not call a balance carried that an expired hour left where it was", () => {
    assert.deepEqual(moved({ state: "expired", opening: 3n * UNIT, closing: 3n * UNIT }), []);
  });

  it("shows units that lost their tags", () => {
    assert.deepEqual(moved({ folded: { sets: 2, units: 7n } }), [{ kind: "folded", ...at, quantity: "7" }]);
  });
});
