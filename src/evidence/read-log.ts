import { createHash } from "node:crypto";
import { createGunzip, gunzipSync } from "node:zlib";
import { type EvidenceEvent, isMeteringCall, parseMeteringCall } from "./event.ts";
import { recordPacker } from "./packed-records.ts";
import { parseRecord } from "./repeats.ts";
import { scanRecords } from "./scan.ts";
import { subjectTable } from "./subjects.ts";
import { UnreadableError } from "./unreadable.ts";

/** What one log file says. */
export interface LogFileRead {
  /** Its BatchMeterUsage calls, in the order of the file. */
  readonly events: readonly EvidenceEvent[];
  /** Hex SHA-256 of its text, which is what its digest names; undefined where it was not asked for. */
  readonly hash: string | undefined;
}

/** A reader in this thread, of many log files. */
export function logFileReader(): ReadLogFile {
  const subjects = subjectTable();
  return (stored, key, wantsHash) => readLogFile(stored, key, wantsHash, subjects);
}

/** Reads one log file: here, or in a thread beside this one. */
export type ReadLogFile = (stored: Uint8Array, key: string, wantsHash: boolean) => Promise<LogFileRead>;

/**
 * Reads the log file `key` from its bytes as they are stored: all of its BatchMeterUsage calls or (throwing `UnreadableError`) none, since
 * half a file proves nothing about the other half. What its records name is kept among `subjects`, by default its own.
 */
export async function readLogFile(
  stored: Uint8Array,
  key: string,
  wantsHash: boolean,
  subjects = subjectTable(),
): Promise<LogFileRead> {
  if (stored[0] !== 0x1f || stored[1] !== 0x8b)
    throw new UnreadableError(stored.length === 0 ? "it is empty" : "it is not gzip");
  const events: EvidenceEvent[] = [];
  const pack = recordPacker(subjects);
  const hash = wantsHash ? createHash("sha256") : undefined;
  const scanner = scanRecords((record) => {
    const event = parseRecord(record);
    if (isMeteringCall(event)) events.push(parseMeteringCall(event, key, pack));
  });
  const take = (piece: Uint8Array) => {
    hash?.update(piece);
    scanner.push(piece);
  };
  try {
    const whole = gunzipWhole(stored);
    if (whole) {
      take(whole);
      release(whole);
    } else {
      const gunzip = createGunzip({ chunkSize: PIECE });
      gunzip.end(stored);
      for await (const piece of gunzip) take(piece as Buffer);
    }
    scanner.end();
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code?.startsWith("Z_")) throw error;
    throw new UnreadableError(`its gzip is broken (${(error as Error).message})`);
  } finally {
    scanner.close();
  }
  return { events, hash: hash?.digest("hex") };
}

/** Most log files are far smaller. Larger ones, which may be 600 MB of text, are read in pieces. */
const WHOLE = 8 * 1024 * 1024;
const PIECE = 1024 * 1024;
/** The least that zlib is given to write to. */
const SMALLEST = 64 * 1024;

/**
 * The text in one piece, undefined where that is too large. It is nearly twice as fast as in pieces: the last four bytes tell its length
 * (RFC 1952, ISIZE), so zlib writes it once into memory of the right size, and no other thread has to be waited for.
 */
function gunzipWhole(stored: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const { length } = stored;
  const size = length < 18 ? 0 : new DataView(stored.buffer, stored.byteOffset, length).getUint32(length - 4, true);
  if (size > WHOLE) return undefined;
  try {
    // One byte more, or zlib would ask for another buffer to find that it is at the end.
    return gunzipSync(stored, { chunkSize: Math.max(size + 1, SMALLEST), maxOutputLength: WHOLE });
  } catch (error) {
    // The length that a file states of itself need not be true.
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") return undefined;
    throw error;
  }
}

/**
 * Gives the memory of a text back at once. The engine would do so in time, but lets some sixty megabytes gather in each thread before it
 * looks; and the next text is written faster to memory that is still in the processor's cache.
 */
function release({ buffer }: Uint8Array<ArrayBuffer>): void {
  // What is no larger than the pool of small buffers may be that pool.
  if (buffer.byteLength > Buffer.poolSize) buffer.transfer(0);
}
