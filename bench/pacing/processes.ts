import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Fault } from "../../sandbox/metering/faults.ts";
import type { Listing } from "../../sandbox/metering/listing.ts";
import type { Quota } from "../../sandbox/metering/quota.ts";
import type { Log, Question } from "./metering-process.ts";

/** A metering service in another process. */
export interface MeteringProcess {
  readonly endpoint: string;
  inject(...faults: Fault[]): Promise<void>;
  log(): Promise<Log>;
  close(): Promise<void>;
}

/** Starts a metering service that answers after `latency` milliseconds. */
export async function startMeteringProcess(listing: Listing, quota: Quota, latency: number): Promise<MeteringProcess> {
  const child = start("metering-process.ts");
  const ask = async (question: Question): Promise<unknown> => {
    child.send(question);
    return firstMessage(child);
  };
  const endpoint = (await ask({ ask: "start", listing, quota, latency })) as string;
  return {
    endpoint,
    async inject(...faults) {
      await ask({ ask: "inject", faults });
    },
    log: async () => (await ask({ ask: "log" })) as Log,
    close: () => stop(child),
  };
}

/** Starts dynalite, and answers where it listens. */
export async function startDynaliteProcess(): Promise<{ endpoint: string; close(): Promise<void> }> {
  const child = start("dynalite-process.ts");
  return { endpoint: (await firstMessage(child)) as string, close: () => stop(child) };
}

// Structured clones, since quantities are bigints.
const start = (file: string): ChildProcess =>
  fork(new URL(file, import.meta.url), { serialization: "advanced", stdio: ["ignore", "ignore", "inherit", "ipc"] });

async function firstMessage(child: ChildProcess): Promise<unknown> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`A server of the benchmark ended with code ${code}; see its message above.`);
  });
  const [message] = await Promise.race([once(child, "message"), ended]);
  return message;
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.disconnect();
  await ended;
}
