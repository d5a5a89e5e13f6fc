import assert from "node:assert/strict";
import { parseDigestKey } from "../../src/evidence/digest-keys.ts";

const FOLDER = "AWSLogs/999988887777/CloudTrail-Digest/us-east-1/2026/11/23";
const NAME = "999988887777_CloudTrail-Digest_us-east-1_metering_us-east-1_20261123T110000Z";

describe("the key of a digest", () => {
  it("says whose it is, of which trail, and when it ends", () => {
    assert.deepEqual(parseDigestKey(`${FOLDER}/${NAME}.json.gz`), {
      prefix: undefined,
      organization: undefined,
      account: "999988887777",
      region: "us-east-1",
      trail: "metering",
      homeRegion: "us-east-1",
      end: Date.parse("2026-11-23T11:00:00Z"),
      backfill: false,
    });
    const other = `audit/a b/AWSLogs/o-1/999988887777/CloudTrail-Digest/us-east-1/2026/11/23/${NAME.replace("_metering_us-east-1_", "_our_trail_eu-west-1_")}_backfill.json.gz`;
    const { prefix, organization, trail, homeRegion, backfill } = parseDigestKey(other) ?? assert.fail();
    assert.deepEqual(
      [prefix, organization, trail, homeRegion, backfill],
      ["audit/a b", "o-1", "our_trail", "eu-west-1", true],
    );
  });

  for (const [what, key] of [
    [
      "a log file",
      "AWSLogs/999988887777/CloudTrail/us-east-1/2026/11/23/999988887777_CloudTrail_us-east-1_20261123T1105Z_a.json.gz",
    ],
    ["another account in its name", `${FOLDER}/${NAME.replace("9999", "1111")}.json.gz`],
    ["another day in its name", `${FOLDER}/${NAME.replace("1123T", "1124T")}.json.gz`],
    ["an hour that does not exist", `${FOLDER}/${NAME.replace("T11", "T25")}.json.gz`],
    ["something after its name", `${FOLDER}/${NAME}.json.gz.sha256`],
  ] as const) {
    it(`is not that of ${what}`, () => assert.equal(parseDigestKey(key), undefined));
  }
});
