#!/usr/bin/env node
import { systemClock } from "../system.ts";
import { run } from "./run.ts";

const controller = new AbortController();
// Once: a second Ctrl-C ends the process at once.
process.once("SIGINT", () => controller.abort());
// Whoever reads the output may have seen enough: `| head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

const { stdout, stderr } = process;
const { signal } = controller;
process.exitCode = await run(process.argv.slice(2), { stdout, stderr, clock: systemClock, signal });
// Does not wait for what was being read when Ctrl-C came.
if (signal.aborted) process.exit();
