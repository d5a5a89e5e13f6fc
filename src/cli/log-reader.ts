// A thread that reads log files for `log-readers.ts`.
import { parentPort } from "node:worker_threads";
import { readLogFile } from "../evidence/read-log.ts";
import { subjectTable } from "../evidence/subjects.ts";
import { UnreadableError } from "../evidence/unreadable.ts";
import type { ReadAnswer, ReadTask } from "./log-readers.ts";
import { eventPacker } from "./packed-events.ts";

const subjects = subjectTable();
const pack = eventPacker(subjects);

async function answer({ stored, key, wantsHash }: ReadTask): Promise<ReadAnswer> {
  try {
    const { events, hash } = await readLogFile(stored, key, wantsHash, subjects);
    return { packed: pack(events), hash };
  } catch (error) {
    // Across threads an error keeps its text, but not its class.
    return error instanceof UnreadableError ? { unreadable: error.message } : { error };
  }
}

// One after the other, though the next is there already: each may be large.
let last: Promise<void> = Promise.resolve();
parentPort?.on("message", (tasks: readonly ReadTask[]) => {
  last = last.then(async () => {
    const answers: ReadAnswer[] = [];
    for (const task of tasks) answers.push(await answer(task));
    parentPort?.postMessage(
      answers,
      answers.flatMap((each) => ("packed" in each ? [each.packed.numbers.buffer] : [])),
    );
  });
});
