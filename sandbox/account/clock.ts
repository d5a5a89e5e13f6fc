// The virtual clock, and the one loop that drives everything in the account: it waits until all work stands still, then jumps to what is due next.

/** What a piece of work is given of the clock. Times are milliseconds since the epoch. */
export interface Task {
  now(): number;
  /** Waits in virtual time; no wall time passes. */
  sleep(milliseconds: number): Promise<void>;
  /** Runs a request that is answered in wall time: the virtual clock stands still until it is. */
  call<T>(request: () => Promise<T>): Promise<T>;
  /** Waits for other work on this clock, which may sleep. */
  wait<T>(work: Promise<T>): Promise<T>;
}

/** Something that knows by itself when it has to act, such as a trail with files to deliver. */
export interface Source {
  /** When it has to act next, or nothing. */
  next(): number | undefined;
  /** Acts; afterwards `next` must lie after `now`. */
  run(now: number): Promise<unknown>;
}

export interface Clock {
  now(): number;
  /** For services that make a caller wait: the request of the caller does not hold the clock meanwhile. */
  sleep(milliseconds: number): Promise<void>;
  /** Runs work at an instant, or as soon as the clock runs if that is past. Answers how to cancel it. An error ends `runUntil`. */
  at(instant: number, work: (task: Task) => Promise<unknown>): () => void;
  /** Starts work now. The clock moves on only while it sleeps or waits. */
  start<T>(work: (task: Task) => Promise<T>): Promise<T>;
  follow(source: Source): void;
  /** Runs everything due until the instant, which is then the time. */
  runUntil(instant: number): Promise<void>;
  /**
   * Runs everything due until the goal is reached; asked each time all work stands still.
   * @throws {Error} when it is not reached by `latest`, or nothing is due any more.
   */
  runUntil(goal: () => boolean | Promise<boolean>, latest: number): Promise<void>;
}

/** A clock that shows `startAt` (ms) and stands still until it is driven. */
export function createClock(startAt: number): Clock {
  let now = startAt;
  let sequence = 0;
  let driving = false;
  const timers: Timer[] = [];
  const sources: Source[] = [];
  const failures: unknown[] = [];
  const activity = createActivity();

  function addTimer(at: number, fire: () => void): () => void {
    const timer = { at: Math.max(at, now), sequence: sequence++, fire };
    timers.splice(placeOf(timers, timer), 0, timer);
    return () => {
      const index = timers.indexOf(timer);
      if (index >= 0) timers.splice(index, 1);
    };
  }

  const sleepUntil = (instant: number) => new Promise<void>((resolve) => addTimer(instant, resolve));

  async function start<T>(work: (task: Task) => Promise<T>): Promise<T> {
    const effort = activity.begin();
    try {
      return await work({
        now: () => now,
        sleep: (milliseconds) => effort.blockOn(sleepUntil(now + milliseconds)),
        wait: (other) => effort.blockOn(other),
        call: (request) => effort.call(request),
      });
    } finally {
      effort.end();
    }
  }

  function launch(work: (task: Task) => Promise<unknown>): void {
    start(work).catch((error) => failures.push(error));
  }

  /** Fires the one thing that is due first, if it is due by `latest`. */
  function fireNext(latest: number): boolean {
    const source = earliest(sources);
    const sourceAt = Math.max(source?.next() ?? Number.POSITIVE_INFINITY, now);
    const timerAt = timers[0]?.at ?? Number.POSITIVE_INFINITY;
    if (Math.min(sourceAt, timerAt) > latest) return false;
    if (timerAt <= sourceAt) {
      now = timerAt;
      timers.shift()?.fire();
    } else {
      now = sourceAt;
      launch((task) => (source as Source).run(task.now()));
    }
    return true;
  }

  async function drive(goal: () => boolean | Promise<boolean>, latest: number): Promise<boolean> {
    for (;;) {
      await activity.settle();
      if (failures.length > 0) throw failures.shift();
      if (await goal()) return true;
      if (!fireNext(latest)) return false;
    }
  }

  return {
    now: () => now,
    sleep: (milliseconds) => activity.serve(sleepUntil(now + milliseconds)),
    at: (instant, work) => addTimer(instant, () => launch(work)),
    start,
    follow: (source) => void sources.push(source),
    async runUntil(goal: number | (() => boolean | Promise<boolean>), latest: number = now) {
      if (driving) throw new Error("The clock is already running: wait for one runUntil before starting another.");
      driving = true;
      try {
        if (typeof goal === "number") {
          await drive(() => false, goal);
          now = Math.max(now, goal);
        } else if (!(await drive(goal, latest))) {
          const due =
            timers.length > 0 ? `what is due next is due ${iso(timers[0]?.at ?? now)}` : "nothing is due any more";
          throw new Error(`The goal is not reached by ${iso(latest)}: the clock shows ${iso(now)} and ${due}.`);
        }
      } finally {
        driving = false;
      }
    },
  };
}

interface Timer {
  at: number;
  sequence: number;
  fire(): void;
}

/** Who is at work: what tells whether time may move on. */
function createActivity() {
  const efforts = new Set<{ blocked: number; calls: number }>();
  let calls = 0;
  let serving = 0;
  let wake = () => {};

  // Time may move when every request under way is one that a service makes wait, and whoever has none sleeps or waits.
  const isStill = () => calls <= serving && [...efforts].every(({ blocked, calls }) => blocked > 0 || calls > 0);

  return {
    begin() {
      const effort = { blocked: 0, calls: 0 };
      efforts.add(effort);
      return {
        async blockOn<T>(other: Promise<T>): Promise<T> {
          effort.blocked += 1;
          wake();
          try {
            return await other;
          } finally {
            effort.blocked -= 1;
          }
        },
        async call<T>(request: () => Promise<T>): Promise<T> {
          effort.calls += 1;
          calls += 1;
          try {
            return await request();
          } finally {
            effort.calls -= 1;
            calls -= 1;
            wake();
          }
        },
        end() {
          efforts.delete(effort);
          wake();
        },
      };
    },
    async serve(sleep: Promise<void>): Promise<void> {
      serving += 1;
      wake();
      await sleep;
      serving -= 1;
    },
    /** Resolves when all work stands still. */
    async settle(): Promise<void> {
      for (;;) {
        // What an answer sets off runs before this turn of the event loop ends.
        await new Promise((turn) => setImmediate(turn));
        if (isStill()) return;
        await new Promise<void>((changed) => {
          wake = changed;
        });
      }
    },
  };
}

function placeOf(timers: Timer[], { at, sequence }: Timer): number {
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = timers[middle] as Timer;
    if (other.at < at || (other.at === at && other.sequence < sequence)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function earliest(sources: Source[]): Source | undefined {
  const due = sources.filter((source) => source.next() !== undefined);
  return due.sort((a, b) => (a.next() as number) - (b.next() as number))[0];
}

const iso = (instant: number) => new Date(instant).toISOString();
