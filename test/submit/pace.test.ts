import assert from "node:assert/strict";
import { createBuckets } from "../../sandbox/metering/quota.ts";
import { makePace, type Pace } from "../../src/submit/pace.ts";
import { stoppedClock } from "../sandbox/metering/support.ts";

const start = "2026-11-23T10:00:00Z";

/** Makes so many requests in turn; answers how many seconds of the clock each waited, in all. */
async function requests(pace: Pace, clock: ReturnType<typeof stoppedClock>, count: number): Promise<number> {
  const from = clock.now();
  for (let n = 0; n < count; n++) await pace.turn();
  return (clock.now() - from) / 1000;
}

describe("the pace of requests", () => {
  it("is the rate it was given, after a short burst", async () => {
    const clock = stoppedClock(start);
    const pace = makePace(clock, () => 0.5, 9.9);
    assert.equal(await requests(pace, clock, 4), 0);
    const waited = await requests(pace, clock, 990);
    assert.ok(waited > 99 && waited < 101, `${waited}`);
  });

  it("uses at least 98 % of the quota and is never throttled, though bursts follow pauses", async () => {
    const clock = stoppedClock(start);
    const pace = makePace(clock, () => 0.5, 9.9);
    const granted = createBuckets({ ratePerSecond: 10, capacity: 10 });
    for (const pause of [0, 60_000, 300, 5_000]) {
      await clock.sleep(pause);
      const from = clock.now();
      for (let n = 0; n < 600; n++) {
        await pace.turn();
        assert.ok(granted("account", clock.now()));
      }
      assert.ok(600 / ((clock.now() - from) / 1000) >= 9.8);
    }
  });

  it("halves at once and pauses when AWS throttles or fails, and recovers step by step", async () => {
    const clock = stoppedClock(start);
    const pace = makePace(clock, () => 0, 8);
    await requests(pace, clock, 5);
    (await pace.turn()).slowDown();
    // Four a second from now on.
    assert.equal(await requests(pace, clock, 9), 2.25);
    for (let n = 0; n < 20; n++) (await pace.turn()).speedUp();
    assert.equal(await requests(pace, clock, 16), 2);
  });

  it("waits one turn longer at most, by chance, so that two submitters do not come back together", async () => {
    const waits: number[] = [];
    for (const chance of [0, 0.5, 0.999]) {
      const clock = stoppedClock(start);
      const pace = makePace(clock, () => chance, 8);
      await requests(pace, clock, 5);
      (await pace.turn()).slowDown();
      waits.push(await requests(pace, clock, 1));
    }
    assert.deepEqual(waits, [0.25, 0.375, 0.5]);
  });

  it("is halved once for all the requests that were under way at the old rate", async () => {
    const clock = stoppedClock(start);
    const pace = makePace(clock, () => 0, 8);
    const turns = [];
    for (let n = 0; n < 6; n++) turns.push(await pace.turn());
    for (const turn of turns) turn.slowDown();
    for (const turn of turns) turn.speedUp();
    assert.equal(await requests(pace, clock, 8), 2);
  });

  it("asks a service that throttles everything ever more rarely, and is back at the full rate seconds after it stops", async () => {
    const clock = stoppedClock(start);
    const pace = makePace(clock, () => 0.5, 9.9);
    const [from, to] = [clock.now() + 10_000, clock.now() + 25_000];
    const asked: number[] = [];
    let answered = 0;
    while (clock.now() < to + 20_000) {
      const turn = await pace.turn();
      const throttles = clock.now() >= from && clock.now() < to;
      if (throttles) asked.push(clock.now() - from);
      else if (clock.now() >= to + 15_000) answered += 1;
      if (throttles) turn.slowDown();
      else turn.speedUp();
    }
    assert.ok(asked.length <= 10, `${asked}`);
    const gaps = asked.slice(1).map((at, index) => at - (asked[index] as number));
    assert.deepEqual(
      gaps,
      gaps.toSorted((a, b) => a - b),
    );
    assert.ok(answered >= 49, `${answered} in the last five seconds`);
  });

  it("never stops for good, however often it is slowed down, and never passes the rate", async () => {
    const clock = stoppedClock(start);
    const pace = makePace(clock, () => 0.999, 8);
    for (let n = 0; n < 50; n++) (await pace.turn()).slowDown();
    await requests(pace, clock, 200);
    assert.equal(await requests(pace, clock, 10), 20);
    for (let n = 0; n < 500; n++) (await pace.turn()).speedUp();
    await requests(pace, clock, 10);
    assert.equal(await requests(pace, clock, 80), 10);
  });

  it("gains nothing from a clock that jumps back", async () => {
    const clock = stoppedClock(start);
    const pace = makePace(clock, () => 0, 10);
    await requests(pace, clock, 4);
    clock.set("2026-11-23T09:00:00Z");
    assert.equal(await requests(pace, clock, 10), 1);
  });
});
