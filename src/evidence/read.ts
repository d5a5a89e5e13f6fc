import { createHash, type Hash } from "node:crypto";
import { createGunzip } from "node:zlib";
import pMap from "p-map";
import { DAY, HOUR, type Instant } from "../usage/instants.ts";
import type { ChainVerdict } from "./digest-chain.ts";
import { readDigests } from "./digests.ts";
import { distinctEvents } from "./distinct.ts";
import { type EvidenceEvent, isMeteringCall, parseMeteringCall } from "./event.ts";
import { asObject } from "./fields.ts";
import { judgePlace } from "./integrity.ts";
import { dayPrefix, deliveredSince, deliveryDays, type LogKey, type LogLocation, parseLogKey } from "./keys.ts";
import { type Proof, prove } from "./proof.ts";
import type { PublicKeySource } from "./public-keys.ts";
import { scanRecords } from "./scan.ts";
import type { EvidenceSource, StoredObject } from "./source.ts";
import { UnreadableError } from "./unreadable.ts";

/** A log file that could not be read: it may hold any record that was sent before it was delivered. */
export interface UnreadableObject {
  readonly key: string;
  readonly region: string;
  readonly deliveredAt: Instant;
  /** The end of a sentence about the file. */
  readonly reason: string;
}

/** All that the log files say about BatchMeterUsage calls. */
export interface Evidence {
  /** Each call once, by time and id; where digests were checked, only calls in log files that they prove. */
  readonly events: readonly EvidenceEvent[];
  readonly unreadable: readonly UnreadableObject[];
  /** How many log files were looked at, and their bytes as they are stored. */
  readonly objects: number;
  readonly bytes: number;
  /** Keys in the folders of log files that are not log files by their names, in order: nothing was read of them. */
  readonly skipped: readonly string[];
  /** The Regions of which any log file was looked at, in order. */
  readonly regions: readonly string[];
  /** When the latest of them was delivered; undefined where there was none. */
  readonly latestDelivery: Instant | undefined;
  /** What digests say of it; absent where they were not checked, and then the evidence is unsigned. */
  readonly proof?: Proof;
}

/** What digests are checked with: CloudTrail's keys, and the time, since the youngest log files are in no digest yet. */
export interface Integrity {
  readonly publicKeys: PublicKeySource;
  readonly now: Instant;
}

/** How far reading has come. Bytes are those that are stored; undefined is a total that no one knows beforehand. */
export interface ReadProgress {
  readonly objects: number;
  readonly ofObjects: number | undefined;
  readonly bytes: number;
  readonly ofBytes: number | undefined;
}

/** Ways to watch a reading and to end it: after `signal`, it throws the signal's reason. */
export interface Watching {
  readonly onProgress?: (progress: ReadProgress) => void;
  readonly signal?: AbortSignal;
}

/** How long after an hour evidence about it can still come: AWS takes its records for a day, and files up to two days late are looked for. */
export const READ_PAST = 3 * DAY;

/**
 * How long after an hour digests must cover what is delivered: AWS takes its records for a day, and CloudTrail mostly delivers within minutes. A copy
 * of a bucket need not reach further; later log files count where digests name them.
 */
const PROVED_PAST = DAY + 2 * HOUR;

/** Log files that are read at a time; each may hold 50 MB. */
const AT_A_TIME = 4;

/** CloudTrail ends a log file at 50 MB. What is far larger is none, and holding on to it would only fill the memory. */
const LARGEST = 256 * 1024 * 1024;

/**
 * Reads what CloudTrail delivered about the records of a window, past the window's end but not past `now`, in each of these places; with
 * `integrity`, also the digests that prove it. Throws where the source cannot be read; a file that is no log file is counted and named in
 * `unreadable`, and nothing of it is used.
 */
