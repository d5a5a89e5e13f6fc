/** Values that repeat, each kept once and known by a number. */
export interface Interned<T> {
  /** The number of a value, by a text that no other value has; `make` is called where the value is new. */
  numberOf(text: string, make: () => T): number;
  /** The value that has a number. */
  valueOf(number: number): T;
}

export function interned<T>(): Interned<T> {
  const numbers = new Map<string, number>();
  const values: T[] = [];
  return {
    numberOf(text, make) {
      const known = numbers.get(text);
      if (known !== undefined) return known;
      numbers.set(text, values.length);
      return values.push(make()) - 1;
    },
    valueOf: (number) => values[number] as T,
  };
}
