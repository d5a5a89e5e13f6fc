import assert from "node:assert/strict";
import { closeAll } from "../sandbox/metering/support.ts";
import { clientThrough } from "../support/broken.ts";
import { callingThrough, startPipeline } from "../support/pipeline.ts";
import { startDynamo, type TestDynamo } from "../support/table.ts";
import { units } from "../support/usage.ts";

describe("a submit run that is killed", () => {
  let dynamo: TestDynamo;
  before(async () => {
    dynamo = await startDynamo();
  });
  after(() => dynamo.close());
  afterEach(closeAll);

  /**
   * Runs with a process that dies at the nth thing it does to the world, be it a write or a call to AWS: after it is done, before the answer
   * is heard. To die before it is to die after the one before, reads change nothing. Answers whether it came so far.
   */
  async function killed(pipeline: Awaited<ReturnType<typeof startPipeline>>, nth: number): Promise<boolean> {
    let done = 0;
    let dead = false;
    const act = async <T>(call: () => Promise<T>): Promise<T> => {
      if (dead) throw new Error("process died");
      done += 1;
      dead = done === nth;
      const answer = await call();
      if (done >= nth) throw new Error("process died");
      return answer;
    };
    const client = clientThrough(dynamo.client, (call, command) => {
      if (command === "PutItemCommand" || command === "UpdateItemCommand") return act(call);
      return dead ? Promise.reject(new Error("process died")) : call();
    });
    const metering = callingThrough(pipeline.metering, act);
    await pipeline.run({ table: pipeline.through(client), metering }).catch((error) => {
      assert.equal(error.message, "process died");
    });
    return dead;
  }

  it("after any of its writes and calls loses nothing and bills nothing twice: the next runs bill exactly what was used", async () => {
    for (let nth = 1, died = true; died; nth++) {
      const pipeline = await startPipeline(dynamo, { buyers: 2, at: "2026-11-23T12:20:00Z" });
      await pipeline.use(1, "1.5", { tags: { Team: "blue" } });
      await pipeline.use(1, "2.75", { time: "2026-11-23T11:05:00Z" });
      await pipeline.use(2, "2147483647");
      await pipeline.use(2, "3.25");
      pipeline.service.inject({ name: "unprocessed", records: 1 });
      died = await killed(pipeline, nth);
      for (const n of [12.5, 13.5]) {
        pipeline.until(n);
        await pipeline.run();
      }
      const left = await pipeline.sums();
      assert.deepEqual(left, { used: "2147483654.5", accepted: "2147483654", waiting: "0.5" }, `died after ${nth}`);
      const billed = pipeline.service.billed().reduce((total, line) => total + line.quantity, 0n);
      assert.equal(billed * units("1"), units("2147483654"), `died after ${nth}`);
      assert.ok((await pipeline.states()).every((state) => state.includes(" accepted")));
    }
  }).timeout(60_000);
});
