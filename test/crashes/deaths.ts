/** A place at which a process dies: before or after one of the calls, counted from 1 over all processes of a story. */
export interface Death {
  readonly call: number;
  readonly when: "before" | "after";
}

/** A call that a process made of a dependency. */
export interface Call {
  /** Which of the story's processes made it, counted from 1. */
  readonly process: number;
  readonly changes: boolean;
}

/** One process: it lives until one of the story's deaths meets one of its calls. */
export interface Mortal {
  /** Stands around each of its calls; `changes` is false for those that only read. */
  readonly around: <T>(changes: boolean, act: () => T | Promise<T>) => Promise<T>;
  /** Settles once the process is dead. */
  readonly died: Promise<void>;
}

/** Counts the calls of processes, one after the other, and lets them die where `deaths` says. Nothing of a dead process ever goes on. */
export function makeMortals(deaths: readonly Death[]) {
  const calls: Call[] = [];
  const never = () => new Promise<never>(() => {});
  let processes = 0;
  return {
    calls,
    start(): Mortal {
      const process = ++processes;
      let die = () => {};
      let dead = false;
      const died = new Promise<void>((resolve) => {
        die = resolve;
      });
      return {
        died,
        async around(changes, act) {
          if (dead) return never();
          const call = calls.push({ process, changes });
          const death = deaths.find((each) => each.call === call);
          if (!death) return act();
          dead = true;
          try {
            if (death.when === "after") await act();
          } catch {
            // Nobody is left to hear of it.
          }
          die();
          return never();
        },
      };
    },
  };
}

export type Mortals = ReturnType<typeof makeMortals>;

/** Every place at which a process of these calls can die. */
export const everyDeath = (calls: readonly Call[]): Death[] =>
  calls.flatMap((_, index) => (["before", "after"] as const).map((when) => ({ call: index + 1, when })));

/**
 * The places among them after which something can be different: before the first call of a process, and before and after each call that
 * changes something. To die at a call that only reads leaves what dying after the change before it leaves.
 */
export const everyChange = (calls: readonly Call[]): Death[] =>
  everyDeath(calls).filter(({ call, when }) => {
    const { process, changes } = calls[call - 1] as Call;
    return changes || (when === "before" && calls[call - 2]?.process !== process);
  });
