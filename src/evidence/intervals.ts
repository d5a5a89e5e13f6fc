import type { Instant } from "../usage/instants.ts";

/** A stretch of time, both ends included. */
export interface Interval {
  readonly from: Instant;
  readonly to: Instant;
}

/** The same time in as few stretches as there are, by time. Those without length are left out. */
export function merged(intervals: readonly Interval[]): Interval[] {
  const joined: Interval[] = [];
  for (const { from, to } of intervals.filter((each) => each.from < each.to).sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last && from <= last.to) joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    else joined.push({ from, to });
  }
  return joined;
}

/** What of `whole` lies in none of these, by time. */
export function without(whole: Interval, covered: readonly Interval[]): Interval[] {
  const left: Interval[] = [];
  let from = whole.from;
  for (const each of merged(covered)) {
    if (each.from > from) left.push({ from, to: Math.min(each.from, whole.to) });
    from = Math.max(from, each.to);
  }
  return merged([...left, { from, to: whole.to }].filter((each) => each.from < whole.to));
}

/** Whether a stretch lies in these from its first to its last instant. */
export const covers = (intervals: readonly Interval[], { from, to }: Interval): boolean =>
  merged(intervals).some((each) => each.from <= from && to <= each.to);

/** What lies in both. */
export const common = (a: readonly Interval[], b: readonly Interval[]): Interval[] =>
  merged(
    a.flatMap((one) => b.map((other) => ({ from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) }))),
  );
