/** Values that repeat, each kept once and known by its place among all. */
export interface Interned<T> {
  readonly all: readonly T[];
  numberOf(value: T): number;
}

/** Values that are told apart by a text that no other value has. */
export function interned<T>(textOf: (value: T) => string): Interned<T> {
  const numbers = new Map<string, number>();
  const all: T[] = [];
  return {
    all,
    numberOf(value) {
      const text = textOf(value);
      const known = numbers.get(text);
      if (known !== undefined) return known;
      numbers.set(text, all.length);
      all.push(value);
      return all.length - 1;
    },
  };
}
