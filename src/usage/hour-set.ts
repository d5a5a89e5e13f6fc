import { HOUR, type Hour } from "./instants.ts";

/** A set of hours that takes one bit for each hour of the span it is made for. */
export interface HourSet extends Iterable<Hour> {
  /** Adds an hour of the span; others are left out. */
  add(hour: Hour): void;
  has(hour: Hour): boolean;
}

/** An empty set for the hours from the first up to, not including, the last. */
export function hourSet({ from, to }: { readonly from: Hour; readonly to: Hour }): HourSet {
  const count = (to - from) / HOUR;
  const bits = new Uint8Array(Math.ceil(count / 8));
  const isIn = (place: number) => place >= 0 && place < count;
  const hasPlace = (place: number) => isIn(place) && (((bits[place >> 3] as number) >> (place & 7)) & 1) === 1;
  return {
    add(hour) {
      const place = (hour - from) / HOUR;
      if (isIn(place)) bits[place >> 3] = (bits[place >> 3] as number) | (1 << (place & 7));
    },
    has: (hour) => hasPlace((hour - from) / HOUR),
    *[Symbol.iterator]() {
      for (let place = 0; place < count; place++) if (hasPlace(place)) yield from + place * HOUR;
    },
  };
}
