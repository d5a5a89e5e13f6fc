import assert from "node:assert/strict";
import { dayPrefix, deliveredSince, deliveryDays, type LogKey, parseLogKey } from "../../src/evidence/keys.ts";

const FILE = "999988887777_CloudTrail_eu-west-1_20261123T2355Z_Ab3dE.json.gz";
const DAY = "999988887777/CloudTrail/eu-west-1/2026/11/23";

describe("log keys", () => {
  it("are read with account, Region and the minute of delivery", () => {
    assert.deepEqual(parseLogKey(`AWSLogs/${DAY}/${FILE}`), {
      prefix: undefined,
      organization: undefined,
      account: "999988887777",
      region: "eu-west-1",
      deliveredAt: Date.parse("2026-11-23T23:55:00Z"),
    });
  });

  it("are read under a prefix and in an organization's folder", () => {
    const key = parseLogKey(`audit/trails/AWSLogs/o-ab12cd34ef/${DAY}/${FILE}`);
    assert.equal(key?.prefix, "audit/trails");
    assert.equal(key?.organization, "o-ab12cd34ef");
  });

  for (const [what, key] of [
    ["a digest", `AWSLogs/999988887777/CloudTrail-Digest/eu-west-1/2026/11/23/${FILE}`],
    ["an Insights file", `AWSLogs/999988887777/CloudTrail-Insight/eu-west-1/2026/11/23/${FILE}`],
    ["a file in another day's folder", `AWSLogs/999988887777/CloudTrail/eu-west-1/2026/11/22/${FILE}`],
    ["a file in another Region's folder", `AWSLogs/999988887777/CloudTrail/eu-west-2/2026/11/23/${FILE}`],
    ["a file of another account", `AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/23/${FILE}`],
    ["a file that is not gzip by its name", `AWSLogs/${DAY}/${FILE.replace(".gz", "")}`],
    ["a folder", `AWSLogs/${DAY}/`],
    ["an hour that does not exist", `AWSLogs/${DAY}/${FILE.replace("T2355", "T2455")}`],
  ]) {
    it(`do not take ${what} for a log file`, () => assert.equal(parseLogKey(key as string), undefined));
  }

  it("of a day start with that day's prefix, with or without organization and prefix", () => {
    const place = { account: "999988887777", region: "eu-west-1" };
    const day = Date.parse("2026-11-23T00:00:00Z");
    assert.equal(dayPrefix(place, day), `AWSLogs/${DAY}/`);
    assert.equal(dayPrefix({ ...place, prefix: "a/b", organization: "o-x1" }, day), `a/b/AWSLogs/o-x1/${DAY}/`);
  });

  it("are looked for on every day that an interval touches, its last instant included", () => {
    const days = deliveryDays(Date.parse("2026-02-27T23:59:59Z"), Date.parse("2026-03-01T00:00:00Z"));
    assert.deepEqual(
      days.map((day) => new Date(day).toISOString().slice(0, 10)),
      ["2026-02-27", "2026-02-28", "2026-03-01"],
    );
  });

  it("of the minute in which an instant lies count as delivered since then", () => {
    const key = parseLogKey(`AWSLogs/${DAY}/${FILE}`) as LogKey;
    assert.equal(deliveredSince(key, Date.parse("2026-11-23T23:55:59.999Z")), true);
    assert.equal(deliveredSince(key, Date.parse("2026-11-23T23:56:00Z")), false);
  });
});
