import { randomInt } from "node:crypto";
import { tryModel } from "./model.ts";

const RUNS = 1_000;

describe("usage of which some comes too late", () => {
  it(`is billed once or stands as expired with its quantity, whatever is interrupted, repeated, lost or refused, in ${RUNS} random runs`, async function () {
    this.timeout(400_000);
    const failure = await tryModel("late", { seed: randomInt(2 ** 31), runs: RUNS });
    if (failure !== undefined) throw new Error(failure);
  });
});
