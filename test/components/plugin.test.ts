import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import messages, {
  type ConstructRequest,
  type ConstructResponse,
  type GetSchemaRequest,
} from "@pulumi/pulumi/proto/provider_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { MarketplaceMetering } from "../../components/index.ts";
import { root } from "../../scripts/schema.ts";
import { type Engine, type Plugin, serveEngine, startPlugin } from "./engine.ts";
import { type RecordedResource, record } from "./recording.ts";

const args = {
  products: { analytics: { integration: "license" as const, dimensions: { ApiCalls: { price: "0.0002" } } } },
  alarms: { emails: ["billing-oncall@example.com"] },
  graceMinutes: 20,
};

describe("The package as a plugin for programs in every language", function () {
  this.timeout(60_000);
  let engine: Engine;
  let plugin: Plugin;

  before(async () => {
    engine = await serveEngine();
    plugin = await startPlugin(root, engine.address);
  });

  after(() => {
    plugin.stop();
    engine.stop();
  });

  it("has the schema that is committed: run `node scripts/schema.ts` after a change", async () => {
    const getSchema = promisify<GetSchemaRequest, { getSchema(): string }>(plugin.client.getSchema.bind(plugin.client));
    const answer = await getSchema(new messages.GetSchemaRequest());
    assert.deepEqual(JSON.parse(answer.getSchema()), committedSchema());
  });

  it("registers for another language exactly what it registers in a program of its own", async () => {
    let answer: ConstructResponse | undefined;
    const remote = await record(async () => {
      answer = await construct(plugin, engine, args);
    });
    const local = await record(() => new MarketplaceMetering("metering", args));
    assert.deepEqual(summary(remote.resources), summary(local.resources));
    assert.equal(remote.resources.length, 85);
    const outputs = answer?.getState()?.toJavaScript() ?? {};
    const resource = committedSchema().resources["aws-marketplace-metering:index:MarketplaceMetering"];
    assert.deepEqual(Object.keys(outputs).sort(), resource.required);
    assert.equal(
      outputs.usageQueueUrl,
      "https://sqs.us-east-1.amazonaws.com/111122223333/metering-pipeline-usage-1234567",
    );
  });

  it("refuses wrong arguments as an input error that names the property, and registers nothing", async () => {
    const recording = await record(() =>
      assert.rejects(construct(plugin, engine, { ...args, graceMinutes: 2 }), {
        code: 3,
        details:
          'MarketplaceMetering "metering": graceMinutes is 2: it must be a whole number of minutes from 3 to 180.',
      }),
    );
    assert.deepEqual(recording.resources, []);
  });
});

const committedSchema = () => JSON.parse(readFileSync(join(root, "schema.json"), "utf8"));

/** Everything that a resource of another process can be compared by, in one order. */
const summary = (resources: RecordedResource[]) =>
  resources
    .map(({ type, name, parent, inputs }) => ({ type, name, parent, inputs: { ...inputs, code: undefined } }))
    .sort((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1));

/** Asks the plugin for a MarketplaceMetering named "metering". */
function construct(plugin: Plugin, engine: Engine, inputs: object): Promise<ConstructResponse> {
  const request = new messages.ConstructRequest();
  request.setProject("project");
  request.setStack("stack");
  request.setMonitorendpoint(engine.address);
  request.setType("aws-marketplace-metering:index:MarketplaceMetering");
  request.setName("metering");
  request.setInputs(struct.Struct.fromJavaScript(inputs as Record<string, never>));
  return promisify<ConstructRequest, ConstructResponse>(plugin.client.construct.bind(plugin.client))(request);
}
