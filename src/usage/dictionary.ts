import * as v from "valibot";

/**
 * An object whose keys are the writer's own, read into a map that holds every one of them. `v.record` takes arrays and other objects for
 * such, and drops keys like `constructor` without a word.
 */
export const dictionary = <Key extends v.GenericSchema<string>, Value extends v.GenericSchema>(
  key: Key,
  value: Value,
  message: string,
) =>
  v.pipe(
    v.custom<object>(isPlainObject, message),
    v.transform((input) => new Map<unknown, unknown>(Object.entries(input))),
    v.map(key, value),
  );

const isPlainObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
