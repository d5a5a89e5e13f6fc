import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { type LogFileRead, type ReadLogFile, readLogFile } from "../evidence/read-log.ts";
import { UnreadableError } from "../evidence/unreadable.ts";
import { unpackEvents } from "./packed-events.ts";

/** Threads that read log files. */
export interface LogReaders {
  /** Takes the bytes away from whoever gives them. */
  readonly read: ReadLogFile;
  /** How many log files to give them at a time, so that none waits for the next. */
  readonly atATime: number;
  /** Ends them, whatever they are doing. */
  close(): Promise<void>;
}

/** What a thread is given, one after the other, and what it answers. */
export interface ReadTask {
  readonly stored: Uint8Array;
  readonly key: string;
  readonly wantsHash: boolean;
}
export type ReadAnswer =
  | { readonly packed: string; readonly hash: string | undefined }
  | { readonly unreadable: string }
  | { readonly error: unknown };

/** More would wait for the disk or the network, each with a log file in memory. */
const MOST_THREADS = 8;

/**
 * Reads log files in threads beside this one, in as many as there are processors; where there is one only, here. A thread is started when
 * there is work for it.
 */
export function startLogReaders(processors: number): LogReaders {
  if (processors < 2) return { read: readLogFile, atATime: 4, close: async () => {} };
  const threads = Math.min(processors, MOST_THREADS);
  const all = new Set<Thread>();
  const idle: Thread[] = [];
  const waiting: Job[] = [];

  function assign(thread: Thread): void {
    const job = waiting.shift();
    if (job) thread.start(job);
    else idle.push(thread);
  }

  return {
    atATime: 2 * threads,

    read: (stored, key, wantsHash) =>
      new Promise((resolve, reject) => {
        waiting.push({ task: { stored, key, wantsHash }, resolve, reject });
        const thread = idle.pop();
        if (thread) assign(thread);
        else if (all.size < threads) {
          const started = startThread(assign);
          all.add(started);
          assign(started);
        }
      }),

    async close() {
      await Promise.all([...all].map(({ worker }) => worker.terminate()));
    },
  };
}

interface Job {
  readonly task: ReadTask;
  readonly resolve: (read: LogFileRead) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  start(job: Job): void;
}

function startThread(onIdle: (thread: Thread) => void): Thread {
  // It stands beside this file, as source or as bundle.
  const worker = new Worker(new URL(`./log-reader${extname(import.meta.url)}`, import.meta.url), {
    // What it makes is gone with the next file; left alone, the engine would let some 20 MB more of it lie about in each thread.
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
  let job: Job | undefined;
  const thread: Thread = {
    worker,
    start(next) {
      job = next;
      const { stored } = next.task;
      // Handed over where it can be, since a copy would lie about in this thread until the engine looks for it.
      const isWhole = stored.byteLength === stored.buffer.byteLength && stored.buffer instanceof ArrayBuffer;
      worker.postMessage(next.task, isWhole ? [stored.buffer] : []);
    },
  };
  worker.on("message", (answer: ReadAnswer) => {
    const done = job;
    job = undefined;
    if ("packed" in answer) done?.resolve({ events: unpackEvents(answer.packed), hash: answer.hash });
    else done?.reject("error" in answer ? answer.error : new UnreadableError(answer.unreadable));
    onIdle(thread);
  });
  // Such as too little memory: the thread is gone, and nothing that it was to read is known.
  worker.on("error", (error) => job?.reject(error));
  return thread;
}
