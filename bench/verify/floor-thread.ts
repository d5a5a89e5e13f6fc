// A thread that does the floor's work on the log files that it is started with, as often as it is asked.
import { parentPort, workerData } from "node:worker_threads";
import { floor } from "./speed.ts";

parentPort?.on("message", () => {
  floor(workerData as readonly Uint8Array[], true, true);
  parentPort?.postMessage("done");
});
