import { Console } from "node:console";
import { Writable } from "node:stream";

/** A console that keeps what is written to it, a line an entry. */
export function keptConsole() {
  const lines: string[] = [];
  const keep = () =>
    new Writable({
      write(chunk, _encoding, written) {
        lines.push(...chunk.toString().split("\n").filter(Boolean));
        written();
      },
    });
  return { console: new Console({ stdout: keep(), stderr: keep() }), lines };
}

/** The values of the metrics in these lines (CloudWatch's embedded metric format), by name; those of several lines add up. */
export function metricsIn(lines: readonly string[]): Record<string, number> {
  const values: Record<string, number> = {};
  for (const line of lines) {
    const entry = JSON.parse(line);
    for (const { Metrics = [] } of entry._aws?.CloudWatchMetrics ?? [])
      for (const { Name } of Metrics) values[Name] = (values[Name] ?? 0) + entry[Name];
  }
  return values;
}
