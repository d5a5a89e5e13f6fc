import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Instant } from "../usage/instants.ts";
import { InputError } from "./input-error.ts";

/** What does not fit into memory, by day or hour, each as its first instant. */
export interface TemporaryFile {
  /** Adds bytes to those of a time. */
  append(time: Instant, bytes: Uint8Array): void;
  /** The bytes of a time, in the pieces and the order in which they were added; each piece is read when it is asked for. */
  read(time: Instant): Iterable<Buffer>;
  /** The times that anything was added to. */
  times(): Iterable<Instant>;
  /** Gives the room back that it takes. */
  close(): void;
}

interface Piece {
  readonly at: number;
  readonly length: number;
}

/**
 * A file in the system's folder for temporary files, made when something is first added. Its name is taken away as soon as it is open, so it
 * is gone with this process, however that ends. Throws an InputError where there is no room.
 */
export function temporaryFile(): TemporaryFile {
  const pieces = new Map<Instant, Piece[]>();
  let file: number | undefined;
  let end = 0;
  return {
    append(time, bytes) {
      naming(() => {
        file ??= openNameless();
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, end + at);
      });
      const ofTime = pieces.get(time) ?? [];
      pieces.set(time, ofTime);
      ofTime.push({ at: end, length: bytes.length });
      end += bytes.length;
    },
    *read(time) {
      for (const { at, length } of pieces.get(time) ?? []) {
        const bytes = Buffer.allocUnsafe(length);
        naming(() => {
          for (let read = 0; read < length; ) read += readSync(file as number, bytes, read, length - read, at + read);
        });
        yield bytes;
      }
    },
    times: () => pieces.keys(),
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
      pieces.clear();
    },
  };
}

function openNameless(): number {
  const folder = mkdtempSync(join(tmpdir(), "marketplace-metering-"));
  try {
    return openSync(join(folder, "times"), "wx+", 0o600);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function naming(work: () => void): void {
  try {
    work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const way = "make room there, or name another folder in the environment variable TMPDIR";
    throw new InputError(`The temporary file in ${tmpdir()} cannot be used (${code ?? message}); ${way}.`);
  }
}
