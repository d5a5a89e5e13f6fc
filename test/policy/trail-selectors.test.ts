import assert from "node:assert/strict";
import { trailSelectors } from "../../policy/trail-selectors.ts";
import { type Given, judge, unknown } from "./judge.ts";

type Props = Record<string, unknown>;

const trail = (props: Props, extra: Partial<Given> = {}): Given => ({
  type: "aws:cloudtrail/trail:Trail",
  name: "audit",
  props,
  ...extra,
});
const management = { field: "eventCategory", equals: ["Management"] };
const writes = { field: "readOnly", equals: ["false"] };
const reads = { field: "readOnly", equals: ["true"] };
const advanced = (...fieldSelectors: object[]): Props => ({ advancedEventSelectors: [{ fieldSelectors }] });

const passing: Record<string, Props> = {
  "no selectors: every management event": {},
  "empty lists, as the provider fills them in": { advancedEventSelectors: [], eventSelectors: [] },
  "management writes without kms and rdsdata": advanced(management, writes, {
    field: "eventSource",
    notEquals: ["kms.amazonaws.com", "rdsdata.amazonaws.com"],
    equals: [],
    startsWiths: [],
  }),
  "management reads and writes": advanced(management),
  "reads and writes in two selectors": {
    advancedEventSelectors: [{ fieldSelectors: [management, reads] }, { fieldSelectors: [management, writes] }],
  },
  "management writes beside data events": {
    advancedEventSelectors: [
      { fieldSelectors: [management, writes] },
      {
        fieldSelectors: [
          { field: "eventCategory", equals: ["Data"] },
          { field: "resources.ARN", startsWiths: ["arn:aws:s3:::x/"] },
        ],
      },
    ],
  },
  "a classic selector, whose default is all management events": { eventSelectors: [{}] },
  "a classic selector of writes": { eventSelectors: [{ readWriteType: "WriteOnly", includeManagementEvents: true }] },
  "a classic selector that leaves out kms": {
    eventSelectors: [{ readWriteType: "All", excludeManagementEventSources: ["kms.amazonaws.com"] }],
  },
};

const illegal: Record<string, [Props, string]> = {
  "the name of a call": [
    advanced(management, { field: "eventName", equals: ["BatchMeterUsage"] }),
    '{"field":"eventName","equals":["BatchMeterUsage"]}',
  ],
  "a source to log": [
    advanced(management, { field: "eventSource", equals: ["metering-marketplace.amazonaws.com"] }),
    '{"field":"eventSource","equals":["metering-marketplace.amazonaws.com"]}',
  ],
  "a third source to leave out": [
    advanced(management, { field: "eventSource", notEquals: ["kms.amazonaws.com", "sts.amazonaws.com"] }),
    '{"field":"eventSource","notEquals":["kms.amazonaws.com","sts.amazonaws.com"]}',
  ],
  "a source by its beginning": [
    advanced(management, { field: "eventSource", notStartsWiths: ["kms"] }),
    '{"field":"eventSource","notStartsWiths":["kms"]}',
  ],
  "readOnly by exclusion": [
    advanced(management, { field: "readOnly", notEquals: ["true"] }),
    '{"field":"readOnly","notEquals":["true"]}',
  ],
  "readOnly as both": [
    advanced(management, { field: "readOnly", equals: ["true", "false"] }),
    '{"field":"readOnly","equals":["true","false"]}',
  ],
  "two categories in one selector": [
    advanced({ field: "eventCategory", equals: ["Management", "Data"] }),
    '{"field":"eventCategory","equals":["Management","Data"]}',
  ],
};

const uncovered: Record<string, [Props, string]> = {
  "reads alone": [
    advanced(management, reads),
    'advancedEventSelectors is [{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"readOnly","equals":["true"]}]}]',
  ],
  "data events alone": [
    advanced({ field: "eventCategory", equals: ["Data"] }),
    'advancedEventSelectors is [{"fieldSelectors":[{"field":"eventCategory","equals":["Data"]}]}]',
  ],
  "a classic selector of reads": [
    { eventSelectors: [{ readWriteType: "ReadOnly" }] },
    'eventSelectors is [{"readWriteType":"ReadOnly"}]',
  ],
  "a classic selector of data events": [
    { eventSelectors: [{ includeManagementEvents: false }] },
    'eventSelectors is [{"includeManagementEvents":false}]',
  ],
  "a trail that was stopped": [{ enableLogging: false }, "enableLogging is false"],
};

