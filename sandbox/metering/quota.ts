// The API's quota: a token bucket per account and Region.

export interface Quota {
  /** Requests a second that the bucket refills by. */
  ratePerSecond: number;
  /** Requests that may come at once. */
  capacity: number;
}

/** AWS's quota of BatchMeterUsage. */
export const batchMeterUsageQuota: Quota = { ratePerSecond: 10, capacity: 10 };

/** A function that takes one token of `owner`'s bucket at `now` (ms), and tells whether there was one. Buckets start full. */
export function createBuckets({ ratePerSecond, capacity }: Quota): (owner: string, now: number) => boolean {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (owner, now) => {
    const bucket = buckets.get(owner) ?? { tokens: capacity, at: now };
    // A clock that jumped back refills nothing.
    const elapsed = Math.max(0, now - bucket.at);
    const tokens = Math.min(capacity, bucket.tokens + (elapsed * ratePerSecond) / 1000);
    // Floats refill to a hair under a whole token.
    const granted = tokens > 1 - 1e-9;
    buckets.set(owner, { tokens: granted ? tokens - 1 : tokens, at: now });
    return granted;
  };
}
