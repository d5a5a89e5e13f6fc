/** Values that repeat, each kept once and known by its place among all. */
export interface Interned<T> {
  readonly all: readonly T[];
  numberOf(value: T): number;
  /** Adds a value that is not there yet. */
  push(value: T): void;
}

/** Values that are told apart by a text that no other value has. */
export function interned<T>(textOf: (value: T) => string): Interned<T> {
  const numbers = new Map<string, number>();
  const all: T[] = [];

  function push(value: T): void {
    numbers.set(textOf(value), all.length);
    all.push(value);
  }

  return {
    all,
    push,
    numberOf(value) {
      const known = numbers.get(textOf(value));
      if (known === undefined) push(value);
      return known ?? all.length - 1;
    },
  };
}
