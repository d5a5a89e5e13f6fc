import { parseLogKey } from "../evidence/keys.ts";
import type { BucketSource, SignedObject, StoredObject } from "../evidence/source.ts";
import { daysOf, type EvidenceStore, isLoose } from "../evidence/store.ts";
import { DAY, formatInstant, HOUR, type Instant } from "../usage/instants.ts";
import { inFlight } from "./in-flight.ts";
import { readChunks } from "./kept-chunks.ts";
import { COMPLETE, callsFolder, deliveryDay, folderOf, isOfDigests, looseFolder, rootFor } from "./kept-layout.ts";
import { CallLine, callLine, callOf, DigestLine, digestLine, FileLine, fileLine, type KeptFile } from "./kept-lines.ts";
import { chunkWriter } from "./kept-writer.ts";
import type { ReportBucket } from "./report-bucket.ts";

/** Thrown by a source whose time is over. What was read before is kept. */
export class OutOfTimeError extends Error {}

/** What runs read of a trail's bucket, kept in the report bucket: each log file and each digest is read once. */
export interface KeptEvidence {
  /** What one UTC day is verified with: the trail's bucket and what is kept of it. One day at a time. */
  dayOf(day: Instant): EvidenceOfDay;
  /** Keeps what has been read since the last chunk. */
  flush(): Promise<void>;
}

export interface EvidenceOfDay {
  readonly source: BucketSource;
  readonly store: EvidenceStore;
  /** How many of the log files that were listed are still to be read. */
  logFilesLeft(): number;
  /** Says that all that was listed is read: a day of delivery that is long over is then listed no more. */
  complete(): Promise<void>;
}

interface Keeping {
  readonly bucket: ReportBucket;
  readonly source: BucketSource;
  /** Whether digests are checked: a file that was read without its hash is then read again. */
  readonly wantsHash: boolean;
  readonly now: () => Instant;
  /** From when on nothing more is read. */
  readonly until: Instant;
}

/** A folder of the trail's bucket: one day's log files. */
interface Folder {
  /** By key; of a file that was changed since, each version. */
  readonly files: Map<string, KeptFile[]>;
  isComplete: boolean;
}

/** How long after its end a day's log files may still be delivered. */
const LATE = 48 * HOUR;

/**
 * Keeps what is read below `evidence/` in the report bucket: which log files, by the folders of the trail's bucket, which are those of a Region and
 * a day of delivery; the calls in them, by the days of their records; and digests, whose signatures are checked again by each run.
 */
