import assert from "node:assert/strict";
import { checkSelectors, type FieldSelector, logs, type Trail } from "../../../sandbox/cloudtrail/trail.ts";
import { narrow, wide, without } from "./support.ts";

describe("sandbox cloudtrail: what a trail logs", () => {
  const here = { accountId: "999988887777", region: "us-east-1", global: false };
  const event = (eventSource: string, readOnly: boolean) => ({ eventCategory: "Management", eventSource, readOnly });
  const ours = event("metering-marketplace.amazonaws.com", false);
  const selecting = (...selectors: FieldSelector[][]): Trail => ({
    ...narrow,
    selectors: selectors.map((fieldSelectors) => ({ fieldSelectors })),
  });
  const management = { field: "eventCategory", equals: ["Management"] };

  it("lets management writes through the narrowest selector, but not reads, kms or rdsdata", () => {
    assert.equal(logs(narrow, ours, here), true);
    assert.equal(logs(narrow, event("ec2.amazonaws.com", false), here), true);
    assert.equal(logs(narrow, event("ec2.amazonaws.com", true), here), false);
    assert.equal(logs(narrow, event("kms.amazonaws.com", false), here), false);
    assert.equal(logs(narrow, event("rdsdata.amazonaws.com", false), here), false);
    assert.equal(logs(narrow, { ...ours, eventCategory: "Data" }, here), false);
  });

  it("logs all management events without selectors, and none with a list of none", () => {
    assert.equal(logs(wide, event("kms.amazonaws.com", true), here), true);
    assert.equal(logs(wide, { ...ours, eventCategory: "Data" }, here), false);
    assert.equal(logs({ ...wide, selectors: [] }, ours, here), false);
  });

  it("logs what any of several selectors takes, when all fields of that one hold", () => {
    const trail = selecting(
      [management, { field: "readOnly", equals: ["true"] }],
      [management, { field: "eventSource", notEquals: ["kms.amazonaws.com"] }],
    );
    assert.equal(logs(trail, event("kms.amazonaws.com", true), here), true);
    assert.equal(logs(trail, event("ec2.amazonaws.com", false), here), true);
    assert.equal(logs(trail, event("kms.amazonaws.com", false), here), false);
  });

  it("misses our event when it selects reads", () => {
    assert.equal(logs(selecting([management, { field: "readOnly", equals: ["true"] }]), ours, here), false);
  });

  it("logs its own account and Regions only, an organization's trail every account", () => {
    assert.equal(logs(narrow, ours, { ...here, region: "eu-west-1" }), false);
    assert.equal(logs(wide, ours, { ...here, region: "eu-west-1" }), true);
    assert.equal(logs(narrow, ours, { ...here, accountId: "111111111111" }), false);
    assert.equal(logs({ ...narrow, organizationId: "o-1" }, ours, { ...here, accountId: "111111111111" }), true);
  });

  it("logs events of global services only when it is told to", () => {
    assert.equal(logs(narrow, event("iam.amazonaws.com", false), { ...here, global: true }), false);
    assert.equal(logs(wide, event("iam.amazonaws.com", false), { ...here, global: true }), true);
  });

  it("takes selectors that PutEventSelectors takes", () => {
    checkSelectors(narrow);
    checkSelectors(without(narrow, "selectors"));
    checkSelectors(selecting([management, { field: "readOnly", equals: ["true", "false"] }]));
    checkSelectors(
      selecting(
        [management],
        [
          { field: "eventCategory", equals: ["Data"] },
          { field: "resources.type", equals: ["AWS::S3::Object"] },
        ],
      ),
    );
  });

  const refused: [string, FieldSelector[], string][] = [
    [
      "a single event name",
      [management, { field: "eventName", equals: ["BatchMeterUsage"] }],
      'Trail metering has {"field":"eventName","equals":["BatchMeterUsage"]}: management events can be selected by eventCategory, readOnly, eventSource only.',
    ],
    [
      "a single event source",
      [management, { field: "eventSource", equals: ["metering-marketplace.amazonaws.com"] }],
      'Trail metering has {"field":"eventSource","equals":["metering-marketplace.amazonaws.com"]}: eventSource takes only notEquals kms.amazonaws.com or rdsdata.amazonaws.com.',
    ],
    [
      "leaving out another source than kms and rdsdata",
      [management, { field: "eventSource", notEquals: ["ec2.amazonaws.com"] }],
      'Trail metering has {"field":"eventSource","notEquals":["ec2.amazonaws.com"]}: eventSource takes only notEquals kms.amazonaws.com or rdsdata.amazonaws.com.',
    ],
    [
      "readOnly by notEquals",
      [management, { field: "readOnly", notEquals: ["true"] }],
      'Trail metering has {"field":"readOnly","notEquals":["true"]}: readOnly takes only equals true or false.',
    ],
    [
      "a category that does not exist",
      [{ field: "eventCategory", equals: ["management"] }],
      'Trail metering has {"field":"eventCategory","equals":["management"]}: eventCategory takes only equals Management.',
    ],
    [
      "no category",
      [{ field: "readOnly", equals: ["false"] }],
      "Trail metering has a selector without eventCategory: every selector must have it.",
    ],
    [
      "a field twice",
      [management, management],
      "Trail metering has fields eventCategory, eventCategory: a field may stand once in a selector.",
    ],
    [
      "a field without a value",
      [management, { field: "readOnly" }],
      'Trail metering has {"field":"readOnly"}: a field selector must have a value.',
    ],
  ];
  for (const [what, fields, message] of refused) {
    it(`refuses to select by ${what}, as the API does at deployment`, () => {
      assert.throws(() => checkSelectors(selecting(fields)), { name: "InvalidEventSelectorsException", message });
    });
  }
});
