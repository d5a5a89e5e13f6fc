import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pipelineAlarms } from "../../components/pipeline-alarms.ts";
import { verificationAlarms } from "../../components/verification-alarms.ts";

const operations = readFileSync(join(import.meta.dirname, "../../docs/operations.md"), "utf8");

describe("the operations page", () => {
  it("says of every alarm what to do, so that nobody meets one at night that no page explains", () => {
    const queues = { usageQueueName: "usage", deadLetterQueueName: "dead" };
    const functions = { ingestFunctionName: "ingest", submitFunctionName: "submit", verifyFunctionName: "verify" };
    const parts = { service: "metering", graceMinutes: 15, ...queues, ...functions };
    const suffixes = [...pipelineAlarms(parts), ...verificationAlarms(parts)].map(({ suffix }) => suffix);
    assert.equal(suffixes.length, 28);
    const rows = operations.split("\n").filter((line) => line.startsWith("| `"));
    const explained = rows.flatMap((row) =>
      [...(row.split("|")[1] as string).matchAll(/`([^`]+)`/g)].map(([, suffix]) => suffix),
    );
    assert.deepEqual(explained.toSorted(), suffixes.toSorted());
  });
});
