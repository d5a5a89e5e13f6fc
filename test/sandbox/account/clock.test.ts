import { deepEqual, equal, rejects } from "node:assert/strict";
import { createClock } from "../../../sandbox/account/clock.ts";

describe("the virtual clock", () => {
  it("fires what is due in the order of instants, and of being asked for at the same one", async () => {
    const clock = createClock(1000);
    const fired: [string, number][] = [];
    const note = (name: string) => async () => void fired.push([name, clock.now()]);
    clock.at(3000, note("late"));
    clock.at(2000, note("first"));
    clock.at(2000, note("second"));
    clock.at(500, note("past"));
    clock.at(9000, note("beyond"));
    await clock.runUntil(5000);
    deepEqual(fired, [
      ["past", 1000],
      ["first", 2000],
      ["second", 2000],
      ["late", 3000],
    ]);
    equal(clock.now(), 5000);
  });

  it("passes a year of sleep without a second of wall time", async () => {
    const clock = createClock(0);
    const began = performance.now();
    const slept = clock.start(async (task) => {
      for (let day = 0; day < 365; day++) await task.sleep(86_400_000);
      return task.now();
    });
    await clock.runUntil(400 * 86_400_000);
    equal(await slept, 365 * 86_400_000);
    equal(performance.now() - began < 1000, true);
  });

  it("stands still while a request is answered in wall time, even when the same task also sleeps", async () => {
    const clock = createClock(0);
    const answer = Promise.withResolvers<void>();
    const seen: number[] = [];
    const work = clock.start(async (task) => {
      const request = task.call(() => answer.promise).then(() => seen.push(clock.now()));
      await Promise.all([request, task.sleep(100)]);
    });
    const run = clock.runUntil(1000);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    equal(clock.now(), 0);
    answer.resolve();
    await run;
    await work;
    deepEqual(seen, [0]);
  });

  it("moves on while a service makes its caller wait", async () => {
    const clock = createClock(0);
    const answered = clock.start((task) =>
      task.call(async () => {
        await clock.sleep(700);
        return clock.now();
      }),
    );
    await clock.runUntil(1000);
    equal(await answered, 700);
  });

  it("lets a source act when it says it has to, between timers", async () => {
    const clock = createClock(0);
    const acted: number[] = [];
    let next: number | undefined = 150;
    clock.follow({
      next: () => next,
      run: async (now) => {
        acted.push(now);
        next = now < 300 ? now + 100 : undefined;
      },
    });
    clock.at(200, async () => void acted.push(-clock.now()));
    await clock.runUntil(1000);
    deepEqual(acted, [150, -200, 250, 350]);
  });

  it("stops at the instant a goal is reached", async () => {
    const clock = createClock(0);
    let count = 0;
    const tick = (at: number) =>
      clock.at(at, async () => {
        count += 1;
        tick(at + 10);
      });
    tick(10);
    await clock.runUntil(() => count === 3, 1000);
    equal(clock.now(), 30);
  });

  it("says when a goal cannot be reached, and what is due next", async () => {
    const clock = createClock(0);
    await rejects(
      clock.runUntil(() => false, 1000),
      {
        message:
          "The goal is not reached by 1970-01-01T00:00:01.000Z: the clock shows 1970-01-01T00:00:00.000Z and nothing is due any more.",
      },
    );
    clock.at(2000, async () => {});
    await rejects(
      clock.runUntil(() => false, 1000),
      {
        message:
          "The goal is not reached by 1970-01-01T00:00:01.000Z: the clock shows 1970-01-01T00:00:00.000Z and what is due next is due 1970-01-01T00:00:02.000Z.",
      },
    );
  });

  it("does not hide an error of timed work", async () => {
    const clock = createClock(0);
    clock.at(10, async () => {
      throw new Error("broken");
    });
    await rejects(clock.runUntil(100), { message: "broken" });
    equal(clock.now(), 10);
  });

  it("forgets cancelled work", async () => {
    const clock = createClock(0);
    let fired = false;
    const cancel = clock.at(10, async () => {
      fired = true;
    });
    cancel();
    cancel();
    await clock.runUntil(100);
    equal(fired, false);
  });

  it("is driven by one loop at a time", async () => {
    const clock = createClock(0);
    const first = clock.runUntil(10);
    await rejects(clock.runUntil(20), { message: /already running/ });
    await first;
  });
});
