import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { pMapIterable } from "p-map";
import * as v from "valibot";
import type { Instant } from "../usage/instants.ts";
import type { ReportBucket } from "./report-bucket.ts";

/**
 * Writes lines to a folder, as a chunk of its own: nothing is ever changed there. Its key begins with the time, so that chunks come in order, and ends
 * with what is in it, so that two runs at once write two.
 */
export async function writeChunk(
  bucket: ReportBucket,
  folder: string,
  lines: readonly string[],
  now: Instant,
): Promise<void> {
  const body = await promisify(gzip)(`${lines.join("\n")}\n`);
  const time = new Date(now).toISOString().replace(/[-:.]/g, "");
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 16);
  await bucket.write(`${folder}${time}-${hash}${CHUNK}`, "application/gzip", body);
}

/** Reads the lines of all chunks of a folder, in order. Throws an error that names the chunk where one of them is not as it was written. */
export async function* readChunks<Schema extends v.GenericSchema>(
  bucket: ReportBucket,
  folder: string,
  schema: Schema,
): AsyncIterable<v.InferOutput<Schema>> {
  const keys = (await bucket.list(folder)).filter((key) => key.endsWith(CHUNK));
  const chunks = pMapIterable(keys, async (key) => ({ key, stored: await bucket.read(key) }), {
    concurrency: AT_A_TIME,
  });
  for await (const { key, stored } of chunks) {
    let text: string;
    try {
      text = (await promisify(gunzip)(stored)).toString();
    } catch (error) {
      throw damaged(key, (error as Error).message);
    }
    for (const line of text.split("\n")) if (line !== "") yield parseLine(key, line, schema);
  }
}

function parseLine<Schema extends v.GenericSchema>(key: string, line: string, schema: Schema): v.InferOutput<Schema> {
  try {
    return v.parse(schema, JSON.parse(line));
  } catch (error) {
    throw damaged(key, (error as Error).message);
  }
}

const damaged = (key: string, reason: string): Error =>
  new Error(
    `${key} in the report bucket is not as the verify function wrote it (${reason}); delete the folder evidence/, and log files are read again.`,
  );

/** Chunks that are read at a time: each hour adds some, and most are small. */
const AT_A_TIME = 8;

const CHUNK = ".ndjson.gz";
