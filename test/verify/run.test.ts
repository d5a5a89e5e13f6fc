import assert from "node:assert/strict";
import type { Proof } from "../../src/evidence/proof.ts";
import { accept, endUnaccepted, writeAttempt } from "../../src/ledger/attempts.ts";
import { listDue } from "../../src/ledger/due.ts";
import { type HourlyRecord, readRecord } from "../../src/ledger/records.ts";
import type { Table } from "../../src/ledger/table.ts";
import { HOUR } from "../../src/usage/instants.ts";
import { verifyEvidence } from "../../src/verify/run.ts";
import { refOf, sealHour, useHour } from "../support/ledger.ts";
import { memoryTable } from "../support/memory-table.ts";
import { hour, PRODUCTS } from "../support/usage.ts";

const REF = refOf(10);
const SUBMITTER = "arn:aws:iam::999988887777:role/metering/submitter";

/** Digests cover everything up to `to`, and no log file has a call. */
const silence = (to: number): Proof => ({
  digests: { valid: 1, invalid: 0, missing: 0 },
  faults: [],
  blind: [],
  young: [],
  failed: [],
  covered: [{ region: "us-east-1", from: hour(0), to }],
});

describe("a verification by digests that show nothing", () => {
  let table: Table;
  beforeEach(async () => {
    table = memoryTable();
    await useHour(table, REF, ["5"]);
    await sealHour(table, REF, { timestamp: hour(10) + 60_000, lastSend: hour(34) });
    await writeAttempt(table, await read(), "a", hour(11));
  });
  const read = async () => (await readRecord(table, REF)) as HourlyRecord;
  const verify = (now: number, proof: Proof, around = table) =>
    verifyEvidence(
      {
        table: around,
        products: PRODUCTS,
        logs: { account: "999988887777", region: "us-east-1" },
        submitter: SUBMITTER,
      },
      { events: [], unreadable: [], objects: 1, bytes: 1, proof },
      { from: hour(0), to: hour(24) },
      now,
    );

  it("puts an accepted record back in line, and reports it as waiting", async () => {
    await accept(table, REF, { token: "a" }, hour(11));
    const { report, settled, returned } = await verify(hour(16), silence(hour(14)));
    assert.deepEqual([settled, returned], [0, 1]);
    assert.deepEqual([report.meters[0]?.accepted, report.meters[0]?.waiting], ["0", "5"]);
    assert.deepEqual(report.findings, []);
    assert.deepEqual(
      (await listDue(table, "send")).map(({ at }) => at),
      [hour(34)],
    );
    assert.equal((await verify(hour(17), silence(hour(15)))).returned, 0);
  });

  it("calls it missing, and leaves it, where its time is over", async () => {
    await accept(table, REF, { token: "a" }, hour(11));
    const { report, returned } = await verify(hour(40), silence(hour(38)));
    assert.equal(returned, 0);
    assert.deepEqual(report.counts, { matched: 0, missing: 1 });
  });

  it("leaves a record that was sent again since it was read, and does not count it", async () => {
    await accept(table, REF, { token: "a" }, hour(11));
    // Another run has put it back, and it has been sent, between the reading and the write.
    const meanwhile: Table = {
      ...table,
      update: async (key, change, condition) => {
        if (change.addToSet?.unknown === "earlier") await table.update(key, { increment: { attempts: 1 } });
        return table.update(key, change, condition);
      },
    };
    assert.equal((await verify(hour(16), silence(hour(14)), meanwhile)).returned, 0);
    assert.equal((await read()).state, "accepted");
  });

  it("ends a disputed record 48 hours after its last attempt, and reports it as expired", async () => {
    assert.equal(await endUnaccepted(table, await read()), "disputed");
    assert.deepEqual((await verify(hour(60), silence(hour(11) + 47 * HOUR))).report.counts, {
      matched: 0,
      disputed: 1,
    });
    const { report, returned } = await verify(hour(62), silence(hour(11) + 48 * HOUR));
    assert.equal(returned, 0);
    assert.deepEqual(report.counts, { matched: 0, expired: 1 });
    assert.equal(report.findings[0]?.reason, "CloudTrail shows none of its attempts, and its deadline has passed");
  });
});
