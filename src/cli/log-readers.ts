import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { type LogFileRead, logFileReader, type ReadLogFile } from "../evidence/read-log.ts";
import { UnreadableError } from "../evidence/unreadable.ts";
import { eventUnpacker, type PackedEvents } from "./packed-events.ts";

/** Threads that read log files. */
export interface LogReaders {
  /** Takes the bytes away from whoever gives them, unless they lie in memory that threads share. */
  readonly read: ReadLogFile;
  /** How many groups of log files to give them at a time, so that none waits for the next. */
  readonly atATime: number;
  /** How many small log files are a group. */
  readonly together: number;
  /** Ends them, whatever they are doing. */
  close(): Promise<void>;
}

/** What a thread is given, one list after the other, and what it answers to each of a list. */
export interface ReadTask {
  readonly stored: Uint8Array;
  readonly key: string;
  readonly wantsHash: boolean;
}
export type ReadAnswer =
  | { readonly packed: PackedEvents; readonly hash: string | undefined }
  | { readonly unreadable: string }
  | { readonly error: unknown };

/** More would wait for the disk or the network, each with a log file in memory. */
const MOST_THREADS = 8;

/** How many lists of log files a thread has at a time: while it reads one, the next is there, and it waits for no one. */
const LISTS_AT_A_TIME = 2;

/** How many small log files are handed over in one list, since handing over takes longer than reading some of them. */
const TOGETHER = 8;

/**
 * Reads log files in threads beside this one, in as many as there are processors; where there is one only, here. A thread is started when
 * there is work for it.
 */
export function startLogReaders(processors: number): LogReaders {
  if (processors < 2) return { read: logFileReader(), atATime: 4, together: 1, close: async () => {} };
  const most = Math.min(processors, MOST_THREADS);
  const threads: Thread[] = [];
  const waiting: Job[] = [];

  function assign(): void {
    while (waiting.length > 0) {
      const least = Math.min(...threads.map(({ lists }) => lists()));
      if (least > 0 && threads.length < most) threads.push(startThread(assign));
      const idlest = threads.find(({ lists }) => lists() < Math.min(least + 1, LISTS_AT_A_TIME));
      if (!idlest) return;
      idlest.start(waiting.splice(0, TOGETHER));
    }
  }

  return {
    atATime: LISTS_AT_A_TIME * most,
    together: TOGETHER,

    read: (stored, key, wantsHash) =>
      new Promise((resolve, reject) => {
        waiting.push({ task: { stored, key, wantsHash }, resolve, reject });
        assign();
      }),

    async close() {
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
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
  /** How many lists it has been given and has not answered. */
  lists(): number;
  start(jobs: readonly Job[]): void;
}

function startThread(onAnswer: () => void): Thread {
  // It stands beside this file, as source or as bundle.
  const worker = new Worker(new URL(`./log-reader${extname(import.meta.url)}`, import.meta.url), {
    // What it makes is gone with the next file; left alone, the engine would let some 20 MB more of it lie about in each thread.
    resourceLimits: { maxYoungGenerationSizeMb: 32 },
  });
  const lists: (readonly Job[])[] = [];
  const unpack = eventUnpacker();
  worker.on("message", (answers: readonly ReadAnswer[]) => {
    // It answers in the order in which it is asked.
    const jobs = lists.shift() ?? [];
    for (const [index, { resolve, reject }] of jobs.entries()) {
      const answer = answers[index] as ReadAnswer;
      if ("packed" in answer) resolve({ events: unpack(answer.packed), hash: answer.hash });
      else reject("error" in answer ? answer.error : new UnreadableError(answer.unreadable));
    }
    onAnswer();
  });
  // Such as too little memory: the thread is gone, and nothing that it was to read is known.
  worker.on("error", (error) => {
    for (const { reject } of lists.flat()) reject(error);
  });
  return {
    worker,
    lists: () => lists.length,
    start(jobs) {
      lists.push(jobs);
      const tasks = jobs.map(({ task }) => task);
      worker.postMessage(
        tasks,
        // Handed over where it can be, since a copy would lie about in this thread until the engine looks for it.
        tasks
          .map(({ stored }) => stored)
          .filter(isWhole)
          .map(({ buffer }) => buffer),
      );
    },
  };
}

/** Whether bytes are all there is in their memory. */
const isWhole = (bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> =>
  bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer;
