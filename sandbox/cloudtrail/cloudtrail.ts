// CloudTrail itself: takes calls as they happen, and delivers log files later, as each trail's selectors want them.
import type { MeteringCall } from "../metering/call.ts";
import { type Random, shuffled, text } from "../metering/identifiers.ts";
import { type DigestChain, startChain, writeDigest } from "./digest.ts";
import { batchMeterUsageRecord, type CloudTrailRecord, type Spelling } from "./event.ts";
import { type EventBridgeEvent, eventBridgeEvent } from "./eventbridge.ts";
import { logFile, logFileKey } from "./log-file.ts";
import { noiseRecord } from "./noise.ts";
import { type SigningKey, sharedSigningKey } from "./signing.ts";
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
  /** What digests are signed with. Default: the process's own key. */
  signingKey?: SigningKey;
  /** What becomes of a metering event on its way to each trail. Default: one copy, not late. */
  fate?: (at: number) => Fate;
}

/** How many files an event comes in, none at all too, and how many ms later than it would. */
export interface Fate {
  copies: number;
  late: number;
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
  /** Writes every file and digest due until `now` (ms), oldest first; of hours that were skipped too. Answers the log files. */
  deliver(now: number): Promise<LogFile[]>;
  /**
   * When the next file with a metering call in it, or the next digest, is due, ms; other services' events alone wake nobody. Trails with log file
   * validation have a digest every hour.
   */
  nextDelivery(): number | undefined;
  /** The keys that digests are signed with and that are valid at some time from `start` to `end` (ms), as ListPublicKeys answers. */
  listPublicKeys(start: number, end: number): PublicKey[];
}

/** A public key as ListPublicKeys gives it. Times in ms. */
export interface PublicKey {
  /** DER of PKCS #1. */
  value: Uint8Array;
  fingerprint: string;
  validFrom: number;
  validTo: number;
}

export function createCloudTrail(options: CloudTrailOptions): CloudTrail {
  const { clock, random, delay = { least: minute, most: 6 * minute }, noisePerHour = 20, duplicates = 0.02 } = options;
  const trails: Trail[] = [];
  const due = new Map<string, DueFile>();
  const chains = new Map<string, DigestChain>();
  const createdAt = clock.now();
  let lastDelivery: Promise<unknown> = Promise.resolve();
  let noiseUntil = clock.now();

  /** Puts the record into a file to come of every trail that logs it. */
  function log(record: CloudTrailRecord, at: number, origin: { global: boolean; metering: boolean }): boolean {
    const { recipientAccountId: accountId, awsRegion: region } = record;
    const takers = trails.filter((trail) => logs(trail, record, { accountId, region, global: origin.global }));
    for (const trail of takers) {
      const { copies, late } = (origin.metering && options.fate?.(at)) || { copies: 1, late: 0 };
      const slot = Math.ceil((at + late + delay.least + random() * (delay.most - delay.least)) / slotLength);
      for (let copy = 0; copy < copies; copy++) enqueue(trail, slot + copy, record, origin.metering);
      if (copies === 0) continue;
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

  /** Starts the digests of an account's Region, where the trail has them; the account of another's trail is known by its first event. */
  function digest(trail: Trail, accountId: string, region: string): DigestChain | undefined {
    if (!trail.logFileValidation) return undefined;
    const id = [trail.arn, accountId, region].join(" ");
    const chain = chains.get(id) ?? startChain(trail, accountId, region, clock.now());
    chains.set(id, chain);
    return chain;
  }

  async function write(file: DueFile): Promise<LogFile> {
    const { trail, accountId, region, at } = file;
    // CloudTrail promises no order.
    const records = shuffled(random, file.records);
    const key = logFileKey(trail, accountId, region, at, text(random, 16, letters));
    const { bytes, hash } = logFile(records);
    await options.put(trail.bucket, key, bytes, {});
    const times = records.map(({ eventTime }) => eventTime).sort();
    const [oldestEventTime = ""] = times;
    const newestEventTime = times.at(-1) ?? "";
    digest(trail, accountId, region)?.files.push({ key, hash, deliveredAt: at, newestEventTime, oldestEventTime });
    return { trail, accountId, region, bucket: trail.bucket, key, deliveredAt: at, records };
  }

  async function writeNextDigest(id: string, chain: DigestChain): Promise<void> {
    const { key, bytes, metadata, next } = writeDigest(chain, options.signingKey ?? sharedSigningKey());
    await options.put(chain.trail.bucket, key, bytes, metadata);
    chains.set(id, next);
  }

  async function deliver(now: number): Promise<LogFile[]> {
    makeNoise(now);
    const files = [...due.values()].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    const delivered: LogFile[] = [];
    for (;;) {
      const file = files[delivered.length];
      const entry = earliest([...chains], ([, chain]) => digestAt(chain));
      if (entry && digestAt(entry[1]) <= now && digestAt(entry[1]) < (file?.at ?? Number.POSITIVE_INFINITY)) {
        await writeNextDigest(...entry);
      } else if (file) {
        due.delete(file.id);
        try {
          delivered.push(await write(file));
        } catch (error) {
          due.set(file.id, file);
          throw error;
        }
      } else {
        return delivered;
      }
    }
  }

  return {
    createTrail(trail) {
      checkSelectors(trail);
      makeNoise(clock.now());
      trails.push(trail);
      for (const region of trail.regions) digest(trail, trail.accountId, region);
    },
    observe(call) {
      if (call.caller === undefined) return;
      const record = batchMeterUsageRecord(call, call.caller, random, options.spelling ?? {});
      // A slow call is logged when it is done.
      if (log(record, clock.now(), { global: false, metering: true }))
        options.onEvent?.(eventBridgeEvent(record, random));
    },
    deliver(now) {
      // One after the other, so that two at once do not both write a file.
      const delivery = lastDelivery.then(() => deliver(now));
      lastDelivery = delivery.catch(() => undefined);
      return delivery;
    },
    nextDelivery() {
      const files = [...due.values()].filter(({ metering }) => metering).map(({ at }) => at);
      return earliest([...files, ...[...chains.values()].map(digestAt)], (at) => at);
    },
    listPublicKeys(start, end) {
      const { publicKey, fingerprint } = options.signingKey ?? sharedSigningKey();
      const key = {
        value: publicKey,
        fingerprint,
        validFrom: createdAt - 30 * day,
        validTo: createdAt + 400 * day,
      };
      return [key].filter(({ validFrom, validTo }) => validFrom <= end && validTo >= start);
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

const digestAt = ({ end }: DigestChain): number => end + digestDelay;

const earliest = <T>(items: readonly T[], at: (item: T) => number): T | undefined =>
  items.reduce<T | undefined>((first, item) => (first === undefined || at(item) < at(first) ? item : first), undefined);

const minute = 60_000;
const day = 24 * 60 * minute;
/** How long after its hour a digest is delivered. */
const digestDelay = 10 * minute;
const slotLength = 5 * minute;
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
