import type { Random } from "../../src/clock.ts";

/** What can happen to a call of a dependency, as shares of all calls. */
export interface FaultRates {
  /** The process dies, before the call or after it. */
  readonly deaths: number;
  /** The caller is told of an error: the call never acted, or it did, or it does so later, when nobody waits for it any more. */
  readonly errors: number;
  /** The answer was lost and the client asked again by itself: the call acts twice, and the second answer is the one that is seen. */
  readonly repeats: number;
}

export const NO_FAULTS: FaultRates = { deaths: 0, errors: 0, repeats: 0 };

/** An error that the model made up. Any other is a defect. */
export class Injected extends Error {}

/** One invocation of a function. It shares nothing with others but what it calls. */
export interface Process {
  /** Stands around each of its calls of a dependency. */
  readonly around: <T>(rates: FaultRates, act: () => T) => Promise<T>;
  /** Lets others go first. */
  readonly pause: () => Promise<void>;
}

/** Something that waits for its turn: a call of a process, or one that was given up and may still act. */
interface Turn {
  readonly owner: object;
  readonly go: () => unknown;
  readonly act?: () => unknown;
}

/**
 * Runs processes side by side, one call at a time, in an order that `random` decides: all that a process does between two calls is one step,
 * and no two steps overlap. So every interleaving of calls can come up, and the same seed makes the same one again.
 */
export function makeScheduler(random: Random) {
  const turns: Turn[] = [];
  /** The processes that run, and what they called and gave up; each with the step at which it began. */
  const running = new Set<object>();
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const wait = (owner: object, act?: () => unknown) =>
    new Promise<void>((go) => turns.push({ owner, go, ...(act && { act }) }));
  const later = (act: () => unknown) => turns.push({ owner: {}, go: () => unheard(act) });

  /** From now on nothing of it happens, but that a call which was on its way may still arrive. */
  function end(owner: object): void {
    running.delete(owner);
    for (const turn of turns.filter((each) => each.owner === owner)) {
      turns.splice(turns.indexOf(turn), 1);
      if (turn.act && random() < 0.5) later(turn.act);
    }
  }

  async function call<T>(owner: object, { deaths, errors, repeats }: FaultRates, act: () => T): Promise<T> {
    await wait(owner, act);
    const drawn = random();
    if (drawn < deaths) {
      if (random() < 0.5) unheard(act);
      end(owner);
      return new Promise(() => {});
    }
    if (drawn < deaths + errors) {
      const when = pick(["never", "now", "later"] as const);
      if (when === "now") unheard(act);
      if (when === "later") later(act);
      throw new Injected("the call failed, or its answer was lost");
    }
    if (drawn < deaths + errors + repeats) {
      unheard(act);
      await wait(owner, act);
    }
    return act();
  }

  return {
    /** Starts a process and runs it up to its first call. */
    start(run: (process: Process) => Promise<void>): void {
      const owner = {};
      running.add(owner);
      const ended = () => running.delete(owner);
      void run({ around: (rates, act) => call(owner, rates, act), pause: () => wait(owner) }).finally(ended);
    },

    /** One step; false where nothing waits for one. */
    async step(): Promise<boolean> {
      const owners = [...new Set(turns.map(({ owner }) => owner))];
      if (owners.length === 0) return false;
      const owner = pick(owners);
      const turn = pick(turns.filter((each) => each.owner === owner));
      turns.splice(turns.indexOf(turn), 1);
      turn.go();
      await new Promise(setImmediate);
      return true;
    },

    /** Kills one of the processes that run. */
    kill(): void {
      if (running.size > 0) end(pick([...running]));
    },

    /** Kills everything that runs, as at a time limit, and lets nothing arrive any more. */
    clear(): void {
      running.clear();
      turns.length = 0;
    },
  };
}

/** A call whose answer, good or bad, does not reach its caller. */
function unheard(act: () => unknown): void {
  try {
    act();
  } catch {}
}

export type Scheduler = ReturnType<typeof makeScheduler>;
