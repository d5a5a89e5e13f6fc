import type { Clock } from "../clock.ts";
import type { Terminal } from "./progress.ts";

/** What a command has around it. */
export interface Surroundings {
  /** Where its result goes, and nothing else. */
  readonly stdout: NodeJS.WritableStream;
  /** Where progress, notes and errors go. */
  readonly stderr: Terminal;
  readonly clock: Clock;
  /** How many processors there are to work with. */
  readonly processors: number;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}
