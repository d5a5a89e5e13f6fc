import assert from "node:assert/strict";
import { ledgerProtection } from "../../policy/ledger-protection.ts";
import { allow, judge, unknown } from "./judge.ts";
import { meterAlone, table, worker } from "./stacks.ts";

const clean = { violations: [], unknown: [], notApplicable: [] };
const safe = { pointInTimeRecovery: { enabled: true }, deletionProtectionEnabled: true };
const recovery = (shown: string) =>
  `ledger | Table "ledger": pointInTimeRecovery is ${shown}, but the ledger is the only record of usage that AWS has not taken yet, so a damaged one must be restorable to the second; set it to { enabled: true }.`;
const deletion = (shown: string) =>
  `ledger | Table "ledger": deletionProtectionEnabled is ${shown}, but the ledger is the only record of usage that AWS has not taken yet, so deleting it must take a deliberate step; set it to true.`;
const ours = ["aws-marketplace-metering:index:UsagePipeline"];
const submit = (policy: unknown) => worker("submit", { policy, tables: ["ledger"] });

describe("policy ledger-protection", () => {
  it("passes a protected ledger", async () => {
    assert.deepEqual(await judge(ledgerProtection, [table("ledger", safe), ...submit(meterAlone)]), clean);
  });

  it("reports a ledger of our components that lost its protection, by a transform for instance", async () => {
    const off = { pointInTimeRecovery: { enabled: false }, deletionProtectionEnabled: false };
    const { violations } = await judge(ledgerProtection, [{ ...table("ledger", off), within: ours }]);
    assert.deepEqual(violations, [recovery('{"enabled":false}'), deletion("false")]);
  });

  it("reports the table a metering function works on, where nothing was set", async () => {
    const { violations } = await judge(ledgerProtection, [table("ledger"), ...submit(meterAlone)]);
    assert.deepEqual(violations, [recovery("not set"), deletion("not set")]);
  });

  it("takes what the provider fills in as not set", async () => {
    const computed = table("ledger", { deletionProtectionEnabled: true }, { pointInTimeRecovery: unknown });
    assert.deepEqual(await judge(ledgerProtection, [computed, ...submit(meterAlone)]), {
      ...clean,
      violations: [recovery("not set")],
    });
  });

  it("finds the table through the policy of the metering function's role, and by its name", async () => {
    const [role, rights, submitter] = worker("submit", { policy: meterAlone });
    if (!role || !rights || !submitter) throw new Error("three resources");
    const byPolicy = [role, { ...rights, from: { ...rights.from, policy: ["ledger"] } }, submitter];
    assert.equal((await judge(ledgerProtection, [table("ledger"), ...byPolicy])).violations.length, 2);
    const byName = [role, rights, { ...submitter, props: { environment: { variables: { TABLE: "usage-1" } } } }];
    assert.equal(
      (await judge(ledgerProtection, [table("ledger", { name: "usage-1" }), ...byName])).violations.length,
      2,
    );
  });

  it("leaves tables alone that nothing which meters works on", async () => {
    const stack = [table("sessions"), ...worker("web", { policy: allow("dynamodb:*"), tables: ["sessions"] })];
    assert.deepEqual(await judge(ledgerProtection, [...stack, table("ledger", safe), ...submit(meterAlone)]), clean);
  });

  it("neither passes nor fails where a preview does not know who meters, or what is set", async () => {
    assert.equal((await judge(ledgerProtection, [table("ledger"), ...submit(unknown)])).unknown.length, 1);
    const verdict = await judge(ledgerProtection, [
      {
        ...table("ledger", { pointInTimeRecovery: { enabled: unknown }, deletionProtectionEnabled: false }),
        within: ours,
      },
    ]);
    assert.deepEqual(verdict, {
      ...clean,
      violations: [deletion("false")],
      unknown: ["string value at .pointInTimeRecovery.enabled can't be known during preview"],
    });
  });
});
