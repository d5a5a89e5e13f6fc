import assert from "node:assert/strict";
import { trailLogValidation } from "../../policy/trail-log-validation.ts";
import { judge, unknown } from "./judge.ts";

const trail = (props: Record<string, unknown>) => [{ type: "aws:cloudtrail/trail:Trail", name: "audit", props }];

describe("policy trail-log-validation", () => {
  it("passes a trail that signs its log files", async () => {
    const verdict = await judge(trailLogValidation, trail({ enableLogFileValidation: true }));
    assert.deepEqual(verdict, { violations: [], unknown: [], notApplicable: [] });
  });

  for (const [value, shown] of [
    [undefined, "not set"],
    [false, "false"],
  ] as const) {
    it(`reports a trail whose validation is ${shown}: it is off unless turned on`, async () => {
      const { violations } = await judge(trailLogValidation, trail({ enableLogFileValidation: value }));
      assert.deepEqual(violations, [
        `audit | Trail "audit": enableLogFileValidation is ${shown}, but log files count as evidence only while hourly signed digests can prove that none was changed or deleted; set it to true.`,
      ]);
    });
  }

  it("neither passes nor fails what a preview does not know", async () => {
    assert.deepEqual(await judge(trailLogValidation, trail({ enableLogFileValidation: unknown })), {
      violations: [],
      unknown: ["string value at .enableLogFileValidation can't be known during preview"],
      notApplicable: [],
    });
  });

  it("leaves other resources alone", async () => {
    const bucket = [{ type: "aws:s3/bucket:Bucket", name: "logs", props: { enableLogFileValidation: false } }];
    assert.deepEqual((await judge(trailLogValidation, bucket)).violations, []);
  });
});