export function keepEvidence({ bucket, source, wantsHash, now, until }: Keeping): KeptEvidence {
  const root = rootFor(source.bucket);
  const writer = chunkWriter(bucket, now);
  const folders = new Map<string, Folder>();
  const digests = new Map<string, Map<string, { readonly etag: string; readonly object: SignedObject }>>();
  /** What each object was when it was listed last, by key. */
  const etags = new Map<string, string>();

  async function loadFolder(prefix: string): Promise<Folder> {
    const known = folders.get(prefix);
    if (known) return known;
    const isComplete = (await bucket.list(`${root}${prefix}${COMPLETE}`)).length > 0;
    const folder: Folder = { files: new Map(), isComplete };
    for await (const file of readChunks(bucket, `${root}${prefix}`, FileLine)) remember(folder, file);
    folders.set(prefix, folder);
    return folder;
  }

  async function loadDigests(prefix: string) {
    const found = digests.get(prefix) ?? new Map();
    if (!digests.has(prefix))
      for await (const { key, etag, signature, bytes } of readChunks(bucket, `${root}${prefix}`, DigestLine))
        found.set(key, { etag, object: { bytes: Buffer.from(bytes, "base64"), signature } });
    digests.set(prefix, found);
    return found;
  }

  /** The file as it was listed last; undefined where that has not been read. */
  const fileOf = (key: string): KeptFile | undefined =>
    folders
      .get(folderOf(key))
      ?.files.get(key)
      ?.findLast(
        ({ etag, hash, reason }) =>
          etag === etags.get(key) && (!wantsHash || hash !== undefined || reason !== undefined),
      );

  return {
    flush: writer.flush,
    dayOf(day) {
      const listed = new Map<string, { readonly since: Instant; readonly keys: string[] }>();
      const reading = inFlight();

      async function requireTime(): Promise<void> {
        if (now() < until) return;
        // What others are reading is still kept.
        await reading.end();
        throw new OutOfTimeError();
      }

      /** The calls of a folder, of log files that are as they were listed. Throws where any of them is gone. */
      async function callsIn(name: string) {
        await writer.flush();
        const found = new Map<string, number>();
        const calls = [];
        for await (const line of readChunks(bucket, `${root}${name}/`, CallLine)) {
          const [key = ""] = line.call.objects;
          if (line.etag !== etags.get(key)) continue;
          found.set(key, (found.get(key) ?? 0) + 1);
          calls.push(callOf(line));
        }
        for (const key of [...listed.values()].flatMap(({ keys }) => keys))
          if ((fileOf(key)?.calls[name] ?? 0) > (found.get(key) ?? 0)) throw lost(`${root}${name}/`, key);
        return calls;
      }

      return {
        source: {
          ...source,
          async *list(prefix) {
            if (now() >= until) throw new OutOfTimeError();
            if (isOfDigests(prefix)) await loadDigests(prefix);
            const folder = isOfDigests(prefix) ? undefined : await loadFolder(prefix);
            const keys: string[] = [];
            if (folder) listed.set(prefix, { since: now(), keys });
            for await (const object of folder?.isComplete ? kept(folder) : source.list(prefix)) {
              etags.set(object.key, object.etag ?? "");
              if (parseLogKey(object.key)) keys.push(object.key);
              yield object;
            }
          },
          async read(key) {
            await requireTime();
            return reading.begin(key, source.read(key));
          },
          async readSigned(key) {
            const etag = etags.get(key) ?? "";
            const known = digests.get(folderOf(key));
            const digest = known?.get(key);
            if (digest?.etag === etag) return digest.object;
            await requireTime();
            const object = await reading.begin(key, source.readSigned(key));
            known?.set(key, { etag, object });
            await writer.add({ folder: `${root}${folderOf(key)}`, line: digestLine(key, etag, object) });
            reading.done(key);
            return object;
          },
        },

        store: {
          known: ({ key, size }) => {
            const file = fileOf(key);
            return file?.size === size ? file : undefined;
          },
          async add(file, events) {
            const deliveredOn = looseFolder(folderOf(file.key));
            const etag = etags.get(file.key) ?? "";
            const lines = events.flatMap((event) => {
              const names = [...daysOf(event).map(callsFolder), ...(isLoose(event) ? [deliveredOn] : [])];
              return names.map((name) => ({ name, line: callLine(event, etag) }));
            });
            const calls = Map.groupBy(lines, ({ name }) => name);
            const counts = Object.fromEntries([...calls].map(([name, { length }]) => [name, length]));
            const keptFile = { ...file, etag, calls: counts };
            const folder = folders.get(folderOf(file.key));
            if (folder) remember(folder, keptFile);
            await writer.add(
              { folder: `${root}${folderOf(file.key)}`, line: fileLine(keptFile) },
              lines.map(({ name, line }) => ({ folder: `${root}${name}/`, line })),
            );
            reading.done(file.key);
          },
          days: () => [day],
          eventsOf: (wanted) => callsIn(callsFolder(wanted)),
          async loose() {
            const calls = [];
            for (const prefix of listed.keys()) calls.push(...(await callsIn(looseFolder(prefix))));
            return calls;
          },
        },

        logFilesLeft: () => [...listed.values()].flatMap(({ keys }) => keys).filter((key) => !fileOf(key)).length,

        async complete() {
          await writer.flush();
          for (const [prefix, { since }] of listed) {
            const folder = folders.get(prefix);
            if (!folder || folder.isComplete || since < deliveryDay(prefix) + DAY + LATE) continue;
            await bucket.write(`${root}${prefix}${COMPLETE}`, "text/plain", formatInstant(since));
            folder.isComplete = true;
          }
        },
      };
    },
  };
}

/** The files of a day that is listed no more, each as it was read last. */
const kept = ({ files }: Folder): StoredObject[] => [...files.values()].flatMap((versions) => versions.at(-1) ?? []);

function remember({ files }: Folder, file: KeptFile): void {
  const versions = files.get(file.key);
  if (versions) versions.push(file);
  else files.set(file.key, [file]);
}

const lost = (folder: string, key: string): Error =>
  new Error(
    `Calls of the log file ${key} are no longer in ${folder} of the report bucket; delete the folder evidence/, and log files are read again.`,
  );
