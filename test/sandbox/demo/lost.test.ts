import assert from "node:assert/strict";
import type { Intercept } from "../../../sandbox/account/lambda/environment.ts";
import { advance } from "../../../sandbox/demo/drive.ts";
import { verify } from "../../../sandbox/demo/result.ts";
import { parseUsageFile } from "../../../sandbox/demo/usage-file.ts";
import { startWorld, type World } from "../../../sandbox/demo/world.ts";
import { HOUR } from "../../../src/usage/instants.ts";

const START = Date.parse("2026-11-23T09:00:00Z");
const USAGE = parseUsageFile(
  "usage",
  ["blue", "green"]
    .map((customer, index) =>
      JSON.stringify({
        id: `evt-${index}`,
        product: "archive",
        buyer: { customerIdentifier: customer },
        dimension: "Gb",
        quantity: 5 + index,
        time: "2026-11-23T09:10:00Z",
      }),
    )
    .join("\n"),
);

interface Request {
  readonly UsageRecords: readonly object[];
}

/** Something on the way answers the first call of the submitter itself, and says that AWS took everything. */
function proxy(): { intercept: Intercept; made: number } {
  const proxy = {
    made: 0,
    intercept: (async (call, next) => {
      if (call.service !== "metering" || proxy.made > 0) return next();
      proxy.made += 1;
      const { UsageRecords } = call.input as unknown as Request;
      const Results = UsageRecords.map((UsageRecord) => ({
        UsageRecord,
        MeteringRecordId: "made-up",
        Status: "Success",
      }));
      return { Results, UnprocessedRecords: [], $metadata: { httpStatusCode: 200 } };
    }) as Intercept,
  };
  return proxy;
}

async function inWorld(use: (world: World, made: () => number) => Promise<void>): Promise<void> {
  const between = proxy();
  const world = await startWorld([...USAGE.products.values()], START, { account: { intercept: between.intercept } });
  try {
    await use(world, () => between.made);
  } finally {
    await world.close();
  }
}

describe("usage that AWS never took, although something on the way said so", function () {
  this.timeout(120_000);

  it("is found by the digests and billed before its deadline, once, to the unit, and leaves a clean report", () =>
    inWorld(async (world, made) => {
      const { account, outputs } = world;
      await account.runUntil(START + HOUR / 4);
      await account.send(
        outputs.usageQueueUrl,
        USAGE.lines.map(({ body }) => body),
      );
      await account.runUntil(START + 2 * HOUR);
      assert.equal(made(), 1);
      assert.deepEqual(world.billed(), []);
      const window = { from: START, to: START + 24 * HOUR };
      // The ledger believes it; verification does not, and says no more than it knows.
      const early = await verify(world, window);
      assert.deepEqual(
        early.report.meters.map(({ accepted }) => accepted),
        ["5", "6"],
      );
      assert.deepEqual(early.report.counts, { matched: 0, "not-yet-delivered": 2 });

      await advance(world, START + 6 * HOUR);
      assert.deepEqual(world.billed(), []);
      // Every tick of an hour: the verification of each hour, and the submitter after it.
      await account.runUntil(START + 9 * HOUR);
      assert.deepEqual(
        world
          .billed()
          .map(({ quantity, hour }) => [quantity, hour])
          .sort(),
        [
          ["5", "2026-11-23T09:00:00Z"],
          ["6", "2026-11-23T09:00:00Z"],
        ],
      );
      await account.idleUntil(START + 24 * HOUR);
      assert.equal(world.billed().length, 2);
      const { report } = await verify(world, window);
      assert.deepEqual(report.findings, []);
      assert.deepEqual(report.counts, { matched: 2 });
      assert.deepEqual(
        report.meters.map(({ accepted, waiting }) => [accepted, waiting]),
        [
          ["5", "0"],
          ["6", "0"],
        ],
      );
    }));
});
