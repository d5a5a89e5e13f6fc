import assert from "node:assert/strict";
import { pathQueues } from "../../policy/path-queues.ts";
import { allow, type Given, judge, unknown } from "./judge.ts";
import { meterAlone, table, worker } from "./stacks.ts";

const clean = { violations: [], unknown: [], notApplicable: [] };
const ours = ["aws-marketplace-metering:index:UsagePipeline"];
const counts = allow("dynamodb:PutItem");

const queue = (name: string, props: Record<string, unknown> = {}, extra: Partial<Given> = {}): Given => ({
  type: "aws:sqs/queue:Queue",
  name,
  props,
  ...extra,
});
const usage = (props: Record<string, unknown> = {}) =>
  queue("usage", { redrivePolicy: unknown, ...props }, { from: { redrivePolicy: ["dead"] } });
const feeds = (source: string, target: string): Given => ({
  type: "aws:lambda/eventSourceMapping:EventSourceMapping",
  name: `${source}-to-${target}`,
  from: { eventSourceArn: [source], functionName: [target] },
});
/** A pipeline of a seller's own: queue, ingest function, table, submitter. */
const path = (policy: unknown = meterAlone): Given[] => [
  table("records"),
  ...worker("ingest", { policy: counts, tables: ["records"] }),
  ...worker("submit", { policy, tables: ["records"] }),
  feeds("usage", "ingest"),
];

const noDeadLetters =
  'usage | Queue "usage": redrivePolicy is not set, but usage that cannot be processed is lost when its message expires, so a queue on its path needs a dead-letter queue; set it to the ARN of a dead-letter queue and a maxReceiveCount.';
const tooShort = (name: string, seconds: number) =>
  `${name} | Queue "${name}": messageRetentionSeconds is ${seconds}, but usage must outlast a long weekend's outage, so a queue on its path keeps messages at least 345600 s (4 days); raise it, to 1209600 (14 days) at best.`;

describe("policy path-queues", () => {
  for (const [what, stack] of Object.entries<Given[]>({
    "a queue with a dead-letter queue, both at their default of 4 days": [usage(), queue("dead"), ...path()],
    "exactly 4 days": [usage({ messageRetentionSeconds: 345_600 }), queue("dead"), ...path()],
    "a redrive policy of its own": [
      queue("usage", {}, { outputs: { redrivePolicy: unknown } }),
      queue("dead"),
      {
        type: "aws:sqs/redrivePolicy:RedrivePolicy",
        name: "redrive",
        from: { queueUrl: ["usage"], redrivePolicy: ["dead"] },
      },
      ...path(),
    ],
    "a dead-letter queue made elsewhere": [
      queue("usage", { redrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:dead"}' }),
      ...path(),
    ],
    "queues that carry no usage": [
      usage(),
      queue("dead"),
      queue("mail", { messageRetentionSeconds: 60 }),
      ...worker("mailer", { policy: counts }),
      feeds("mail", "mailer"),
      ...path(),
    ],
    "the dead-letter queues of our components": [
      { ...usage(), within: ours },
      queue("dead", {}, { within: ours }),
      queue("undelivered", {}, { within: ours }),
      { type: "aws:lambda/function:Function", name: "submit", from: { deadLetterConfig: ["undelivered"] } },
    ],
    "a queue of ours that takes the dead letters of a schedule": [
      queue("late", { redriveAllowPolicy: "{}" }, { within: ours }),
    ],
  })) {
    it(`passes ${what}`, async () => {
      assert.deepEqual(await judge(pathQueues, stack), clean);
    });
  }

  it("reports a queue of our components that lost its dead-letter queue and its days", async () => {
    const { violations } = await judge(pathQueues, [
      queue("usage", { messageRetentionSeconds: 3000 }, { within: ours }),
    ]);
    assert.deepEqual(violations, [tooShort("usage", 3000), noDeadLetters]);
  });

  it("reports a queue that feeds a function on the ledger of a pipeline of one's own", async () => {
    assert.deepEqual((await judge(pathQueues, [queue("usage"), ...path()])).violations, [noDeadLetters]);
  });

  it("reports a queue that feeds the submitter itself, through an alias", async () => {
    const stack = [
      queue("usage", { messageRetentionSeconds: 86_400 }),
      ...worker("submit", { policy: meterAlone }),
      { type: "aws:lambda/alias:Alias", name: "live", from: { functionName: ["submit"] } },
      feeds("usage", "live"),
    ];
    assert.deepEqual((await judge(pathQueues, stack)).violations, [tooShort("usage", 86_400), noDeadLetters]);
  });

  it("reports a dead-letter queue that forgets sooner than 4 days", async () => {
    const stack = [usage(), queue("dead", { messageRetentionSeconds: 345_599 }), ...path()];
    assert.deepEqual((await judge(pathQueues, stack)).violations, [tooShort("dead", 345_599)]);
  });

  it("takes a redrive policy that the provider fills in as not given", async () => {
    const bare = queue("usage", {}, { outputs: { redrivePolicy: unknown } });
    assert.deepEqual(await judge(pathQueues, [bare, ...path()]), { ...clean, violations: [noDeadLetters] });
  });

  it("neither passes nor fails where a preview does not know who meters, or how long messages stay", async () => {
    assert.deepEqual(await judge(pathQueues, [queue("usage"), ...path(unknown)]), {
      ...clean,
      unknown: ["string value at .policy can't be known during preview"],
    });
    const stack = [
      usage({ messageRetentionSeconds: unknown }),
      queue("dead", { messageRetentionSeconds: 60 }),
      ...path(),
    ];
    assert.deepEqual(await judge(pathQueues, stack), {
      ...clean,
      violations: [tooShort("dead", 60)],
      unknown: ["string value at .messageRetentionSeconds can't be known during preview"],
    });
  });

  it("passes a good queue although it is unknown who meters", async () => {
    const stack = [usage(), queue("dead"), ...path(unknown)];
    assert.deepEqual(await judge(pathQueues, stack), clean);
  });
});
