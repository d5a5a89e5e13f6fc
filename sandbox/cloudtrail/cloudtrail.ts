// CloudTrail itself: takes calls as they happen, and delivers log files later, as each trail's selectors want them.
import type { MeteringCall } from "../metering/call.ts";
import { type Random, shuffled, text } from "../metering/identifiers.ts";
import { batchMeterUsageRecord, type CloudTrailRecord, type Spelling } from "./event.ts";
import { type EventBridgeEvent, eventBridgeEvent } from "./eventbridge.ts";
import { logFileBytes, logFileKey } from "./log-file.ts";
import { noiseRecord } from "./noise.ts";
import { checkSelectors, logs, type Trail } from "./trail.ts";

export interface CloudTrailOptions {
  clock: { now(): number };
  random: Random;
  /** Writes an object; `metadata` is its user metadata. A file whose write fails stays due. */
  put(bucket: string, key: string, bytes: Uint8Array, metadata: Record<string, string>): Promise<void>;
  /** Called at once with each BatchMeterUsage event that a trail logs. */
  onEvent?: (event: EventBridgeEvent) => void;
  /** Ms from an event to the earliest file it can be in; files leave every 5 minutes. Default: 1 to 6 minutes. */
  delay?: { least: number; most: number };
  /** Events of other services, an hour and Region on average, for as long as there is a trail. Default: 20. */
  noisePerHour?: number;
  /** Share of events that are delivered a second time, in a later file. Default: 0.02. */
  duplicates?: number;
  spelling?: Spelling;
}

/** A file that was delivered. */
export interface LogFile {
  trail: Trail;
  accountId: string;
  region: string;
  bucket: string;
  key: string;
  deliveredAt: number;
  /** In the file's order. */
  records: CloudTrailRecord[];
}

export interface CloudTrail {
  /**
   * Adds a trail, which logs from now on.
   * @throws {Error} `InvalidEventSelectorsException` for selectors that CloudTrail's API refuses.
   */
  createTrail(trail: Trail): void;
  /** Takes a call of the metering service: its `onCall`. */
  observe(call: MeteringCall): void;
  /** Writes every file due until `now` (ms), oldest first. */
  deliver(now: number): Promise<LogFile[]>;
  /** When the next file with a metering call in it is due, ms; other services' events alone wake nobody. */
  nextDelivery(): number | undefined;
}

export function createCloudTrail(options: CloudTrailOptions): CloudTrail {
  const { clock, random, delay = { least: minute, most: 6 * minute }, noisePerHour = 20, duplicates = 0.02 } = options;
  const trails: Trail[] = [];
  const due = new Map<string, DueFile>();
  let noiseUntil = clock.now();

  /** Puts the record into a file to come of every trail that logs it. */
  function log(record: CloudTrailRecord, at: number, origin: { global: boolean; metering: boolean }): boolean {
    const { recipientAccountId: accountId, awsRegion: region } = record;
    const takers = trails.filter((trail) => logs(trail, record, { accountId, region, global: origin.global }));
    for (const trail of takers) {
      const slot = Math.ceil((at + delay.least + random() * (delay.most - delay.least)) / slotLength);
      enqueue(trail, slot, record, origin.metering);
      if (random() < duplicates) enqueue(trail, slot + 1 + Math.floor(random() * 3), record, origin.metering);
    }
    return takers.length > 0;
  }

  function enqueue(trail: Trail, slot: number, record: CloudTrailRecord, metering: boolean): void {
    const { recipientAccountId: accountId, awsRegion: region } = record;
    const id = [trail.arn, accountId, region, slot].join(" ");
    const file = due.get(id) ?? { id, trail, accountId, region, at: slot * slotLength, records: [], metering: false };
    file.records.push(record);
    file.metering ||= metering;
    due.set(id, file);
  }

  /** Brings the noise of every logged account and Region up to `now`. */
  function makeNoise(now: number): void {
    const places = new Set(
      trails.flatMap(({ accountId, regions }) => regions.map((region) => `${accountId} ${region}`)),
    );
    for (const place of noisePerHour > 0 ? places : []) {
      const [accountId = "", region = ""] = place.split(" ");
      // Exponential gaps: events that know nothing of one another.
      const gap = () => (-Math.log(1 - random()) * 60 * minute) / noisePerHour;
      for (let at = noiseUntil + gap(); at <= now; at += gap()) {
        const { record, global } = noiseRecord(accountId, region, at, random);
        log(record, at, { global, metering: false });
      }
    }
    noiseUntil = Math.max(noiseUntil, now);
  }

  async function write(file: DueFile): Promise<LogFile> {
    const { trail, accountId, region, at } = file;
    // CloudTrail promises no order.
    const records = shuffled(random, file.records);
    const key = logFileKey(trail, accountId, region, at, text(random, 16, letters));
    await options.put(trail.bucket, key, logFileBytes(records), {});
    return { trail, accountId, region, bucket: trail.bucket, key, deliveredAt: at, records };
  }

  return {
    createTrail(trail) {
      checkSelectors(trail);
      makeNoise(clock.now());
      trails.push(trail);
    },
    observe(call) {
      if (call.caller === undefined) return;
      const record = batchMeterUsageRecord(call, call.caller, random, options.spelling ?? {});
      // A slow call is logged when it is done.
      if (log(record, clock.now(), { global: false, metering: true }))
        options.onEvent?.(eventBridgeEvent(record, random));
    },
    async deliver(now) {
      makeNoise(now);
      const delivered: LogFile[] = [];
      for (const file of [...due.values()].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)) {
        // Taken out first, so that two deliveries at once do not both write it.
        if (!due.delete(file.id)) continue;
        try {
          delivered.push(await write(file));
        } catch (error) {
          due.set(file.id, file);
          throw error;
        }
      }
      return delivered;
    },
    nextDelivery() {
      const times = [...due.values()].filter(({ metering }) => metering).map(({ at }) => at);
      return times.length === 0 ? undefined : Math.min(...times);
    },
  };
}

interface DueFile {
  id: string;
  trail: Trail;
  accountId: string;
  region: string;
  at: number;
  records: CloudTrailRecord[];
  /** Whether a metering call is in it. */
  metering: boolean;
}

const minute = 60_000;
const slotLength = 5 * minute;
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
