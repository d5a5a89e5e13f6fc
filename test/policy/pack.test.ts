import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { MarketplaceMetering } from "../../components/index.ts";
import { type Registration, registrationsOf } from "./registrations.ts";
import { type Diagnostic, type PackServer, startPack } from "./server.ts";

const folder = fileURLToPath(new URL("../../policy", import.meta.url));
const version = (file: string) => JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")).version;

const program = () =>
  new MarketplaceMetering("metering", {
    products: {
      analytics: { integration: "license", dimensions: { ApiCalls: { price: "0.0002" }, GbHours: {} } },
      archive: { integration: "productCode", productCode: "4w1vgsrkqdkypbz43g7qkk4uz", dimensions: { Gb: {} } },
    },
    alarms: { emails: ["billing-oncall@example.com"] },
  });

/** One defect a policy, as a transform or a careless edit would make it, and what the pack then says. */
const defects: Record<string, { spoil: Spoil; found: string[] }> = {
  "a selector that CloudTrail refuses": {
    spoil: edit("Trail", "metering-trail-trail", {
      advancedEventSelectors: [
        {
          fieldSelectors: [
            { field: "eventCategory", equals: ["Management"] },
            { field: "eventName", equals: ["BatchMeterUsage"] },
          ],
        },
      ],
    }),
    found: ['trail-selectors: Trail "metering-trail-trail": advancedEventSelectors[0].fieldSelectors'],
  },
  "unsigned log files": {
    spoil: edit("Trail", "metering-trail-trail", { enableLogFileValidation: false }),
    found: ['trail-log-validation: Trail "metering-trail-trail": enableLogFileValidation'],
  },
  "an evidence bucket without a public-access block": {
    spoil: (resources) => resources.filter(({ name }) => name !== "metering-trail-logs-public-access"),
    found: ['evidence-bucket: Bucket "metering-trail-logs": aws.s3.BucketPublicAccessBlock'],
  },
  "a submitter role that may do everything": {
    spoil: edit("RolePolicy", "metering-pipeline-submitter-submit-usage", {
      policy: '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    }),
    found: ['metering-actions: RolePolicy "metering-pipeline-submitter-submit-usage": policy'],
  },
  "a usage queue that forgets after an hour": {
    spoil: edit("Queue", "metering-pipeline-usage", { messageRetentionSeconds: 3600 }),
    found: ['path-queues: Queue "metering-pipeline-usage": messageRetentionSeconds'],
  },
  "an unlimited submitter": {
    spoil: edit("Function", "metering-pipeline-submit", { reservedConcurrentExecutions: -1 }),
    found: ['submitter-one-at-a-time: Function "metering-pipeline-submit": reservedConcurrentExecutions'],
  },
  "a ledger that can be deleted": {
    spoil: edit("Table", "metering-pipeline-ledger", { deletionProtectionEnabled: false }),
    found: ['ledger-protection: Table "metering-pipeline-ledger": deletionProtectionEnabled'],
  },
  "no verification": {
    spoil: (resources) => resources.filter(({ urn }) => !urn.includes(":UsageVerification")),
    found: ['metering-verified: Stack "stack": UsageVerification'],
  },
};

describe("the policy pack, served as the engine serves it", function () {
  this.timeout(60_000);
  let pack: PackServer;

  before(async () => {
    const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
    execFileSync(process.execPath, [tsc, "-p", `${folder}/tsconfig.build.json`]);
    pack = await startPack(folder);
  });
  after(() => pack?.stop());

  it("lists every policy with its rule, level, severity, way out and link", async () => {
    const info = await pack.info();
    assert.equal(info.name, "aws-marketplace-metering");
    assert.deepEqual(
      info.policiesList.map(({ name }) => name),
      [
        "trail-selectors",
        "trail-log-validation",
        "evidence-bucket",
        "metering-actions",
        "path-queues",
        "submitter-one-at-a-time",
        "ledger-protection",
        "metering-verified",
      ],
    );
    for (const policy of info.policiesList) {
      assert.match(policy.description, /^A .* must .*\.$|^Metering actions must .*\.$/, policy.name);
      assert.equal(policy.enforcementlevel, 1, `${policy.name} is mandatory`);
      assert.ok(policy.severity >= 2, `${policy.name} has a severity`);
      assert.match(policy.remediationSteps, /\.$/, policy.name);
      assert.match(policy.url, /^https:\/\/docs\.aws\.amazon\.com\//, policy.name);
    }
  });

  it("has a version of its own that is the package's", () => {
    assert.equal(version("../../policy/package.json"), version("../../package.json"));
  });

  it("passes everything our components register, once it is known", async () => {
    const resources = await registrationsOf(program, { preview: false });
    assert.deepEqual(await judgeAll(pack, resources), []);
  });

  it("finds no fault with our components in a preview, and says what it cannot know yet", async () => {
    const diagnostics = await judgeAll(pack, await registrationsOf(program, { preview: true }));
    assert.deepEqual(
      diagnostics.filter(({ level }) => level === "mandatory"),
      [],
    );
    // Documents that name resources still to be made. Everything else is judged before anything exists.
    assert.deepEqual([...new Set(diagnostics.map(({ policy }) => policy))].sort(), [
      "evidence-bucket",
      "metering-actions",
    ]);
  });

  for (const [what, { spoil, found }] of Object.entries(defects)) {
    it(`refuses our components with ${what}, and for that alone`, async () => {
      const resources = await registrationsOf(program, { preview: false });
      assert.deepEqual(
        (await judgeAll(pack, spoil(resources))).map(
          ({ policy, level, message }) => `${policy}: ${level === "mandatory" ? message.split(" is ")[0] : level}`,
        ),
        found,
      );
    });
  }

  it("lets a policy be configured", async () => {
    const resources = await registrationsOf(program, { preview: false });
    const spoilt = defects["an unlimited submitter"]?.spoil(resources) ?? [];
    await pack.configure({ "submitter-one-at-a-time": { unreservedConcurrency: true } });
    assert.deepEqual(await judgeAll(pack, spoilt), []);
    await pack.configure({});
    assert.equal((await judgeAll(pack, spoilt)).length, 1);
  });
});

type Spoil = (resources: Registration[]) => Registration[];

function edit(kind: string, name: string, change: Record<string, unknown>): Spoil {
  return (resources) => {
    const target = resources.find((it) => it.type.endsWith(`:${kind}`) && it.name === name);
    if (!target) throw new Error(`The components register no ${kind} "${name}".`);
    const spoilt = {
      ...target,
      inputs: { ...target.inputs, ...change } as Registration["inputs"],
      outputs: { ...target.outputs, ...change } as Registration["outputs"],
    };
    return resources.map((it) => (it === target ? spoilt : it));
  };
}

/** Each resource, then the stack, as the engine does it. */
async function judgeAll(pack: PackServer, resources: readonly Registration[]): Promise<Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const resource of resources) found.push(...(await pack.analyze(resource)));
  return [...found, ...(await pack.analyzeStack(resources))];
}
