import type { Instant } from "../usage/instants.ts";
import { writeChunk } from "./kept-chunks.ts";
import type { ReportBucket } from "./report-bucket.ts";

/** A line and the folder it is kept in. */
export interface FolderLine {
  readonly folder: string;
  readonly line: string;
}

/** Gathers lines and writes them as chunks. */
export interface ChunkWriter {
  /** Keeps a line, and before it the lines that it speaks of: it never stands without them. */
  add(line: FolderLine, before?: readonly FolderLine[]): Promise<void>;
  /** Writes what is not written yet. */
  flush(): Promise<void>;
}

/** A chunk is written after so many lines or so many characters: that much is lost where a run dies. */
const MOST_LINES = 500;
const MOST_TEXT = 4 * 1024 * 1024;

export function chunkWriter(bucket: ReportBucket, now: () => Instant): ChunkWriter {
  let lines: FolderLine[] = [];
  let before: FolderLine[] = [];
  let characters = 0;
  // One at a time: whoever asks for what is written must not overtake what is being written.
  let writing = Promise.resolve();

  async function write(gathered: readonly FolderLine[]): Promise<void> {
    for (const [folder, group] of Map.groupBy(gathered, (each) => each.folder))
      await writeChunk(
        bucket,
        folder,
        group.map(({ line }) => line),
        now(),
      );
  }

  function flush(): Promise<void> {
    const [first, last] = [before, lines];
    [lines, before, characters] = [[], [], 0];
    writing = writing.then(() => write(first)).then(() => write(last));
    return writing;
  }

  return {
    async add(line, speaksOf = []) {
      lines.push(line);
      before.push(...speaksOf);
      characters += [line, ...speaksOf].reduce((total, each) => total + each.line.length, 0);
      if (lines.length >= MOST_LINES || characters >= MOST_TEXT) await flush();
    },
    flush,
  };
}
