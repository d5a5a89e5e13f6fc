// Metric values out of log lines in CloudWatch's embedded metric format.

/** One value of one metric, as CloudWatch would hold it. */
export interface MetricValue {
  namespace: string;
  name: string;
  unit: string;
  value: number;
  /** Ms since the epoch, of the virtual clock. */
  time: number;
  dimensions: Record<string, string>;
}

/**
 * The values a line carries: one for each metric, dimension set and value; none when it is no such line.
 * @param time when the line was written; it stands for the line's own `Timestamp`, which is of the host's clock.
 */
export function metricsOf(line: string, time: number): MetricValue[] {
  if (!line.startsWith("{") || !line.includes('"CloudWatchMetrics"')) return [];
  const body = parse(line);
  return (body?._aws?.CloudWatchMetrics ?? []).flatMap(({ Namespace, Dimensions, Metrics }) =>
    // Without dimension sets there is one, the empty one.
    (Dimensions.length > 0 ? Dimensions : [[]]).flatMap((names) =>
      Metrics.flatMap(({ Name, Unit = "None" }) =>
        [body?.[Name] ?? []].flat().map((value) => ({
          namespace: Namespace,
          name: Name,
          unit: Unit,
          value: Number(value),
          time,
          dimensions: Object.fromEntries(names.map((name) => [name, String(body?.[name])])),
        })),
      ),
    ),
  );
}

type Body = Record<string, unknown> & {
  _aws?: {
    CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit?: string }[] }[];
  };
};

function parse(line: string): Body | undefined {
  try {
    return JSON.parse(line) as Body;
  } catch {
    return undefined;
  }
}
