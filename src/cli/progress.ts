import { SingleBar } from "cli-progress";
import type { Instant } from "../usage/instants.ts";

/** How far a step has come, in bytes or in hours of the window; undefined is a total that no one knows. */
export type Step = BytesStep | { readonly hours: number; readonly ofHours: number };

interface BytesStep {
  readonly bytes: number;
  readonly ofBytes: number | undefined;
  readonly objects?: number;
  readonly ofObjects?: number | undefined;
}

/** Shows how far the steps of a command have come. */
export interface Progress {
  /** Says where a step is, of which only one is shown at a time. */
  update(name: string, step: Step): void;
  /** Ends the step that is shown, if any. */
  done(): void;
}

/** What progress is written to. */
export type Terminal = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** How often a line is written where there is no terminal, in milliseconds. */
const LINE_EVERY = 5_000;

/**
 * Progress on a terminal as a bar, elsewhere as a plain line at the beginning, now and then, and at the end of each step. Ends, and leaves
 * the terminal as it was, when `signal` aborts.
 */
export function showProgress(stream: Terminal, now: () => Instant, signal: AbortSignal): Progress {
  const progress = stream.isTTY ? bars(stream) : lines(stream, now);
  signal.addEventListener("abort", progress.done, { once: true });
  return progress;
}

function bars(stream: Terminal): Progress {
  let bar: SingleBar | undefined;
  let shown: string | undefined;
  const done = () => {
    bar?.stop();
    bar = shown = undefined;
  };
  return {
    update(name, step) {
      if (shown !== name) done();
      const { done: soFar, of } = partOf(step);
      // Without a total there is nothing to fill the bar with.
      const format = of === undefined ? "{name}: {text}" : "{name} {bar} {percentage}% · {text} · {eta_formatted} left";
      const payload = { name, text: textOf(step) };
      if (bar) bar.update(soFar, payload);
      else {
        bar = new SingleBar({ format, stream, barsize: 24, hideCursor: true, etaBuffer: 50, gracefulExit: false });
        bar.start(of ?? 0, soFar, payload);
        shown = name;
      }
    },
    done,
  };
}

function lines(stream: Terminal, now: () => Instant): Progress {
  let shown: { readonly name: string; readonly startedAt: Instant } | undefined;
  let written = "";
  let writtenAt = 0;
  let latest: Step | undefined;
  const write = (at: Instant) => {
    if (!shown || !latest) return;
    const line = `${shown.name}: ${textOf(latest)}${timeLeft(latest, at - shown.startedAt)}\n`;
    if (line !== written) stream.write(line);
    written = line;
    writtenAt = at;
  };
  const done = () => {
    write(now());
    shown = latest = undefined;
  };
  return {
    update(name, step) {
      const at = now();
      if (shown?.name !== name) {
        done();
        shown = { name, startedAt: at };
        latest = step;
        return write(at);
      }
      latest = step;
      if (at >= writtenAt + LINE_EVERY) write(at);
    },
    done,
  };
}

/** What is done of a step, and of how much. */
const partOf = (step: Step): { readonly done: number; readonly of: number | undefined } =>
  "hours" in step ? { done: step.hours, of: step.ofHours } : { done: step.bytes, of: step.ofBytes };

function textOf(step: Step): string {
  if ("hours" in step) return `${step.hours} of ${step.ofHours} hours`;
  const { bytes, ofBytes, objects, ofObjects } = step;
  const parts = [`${formatBytes(bytes)}${ofBytes === undefined ? "" : ` of ${formatBytes(ofBytes)}`}`];
  if (objects !== undefined) parts.push(`${objects}${ofObjects === undefined ? "" : ` of ${ofObjects}`} objects`);
  return parts.join(" · ");
}

function timeLeft(step: Step, elapsed: number): string {
  const { done, of } = partOf(step);
  if (of === undefined || done === 0 || done >= of || elapsed < LINE_EVERY) return "";
  return ` · ${Math.ceil((elapsed * (of - done)) / done / 1000)} s left`;
}

const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

/** A number of bytes for people: `512 bytes`, `1.2 MB`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1000 ** power).toFixed(1)} ${UNITS[power]}`;
}
