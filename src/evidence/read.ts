import pMap from "p-map";
import { DAY, HOUR, type Instant } from "../usage/instants.ts";
import type { ChainVerdict } from "./digest-chain.ts";
import { readDigests } from "./digests.ts";
import { callsByDay, type EvidenceByDay, type UnreadableObject } from "./evidence.ts";
import { judgePlace, type Standing } from "./integrity.ts";
import { dayPrefix, deliveredSince, deliveryDays, type LogKey, type LogLocation, parseLogKey } from "./keys.ts";
import { prove } from "./proof.ts";
import type { PublicKeySource } from "./public-keys.ts";
import { logFileReader, type ReadLogFile } from "./read-log.ts";
import type { EvidenceSource, StoredObject } from "./source.ts";
import type { EvidenceStore, KnownFile } from "./store.ts";
import { UnreadableError } from "./unreadable.ts";

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

/** What reading needs besides its source: where it keeps the calls, and with what it checks digests, if it does. */
interface Reading extends Watching {
  readonly store: EvidenceStore;
  readonly integrity?: Integrity | undefined;
  /** Who reads the log files; by default this thread, four at a time. */
  readonly readers?: Readers;
}

/** Who reads log files, and how many groups of them at a time: one of up to 50 MB alone, or so many small ones together. */
interface Readers {
  readonly read: ReadLogFile;
  readonly atATime: number;
  readonly together: number;
}

const here = (): Readers => ({ read: logFileReader(), atATime: 4, together: 1 });

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
  { store, onProgress, signal, integrity, readers = here() }: Reading,
): Promise<EvidenceByDay> {
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

  const hashes = new Map<string, string | undefined>();
  const unreadable: UnreadableObject[] = [];
  let objects = 0;
  let bytes = 0;
  const readFile = async (file: ListedLog) => {
    signal?.throwIfAborted();
    const { key, size, log } = file;
    const { hash, reason } =
      store.known(file) ?? (await readInto(store, source, file, readers.read, integrity !== undefined));
    hashes.set(key, hash);
    if (reason !== undefined) unreadable.push({ key, region: log.region, deliveredAt: log.deliveredAt, reason });
    objects += 1;
    bytes += size;
    onProgress?.({ objects, ofObjects: files.length, bytes, ofBytes });
  };
  onProgress?.({ objects, ofObjects: files.length, bytes, ofBytes });
  const groups = groupsOf(files, readers);
  await pMap(groups, (group) => Promise.all(group.map(readFile)), { concurrency: readers.atATime });
  const judge = (chain: ChainVerdict[], index: number) => {
    const place = places[index] as LogLocation;
    const logs = files.filter(({ log }) => isOf(log, place));
    const read = logs.map(({ key, log }) => ({ key, deliveredAt: log.deliveredAt, hash: hashes.get(key) }));
    return judgePlace(place.region, read, chain, span, { now: (integrity as Integrity).now, provenTo });
  };
  const verdicts = chains?.map(judge);
  const standings = new Map(verdicts?.flatMap((verdict) => [...verdict.standings]));
  const unchecked = (key: string): Standing | undefined => (hashes.has(key) ? "verified" : undefined);
  return {
    ...(await callsByDay(store, verdicts ? (key) => standings.get(key) : unchecked)),
    ...(verdicts && { proof: prove(verdicts) }),
    unreadable: unreadable.sort((a, b) => compare(a.key, b.key)),
    objects,
    bytes,
    skipped,
    regions: [...new Set(files.map(({ log }) => log.region))].sort(),
    latestDelivery: latestOf(files),
  };
}

/** The bytes up to which files are small enough to be read together. */
const SMALL = 640 * 1024;

function groupsOf(files: readonly ListedLog[], { together, atATime }: Readers): ListedLog[][] {
  const groups: ListedLog[][] = [];
  let bytes = 0;
  for (const [index, file] of files.entries()) {
    const group = groups.at(-1);
    bytes += file.size;
    // The last ones are smaller, so that all who read have something to the end.
    const most = Math.min(together, (files.length - index) / atATime);
    if (group && group.length < most && bytes <= SMALL) group.push(file);
    else {
      groups.push([file]);
      bytes = file.size;
    }
  }
  return groups;
}

/** Reads a log file, and keeps its calls and what is known of it. */
async function readInto(
  store: EvidenceStore,
  source: EvidenceSource,
  { key, size }: StoredObject,
  readLog: ReadLogFile,
  wantsHash: boolean,
): Promise<KnownFile> {
  try {
    if (size > LARGEST) throw new UnreadableError(`it has ${size} bytes, where CloudTrail ends a log file at 50 MB`);
    const { events, hash } = await readLog(await source.read(key), key, wantsHash);
    const file = { key, size, hash };
    await store.add(file, events);
    return file;
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    const file = { key, size, reason: error.message };
    await store.add(file, []);
    return file;
  }
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

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
