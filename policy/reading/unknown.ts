/**
 * What a preview does not know. The policy SDK throws an `UnknownValueError` when such a value is read, drops the whole
 * policy and says so; these helpers keep one unknown from hiding what is known.
 */
import { UnknownValueError } from "@pulumi/policy";

/** True if any condition holds. One that holds wins over one that is unknown, which wins over one that does not hold. */
export function anyOf(conditions: Iterable<() => boolean>): boolean {
  return someIs(true, conditions);
}

/** True if every condition holds. One that fails wins over one that is unknown, which wins over one that holds. */
export function allOf(conditions: Iterable<() => boolean>): boolean {
  return !someIs(false, conditions);
}

/**
 * Judges every item. The first unknown is thrown after the last item, so that a preview reports what it can see and
 * says that there was something it could not.
 */
export function judgeEach<T>(items: Iterable<T>, judge: (item: T) => void): void {
  let unknown: Error | undefined;
  for (const item of items) {
    try {
      judge(item);
    } catch (error) {
      unknown ??= unknownOrThrow(error);
    }
  }
  if (unknown) throw unknown;
}

/** The value read, or undefined where a preview does not know it. */
export function ifKnown<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    unknownOrThrow(error);
    return undefined;
  }
}

function someIs(wanted: boolean, conditions: Iterable<() => boolean>): boolean {
  let unknown: Error | undefined;
  for (const condition of conditions) {
    try {
      if (condition() === wanted) return true;
    } catch (error) {
      unknown ??= unknownOrThrow(error);
    }
  }
  if (unknown) throw unknown;
  return false;
}

function unknownOrThrow(error: unknown): Error {
  if (error instanceof UnknownValueError) return error as Error;
  throw error;
}
