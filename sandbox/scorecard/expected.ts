// What must be told of usage that is not billed, and what a scenario expects. Each check answers sentences about what does not hold.
import type { Report } from "../../src/report/report.ts";
import { formatQuantity, parseStoredQuantity, sum } from "../../src/usage/quantity.ts";
import type { Row } from "./judge.ts";
import type { Expectation } from "./scenario.ts";

type Sums = Omit<Row, "problems">;

/** What is not billed without an alarm that fired, or without its quantity and reason in the report. */
export function untold({ findings, rejected, meters }: Report, { alarms, ...row }: Sums): string[] {
  const told = (kind: string) => {
    const kinds = kind === "disputed" ? ["disputed", "under-billed-duplicate", "unverifiable"] : [kind];
    const found = findings.filter((finding) => kinds.includes(finding.kind) && finding.reason !== "");
    return formatQuantity(sum(found.map(({ submitted }) => parseStoredQuantity(submitted ?? "0"))));
  };
  const states = (["refused", "expired", "disputed"] as const).filter((state) =>
    meters.some((meter) => meter[state] !== "0"),
  );
  return [
    ...states.flatMap((state) => [
      ...(alarms.some((alarm) => alarm === `records-${state}` || alarm === `events-${state}`)
        ? []
        : [`${row[state]} ${state}, and no alarm fired for it`]),
      ...(told(state) === row[state]
        ? []
        : [`${row[state]} ${state}, and the report's findings tell of ${told(state)}`]),
    ]),
    ...(row.rejected > 0 && !alarms.includes("events-rejected")
      ? [`${row.rejected} rejected, and no alarm fired for it`]
      : []),
    ...rejected.filter(({ reason }) => reason === "").map(({ example }) => `${example} was rejected without a reason`),
  ];
}

/** Sums and alarms that are not those expected. */
export function unexpected(row: Sums, expected: Expectation): string[] {
  const { refused = "0", expired = "0", disputed = "0", rejected = 0 } = expected;
  const wanted = {
    refused,
    expired,
    disputed,
    rejected,
    ...(expected.billed && { billed: expected.billed }),
    ...(expected.waiting && { waiting: expected.waiting }),
  };
  return [
    ...Object.entries(wanted).flatMap(([name, value]) => {
      const actual = row[name as keyof typeof wanted];
      return actual === value ? [] : [`${name} is ${actual}, and ${value} was expected`];
    }),
    ...(expected.alarms ?? [])
      .filter((alarm) => !row.alarms.includes(alarm))
      .map((alarm) => `the alarm ${alarm} did not fire`),
    ...(expected.isQuiet && row.alarms.length > 0 ? [`alarms fired: ${row.alarms.join(", ")}`] : []),
  ];
}

/** What the report should show to have moved, and does not, or not as much. */
export function unmoved({ moved = [] }: Report, expected: Expectation): string[] {
  return Object.entries(expected.moved ?? {}).flatMap(([kind, quantity]) => {
    const shown = sum(moved.filter((each) => each.kind === kind).map((each) => parseStoredQuantity(each.quantity)));
    return formatQuantity(shown) === quantity
      ? []
      : [`the report shows ${formatQuantity(shown)} ${kind}, and ${quantity} was expected`];
  });
}
