import { createGunzip } from "node:zlib";
import pMap from "p-map";
import { DAY, type Instant } from "../usage/instants.ts";
import { type EvidenceEvent, isMeteringCall, parseMeteringCall } from "./event.ts";
import { asObject } from "./fields.ts";
import { dayPrefix, deliveredSince, deliveryDays, type LogKey, type LogLocation, parseLogKey } from "./keys.ts";
import { scanRecords } from "./scan.ts";
import type { EvidenceSource } from "./source.ts";
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
  /** Each call once, by time and id. */
  readonly events: readonly EvidenceEvent[];
  readonly unreadable: readonly UnreadableObject[];
  /** How many log files were looked at, and their bytes as they are stored. */
  readonly objects: number;
  readonly bytes: number;
}

/** How long after an hour evidence about it can still come: AWS takes its records for a day, and files up to two days late are looked for. */
const READ_PAST = 3 * DAY;

/** Log files that are read at a time; each may hold 50 MB. */
const AT_A_TIME = 4;

/**
 * Reads what CloudTrail delivered about the records of a window, past the window's end but not past `now`, in each of these places. Throws
 * where the source cannot be read; a file that is no log file is counted and named in `unreadable`, and nothing of it is used.
 */
export async function readEvidence(
  source: EvidenceSource,
  places: readonly LogLocation[],
  window: { readonly from: Instant; readonly to: Instant },
  now: Instant,
): Promise<Evidence> {
  const until = Math.min(window.to + READ_PAST, now);
  const files: { key: string; log: LogKey }[] = [];
  for (const place of places) {
    for (const day of deliveryDays(window.from, until)) {
      for await (const key of source.list(dayPrefix(place, day))) {
        const log = parseLogKey(key);
        if (log && deliveredSince(log, window.from)) files.push({ key, log });
      }
    }
  }

  const calls: EvidenceEvent[] = [];
  const unreadable: UnreadableObject[] = [];
  let bytes = 0;
  const readFile = async ({ key, log }: { key: string; log: LogKey }) => {
    const stored = await source.read(key);
    bytes += stored.length;
    try {
      calls.push(...(await readLogFile(stored, key)));
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      unreadable.push({ key, region: log.region, deliveredAt: log.deliveredAt, reason: error.message });
    }
  };
  await pMap(files, readFile, { concurrency: AT_A_TIME });
  return {
    events: distinctEvents(calls),
    unreadable: unreadable.sort((a, b) => (a.key < b.key ? -1 : 1)),
    objects: files.length,
    bytes,
  };
}

/** The BatchMeterUsage calls of one log file, all or (throwing `UnreadableError`) none: half a file proves nothing about the other half. */
export async function readLogFile(stored: Uint8Array, key: string): Promise<EvidenceEvent[]> {
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
    for await (const piece of gunzip) scanner.push(piece as Buffer);
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

/** CloudTrail delivers events more than once. Each is kept once, whatever order they came in, with all the files that hold it. */
function distinctEvents(calls: readonly EvidenceEvent[]): EvidenceEvent[] {
  const byId = new Map<string, EvidenceEvent>();
  const inOrder = [...calls].sort((a, b) => compare(a.objects[0] as string, b.objects[0] as string));
  for (const call of inOrder) {
    const known = byId.get(call.eventId);
    const objects = [...new Set([...(known?.objects ?? []), ...call.objects])];
    byId.set(call.eventId, { ...(known ?? call), objects });
  }
  return [...byId.values()].sort((a, b) => a.eventTime - b.eventTime || compare(a.eventId, b.eventId));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