describe("policy trail-selectors", () => {
  for (const [what, props] of Object.entries(passing)) {
    it(`passes ${what}`, async () => {
      assert.deepEqual(await judge(trailSelectors, [trail(props)]), { violations: [], unknown: [], notApplicable: [] });
    });
  }

  for (const [what, [props, shown]] of Object.entries(illegal)) {
    it(`reports before deployment what CloudTrail would refuse: ${what}`, async () => {
      const { violations } = await judge(trailSelectors, [trail(props)]);
      assert.deepEqual(violations, [
        `audit | Trail "audit": advancedEventSelectors[0].fieldSelectors is ${shown}, but a trail's management selector takes only eventCategory equals Management, readOnly equals true or false, and eventSource notEquals kms.amazonaws.com or rdsdata.amazonaws.com, and CloudTrail refuses anything else at deployment; remove this field and filter where the logs are read.`,
      ]);
    });
  }

  it("reports a selector without a category", async () => {
    const { violations } = await judge(trailSelectors, [trail(advanced(writes)), trail({}, { name: "other" })]);
    assert.deepEqual(violations, [
      'audit | Trail "audit": advancedEventSelectors[0].fieldSelectors is ["readOnly"], but every advanced selector must name its eventCategory; add eventCategory equals ["Management"].',
    ]);
  });

  it("reports a classic selector that leaves out a source CloudTrail does not let go", async () => {
    const excludeManagementEventSources = ["metering-marketplace.amazonaws.com"];
    const { violations } = await judge(trailSelectors, [
      trail({ eventSelectors: [{ excludeManagementEventSources }] }),
    ]);
    assert.deepEqual(violations, [
      'audit | Trail "audit": eventSelectors[0].excludeManagementEventSources is ["metering-marketplace.amazonaws.com"], but only kms.amazonaws.com and rdsdata.amazonaws.com can be left out of management events, and CloudTrail refuses anything else at deployment; remove the other sources and filter where the logs are read.',
    ]);
  });

  for (const [what, [props, shown]] of Object.entries(uncovered)) {
    it(`reports a stack whose only trail would not log BatchMeterUsage: ${what}`, async () => {
      const { violations } = await judge(trailSelectors, [trail(props)]);
      const fix =
        "enableLogging" in props
          ? "turn logging on"
          : 'select eventCategory equals ["Management"] with readOnly equals ["false"], or remove the selectors to log all management events';
      assert.deepEqual(violations, [
        `audit | Trail "audit": ${shown}, but BatchMeterUsage is a management write event, and one that is not logged leaves no evidence of what was billed; ${fix}.`,
      ]);
    });
  }

  it("lets a second trail be there for other events", async () => {
    const data = trail(advanced({ field: "eventCategory", equals: ["Data"] }), { name: "data" });
    assert.deepEqual((await judge(trailSelectors, [data, trail({})])).violations, []);
  });

  it("takes no other trail as an excuse for that of a MeteringTrail", async () => {
    const within = ["aws-marketplace-metering:index:MeteringTrail"];
    const ours = trail(advanced(management, reads), { name: "ours", within });
    const { violations } = await judge(trailSelectors, [ours, trail({})]);
    assert.deepEqual(
      violations.map((violation) => violation.split(" | ")[0]),
      ["ours"],
    );
    assert.equal((await judge(trailSelectors, [ours])).violations.length, 1);
  });

  it("neither passes nor fails selectors a preview does not know", async () => {
    assert.deepEqual(await judge(trailSelectors, [trail({ advancedEventSelectors: unknown })]), {
      violations: [],
      unknown: Array(2).fill("string value at .advancedEventSelectors can't be known during preview"),
      notApplicable: [],
    });
  });

  it("reports a classic fault although the advanced selectors are unknown", async () => {
    const props = {
      advancedEventSelectors: unknown,
      eventSelectors: [{ excludeManagementEventSources: ["s3.amazonaws.com"] }],
    };
    const verdict = await judge(trailSelectors, [trail(props)]);
    assert.equal(verdict.violations.length, 1);
    assert.equal(verdict.unknown.length, 2);
  });

  it("passes a stack in which a known trail covers what an unknown one might not", async () => {
    const hidden = trail({ eventSelectors: [{ readWriteType: unknown }] }, { name: "hidden" });
    assert.deepEqual(await judge(trailSelectors, [hidden, trail({})]), {
      violations: [],
      unknown: [],
      notApplicable: [],
    });
  });
});
