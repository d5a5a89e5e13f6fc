// What happens in the benchmark's accounts.
import type { CloudTrailRecord } from "../../sandbox/cloudtrail/event.ts";
import type { SigningKey } from "../../sandbox/cloudtrail/signing.ts";
import { HOUR, hourOf } from "../../src/usage/instants.ts";
import { MOST_RECORDS, meteringCall, recordsOfCall } from "./calls.ts";
import { noiseOf } from "./noise.ts";
import { seeded } from "./random.ts";
import { type MadeTrail, makeTrail, type Put, SLOT } from "./trail.ts";
import { ACCOUNT, REGION, type RecordCounts, START } from "./usage.ts";

/** A bucket, and the usage that was billed by the calls in it. A call carries records of the hour before its own. */
export interface Made extends MadeTrail {
  readonly window: { readonly from: number; readonly to: number };
  readonly events: number;
  readonly calls: number;
  readonly records: RecordCounts;
}

/** An account in which much else happens: `bytes` of text a day, of whose events `share` are metering calls. */
export function busyAccount(days: number, bytes: number, share: number, signingKey: SigningKey, put: Put): Made {
  const hours = days * 24;
  const random = seeded(1 + Math.round(share * 1000));
  const noise = noiseOf(ACCOUNT, REGION, random);
  const records = Array.from({ length: hours }, () => 0);
  let [events, calls] = [0, 0];

  function event(at: number): CloudTrailRecord {
    events += 1;
    const hour = hourOf(at) - HOUR;
    if (hour < START || random() >= share) return noise(at);
    calls += 1;
    const index = (hour - START) / HOUR;
    const first = records[index] as number;
    const count = recordsOfCall(random);
    records[index] = first + count;
    return meteringCall(at, hour, first, count, random);
  }

  /** More by day than by night, and now and then far more than on average. */
  function* slot(from: number): Iterable<string> {
    const dayTime = 1 - 0.5 * Math.cos((2 * Math.PI * (from - START)) / (24 * HOUR));
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    let left = (bytes / ((24 * HOUR) / SLOT)) * dayTime * Math.exp(0.7 * normal - 0.245);
    while (left > 0) {
      const next = JSON.stringify(event(from + random() * SLOT));
      left -= next.length;
      yield next;
    }
  }

  // One hour more: it has the calls with the last hour's records.
  const made = makeTrail(hours + 1, slot, signingKey, put);
  return { ...made, window: { from: START, to: START + hours * HOUR }, events, calls, records };
}

/** A seller of whom nothing but metering is in the trail: so many meters, each with a record in every hour. */
export function meteredHours(hours: number, meters: number, signingKey: SigningKey, put: Put): Made {
  const random = seeded(7);
  const callsAnHour = Math.ceil(meters / MOST_RECORDS);
  let calls = 0;

  function* slot(from: number): Iterable<string> {
    const hour = hourOf(from) - HOUR;
    if (hour < START) return;
    const [first, end] = [from, from + SLOT].map((at) => Math.round(((at - hour - HOUR) / HOUR) * callsAnHour)) as [
      number,
      number,
    ];
    for (let call = first; call < end; call++) {
      calls += 1;
      const meter = call * MOST_RECORDS;
      const at = from + ((call - first) / (end - first)) * SLOT;
      yield JSON.stringify(meteringCall(at, hour, meter, Math.min(MOST_RECORDS, meters - meter), random));
    }
  }

  const made = makeTrail(hours + 1, slot, signingKey, put);
  const records = Array.from({ length: hours }, () => meters);
  return { ...made, window: { from: START, to: START + hours * HOUR }, events: calls, calls, records };
}
