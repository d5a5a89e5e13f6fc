// CloudWatch's metric alarms: which of those that a program registered would have fired, on the metrics that the account has seen.
import type { MetricValue } from "./emf.ts";
import type { Alarm } from "./state.ts";

/** An alarm that fired, each time that it did; instants in ms. */
export interface Fired {
  name: string;
  /** The end of the period with which it went into alarm, and that of the one with which it went back; none while it stands. */
  at: number;
  until?: number;
}

/** What alarms are judged on. */
export interface Observed {
  metrics: readonly MetricValue[];
  /** When alarms began to watch, and the end of what was seen, ms. */
  from: number;
  to: number;
  /** Stretches in which nobody looked: a period without data that touches one is no news. */
  idled: readonly { from: number; to: number }[];
}

/** The alarms that fired, in the order in which they did. @throws {Error} for a setting that is not emulated. */
export function firedAlarms(alarms: readonly Alarm[], observed: Observed): Fired[] {
  return alarms.flatMap((alarm) => evaluate(alarm, observed)).sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));
}

/** The inputs of `aws.cloudwatch.MetricAlarm`, as far as they are emulated. */
interface Settings {
  namespace: string;
  metricName: string;
  dimensions?: Record<string, string>;
  statistic: string;
  /** Seconds. */
  period: number;
  evaluationPeriods: number;
  datapointsToAlarm?: number;
  threshold: number;
  comparisonOperator: string;
  treatMissingData?: string;
}

/**
 * An alarm stands while enough of the last periods breach. Source: "Using Amazon CloudWatch alarms", "Configuring how alarms treat missing
 * data"; CloudWatch looks at a few periods more than it is asked to, which only delays alarms on data that is late.
 */
function evaluate({ name, settings }: Alarm, { metrics, from, to, idled }: Observed): Fired[] {
  const alarm = settings as unknown as Settings;
  const breaches = comparisonOf(alarm, name);
  const statistic = statisticOf(alarm, name);
  const missing = missingOf(alarm, name);
  const length = alarm.period * 1000;
  const needed = alarm.datapointsToAlarm ?? alarm.evaluationPeriods;
  const periods = Map.groupBy(
    metrics.filter((value) => isOf(alarm, value)),
    ({ time }) => Math.floor(time / length),
  );
  const fired: Fired[] = [];
  let last: boolean[] = [];
  let stands = false;
  for (let period = Math.ceil(from / length); (period + 1) * length <= to; period++) {
    const values = periods.get(period)?.map(({ value }) => value);
    const isIdle = idled.some((idle) => idle.from < (period + 1) * length && idle.to > period * length);
    const breaching = values ? breaches(statistic(values)) : missing && !isIdle;
    last = [...last, breaching].slice(-alarm.evaluationPeriods);
    const stood = stands;
    stands = last.filter((each) => each).length >= needed;
    const end = (period + 1) * length;
    if (stands && !stood) fired.push({ name, at: end });
    const open = fired.at(-1);
    if (!stands && stood && open) open.until = end;
  }
  return fired;
}

function isOf({ namespace, metricName, dimensions = {} }: Settings, value: MetricValue): boolean {
  const names = Object.keys(dimensions);
  return (
    value.name === metricName &&
    value.namespace === namespace &&
    names.length === Object.keys(value.dimensions).length &&
    names.every((name) => value.dimensions[name] === dimensions[name])
  );
}

function comparisonOf({ comparisonOperator, threshold }: Settings, name: string): (value: number) => boolean {
  switch (comparisonOperator) {
    case "GreaterThanOrEqualToThreshold":
      return (value) => value >= threshold;
    case "GreaterThanThreshold":
      return (value) => value > threshold;
    case "LessThanThreshold":
      return (value) => value < threshold;
    case "LessThanOrEqualToThreshold":
      return (value) => value <= threshold;
    default:
      throw new Error(`Alarm ${name} compares by ${comparisonOperator}, which is not emulated.`);
  }
}

function statisticOf({ statistic }: Settings, name: string): (values: readonly number[]) => number {
  switch (statistic) {
    case "Sum":
      return (values) => values.reduce((total, value) => total + value, 0);
    case "Maximum":
      return (values) => values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    case "Minimum":
      return (values) => values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
    default:
      throw new Error(`Alarm ${name} is of the statistic ${statistic}, which is not emulated.`);
  }
}

/** Whether a period without data breaches. */
function missingOf({ treatMissingData }: Settings, name: string): boolean {
  if (treatMissingData === "breaching" || treatMissingData === "notBreaching") return treatMissingData === "breaching";
  throw new Error(`Alarm ${name} treats missing data as ${treatMissingData ?? "missing"}, which is not emulated.`);
}