export async function readEvidence(
  source: EvidenceSource,
  places: readonly LogLocation[],
  window: { readonly from: Instant; readonly to: Instant },
  now: Instant,
  { onProgress, signal, integrity }: Watching & { readonly integrity?: Integrity | undefined } = {},
): Promise<Evidence> {
  const until = Math.min(window.to + READ_PAST, now);
  // Listings are of whole days. Digests first: what they name has then been delivered when log files are listed.
  const span = { from: window.from, to: Math.floor(until / DAY) * DAY + DAY };
  const provenTo = window.to + PROVED_PAST;
  const chains =
    integrity &&
    (await pMap(places, (place) => readDigests(source, place, span, { ...integrity, provenTo }, signal), {
      concurrency: 1,
    }));
  const { files, skipped } = await listLogFiles(source, places, { from: window.from, until }, signal);
  const ofBytes = files.reduce((total, { size }) => total + size, 0);

  const calls: EvidenceEvent[] = [];
  const hashes = new Map<string, string>();
  const unreadable: UnreadableObject[] = [];
  let objects = 0;
  let bytes = 0;
  const readFile = async ({ key, size, log }: ListedLog) => {
    signal?.throwIfAborted();
    try {
      if (size > LARGEST) throw new UnreadableError(`it has ${size} bytes, where CloudTrail ends a log file at 50 MB`);
      const hash = integrity && createHash("sha256");
      calls.push(...(await readLogFile(await source.read(key), key, hash)));
      if (hash) hashes.set(key, hash.digest("hex"));
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      unreadable.push({ key, region: log.region, deliveredAt: log.deliveredAt, reason: error.message });
    }
    objects += 1;
    bytes += size;
    onProgress?.({ objects, ofObjects: files.length, bytes, ofBytes });
  };
  onProgress?.({ objects, ofObjects: files.length, bytes, ofBytes });
  await pMap(files, readFile, { concurrency: AT_A_TIME });
  const judge = (chain: ChainVerdict[], index: number) => {
    const place = places[index] as LogLocation;
    const logs = files.filter(({ log }) => isOf(log, place));
    const read = logs.map(({ key, log }) => ({ key, deliveredAt: log.deliveredAt, hash: hashes.get(key) }));
    return judgePlace(place.region, read, chain, span, { now: (integrity as Integrity).now, provenTo });
  };
  return {
    ...(chains ? prove(calls, chains.map(judge)) : { events: distinctEvents(calls) }),
    unreadable: unreadable.sort((a, b) => compare(a.key, b.key)),
    objects,
    bytes,
    skipped,
    regions: [...new Set(files.map(({ log }) => log.region))].sort(),
    latestDelivery: latestOf(files),
  };
}

/**
 * When the latest log file was delivered that `readEvidence` would read of a window in these places; undefined where there is none. A file
 * that is there has been delivered, whatever the clock of this machine says.
 */
export async function findLatestDelivery(
  source: EvidenceSource,
  places: readonly LogLocation[],
  window: { readonly from: Instant; readonly to: Instant },
  signal?: AbortSignal,
): Promise<Instant | undefined> {
  const span = { from: window.from, until: window.to + READ_PAST };
  return latestOf((await listLogFiles(source, places, span, signal)).files);
}

const latestOf = (files: readonly ListedLog[]): Instant | undefined =>
  files.reduce<Instant | undefined>((latest, { log }) => Math.max(latest ?? 0, log.deliveredAt), undefined);

const isOf = (log: LogKey, place: LogLocation): boolean =>
  log.prefix === place.prefix &&
  log.organization === place.organization &&
  log.account === place.account &&
  log.region === place.region;

type ListedLog = StoredObject & { readonly log: LogKey };

/** Lists the log files of these places that were delivered from `from` on, on the days up to `until`; and what else lies beside them. */
async function listLogFiles(
  source: EvidenceSource,
  places: readonly LogLocation[],
  { from, until }: { readonly from: Instant; readonly until: Instant },
  signal: AbortSignal | undefined,
): Promise<{ files: ListedLog[]; skipped: string[] }> {
  const files: ListedLog[] = [];
  const skipped: string[] = [];
  for (const place of places) {
    for (const day of deliveryDays(from, until)) {
      signal?.throwIfAborted();
      for await (const object of source.list(dayPrefix(place, day))) {
        const log = parseLogKey(object.key);
        // Some tools leave an empty object where a folder is.
        if (!log && !object.key.endsWith("/")) skipped.push(object.key);
        else if (log && deliveredSince(log, from)) files.push({ ...object, log });
      }
    }
  }
  return { files, skipped: skipped.sort(compare) };
}

/**
 * The BatchMeterUsage calls of one log file, all or (throwing `UnreadableError`) none: half a file proves nothing about the other half. Its
 * whole text goes into `hash`.
 */
export async function readLogFile(stored: Uint8Array, key: string, hash?: Hash): Promise<EvidenceEvent[]> {
  const events: EvidenceEvent[] = [];
  const scanner = scanRecords(NAME, (record) => {
    const event = asObject(parseJson(record)) as Parameters<typeof isMeteringCall>[0];
    if (isMeteringCall(event)) events.push(parseMeteringCall(event, key));
  });
  if (stored[0] !== 0x1f || stored[1] !== 0x8b)
    throw new UnreadableError(stored.length === 0 ? "it is empty" : "it is not gzip");
  // Large pieces: each costs a round trip to zlib's thread, and the scanner a copy of the record it breaks.
  const gunzip = createGunzip({ chunkSize: PIECE });
  gunzip.end(stored);
  try {
    for await (const piece of gunzip) {
      hash?.update(piece as Buffer);
      scanner.push(piece as Buffer);
    }
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code?.startsWith("Z_")) throw error;
    throw new UnreadableError(`its gzip is broken (${(error as Error).message})`);
  }
  scanner.end();
  return events;
}

const NAME = Buffer.from("BatchMeterUsage");
const PIECE = 256 * 1024;

function parseJson(record: Buffer): unknown {
  try {
    return JSON.parse(record.toString());
  } catch {
    throw new UnreadableError("an event in it is not JSON");
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
