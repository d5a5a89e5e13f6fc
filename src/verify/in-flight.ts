/** Which objects are being read: from the beginning until what is in them is kept. */
export interface InFlight {
  /** Says that reading has begun; where it fails, it is over. */
  begin<T>(key: string, reading: Promise<T>): Promise<T>;
  done(key: string): void;
  /** Waits until none is being read. */
  end(): Promise<void>;
}

export function inFlight(): InFlight {
  const keys = new Set<string>();
  let waiting: (() => void)[] = [];
  function done(key: string): void {
    keys.delete(key);
    if (keys.size > 0) return;
    for (const wake of waiting) wake();
    waiting = [];
  }
  return {
    done,
    async begin(key, reading) {
      keys.add(key);
      try {
        return await reading;
      } catch (error) {
        done(key);
        throw error;
      }
    },
    end: () => (keys.size === 0 ? Promise.resolve() : new Promise((wake) => void waiting.push(wake))),
  };
}
