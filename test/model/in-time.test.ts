import { randomInt } from "node:crypto";
import { tryModel } from "./model.ts";

const RUNS = 1_000;

describe("usage that comes in time", () => {
  it(`is billed to the last whole unit, once, whatever is interrupted, repeated, lost, refused or late to be seen, in ${RUNS} random runs`, async function () {
    this.timeout(400_000);
    const failure = await tryModel("in-time", { seed: randomInt(2 ** 31), runs: RUNS });
    if (failure !== undefined) throw new Error(failure);
  });
});
