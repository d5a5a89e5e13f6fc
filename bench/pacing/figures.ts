/** One request as the metering service saw it. */
export interface Call {
  /** When it arrived, by the service's clock. */
  readonly at: number;
  readonly records: number;
  /** What it was refused with. */
  readonly error: string | undefined;
}

/** One line of the metering service's books. */
export interface Line {
  readonly key: string;
  readonly units: bigint;
}

/** How well a run used the quota. */
export interface Figures {
  readonly calls: number;
  readonly throttled: number;
  /** First call to last. */
  readonly seconds: number;
  readonly recordsPerSecond: number;
  /** The requests that the billed records need at the least, of those that the quota allows between the first call and the last. */
  readonly quotaUsed: number;
}

/** The most records that AWS takes in one request. */
const RECORDS_A_REQUEST = 25;

/** Judges a run by the service's own log. */
export function figuresOf(calls: readonly Call[], billed: number, ratePerSecond: number): Figures {
  const times = calls.map(({ at }) => at);
  const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
  return {
    calls: calls.length,
    throttled: calls.filter(isThrottled).length,
    seconds,
    recordsPerSecond: billed / seconds,
    quotaUsed: billed / RECORDS_A_REQUEST / (ratePerSecond * seconds),
  };
}

/** Requests a second, taken and throttled. */
export interface Rate {
  readonly taken: number;
  readonly throttled: number;
}

/** The rate between two instants. */
export function rateOf(calls: readonly Call[], from: number, to: number): Rate {
  const inside = calls.filter(({ at }) => at >= from && at < to);
  const throttled = inside.filter(isThrottled).length;
  const seconds = (to - from) / 1000;
  return { taken: (inside.length - throttled) / seconds, throttled: throttled / seconds };
}

/** The rates in stretches of so many milliseconds, from the first call to the last. */
export function ratesOf(calls: readonly Call[], stretch: number): Rate[] {
  const times = calls.map(({ at }) => at);
  const first = Math.min(...times);
  const stretches = Math.floor((Math.max(...times) - first) / stretch) + 1;
  return Array.from({ length: stretches }, (_, n) => rateOf(calls, first + n * stretch, first + (n + 1) * stretch));
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

const isThrottled = ({ error }: Call): boolean => error === "ThrottlingException";
