// A thread that reads log files for `log-readers.ts`.
import { parentPort } from "node:worker_threads";
import { readLogFile } from "../evidence/read-log.ts";
import { UnreadableError } from "../evidence/unreadable.ts";
import type { ReadAnswer, ReadTask } from "./log-readers.ts";
import { packEvents } from "./packed-events.ts";

async function answer({ stored, key, wantsHash }: ReadTask): Promise<ReadAnswer> {
  try {
    const { events, hash } = await readLogFile(stored, key, wantsHash);
    return { packed: packEvents(events), hash };
  } catch (error) {
    // Across threads an error keeps its text, but not its class.
    return error instanceof UnreadableError ? { unreadable: error.message } : { error };
  }
}

parentPort?.on("message", async (task: ReadTask) => parentPort?.postMessage(await answer(task)));
