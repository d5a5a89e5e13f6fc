import { CommanderError } from "commander";
import { InputError } from "./input-error.ts";
import { createProgram } from "./program.ts";
import type { Surroundings } from "./surroundings.ts";

/** Runs a command line and answers its exit code; what went wrong is on stderr. */
export async function run(argv: readonly string[], around: Surroundings): Promise<number> {
  let exitCode = 0;
  const program = createProgram(around, (code) => {
    exitCode = code;
  });
  // What is on its way when Ctrl-C comes may take long, and nobody waits for it any more.
  const stopped = new Promise<never>((_, stop) => {
    around.signal.addEventListener("abort", () => stop(around.signal.reason), { once: true });
  });
  try {
    await Promise.race([program.parseAsync(argv, { from: "user" }), stopped]);
    return exitCode;
  } catch (error) {
    // Commander has said itself what is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (around.signal.aborted) {
      around.stderr.write("\nStopped. Nothing was written.\n");
      return 130;
    }
    around.stderr.write(`${describeError(error)}\n`);
    return 2;
  }
}

function describeError(error: unknown): string {
  if (error instanceof InputError) return error.message;
  const { code, path, stack } = error as NodeJS.ErrnoException;
  if (code !== undefined && path !== undefined) return `${path}: ${REASONS[code] ?? code}.`;
  return stack ?? String(error);
}

/** What the operating system says of a path. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist; give a path that does",
  EACCES: "may not be read or written by this user",
  ENOTDIR: "is below something that is not a folder",
  EISDIR: "is a folder, where a file is needed",
  ELOOP: "is a link that leads to itself",
};
