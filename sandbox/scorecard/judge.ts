// The verdict on a scenario: the metering service's books against what was used, what the ledger explains, and what was told.
import type { HourlyRecord } from "../../src/ledger/records.ts";
import { readWindow, type Window } from "../../src/ledger/statement.ts";
import { dynamoTable } from "../../src/ledger/table.ts";
import type { Report } from "../../src/report/report.ts";
import { meterKey } from "../../src/usage/buyers.ts";
import { formatHour, hourOf } from "../../src/usage/instants.ts";
import { formatQuantity, parseStoredQuantity, type Quantity, sum, UNIT } from "../../src/usage/quantity.ts";
import { firedAlarms } from "../account/alarms.ts";
import type { Billed, World } from "../demo/world.ts";
import { billedTwice } from "../metering/books.ts";
import type { Expectation, Sent, UsageEvent } from "./scenario.ts";

/** A line of the table. Quantities are decimal strings. */
export interface Row {
  readonly used: string;
  readonly billed: string;
  readonly refused: string;
  readonly expired: string;
  readonly disputed: string;
  readonly waiting: string;
  readonly doubleBilled: string;
  readonly rejected: number;
  /** Alarms that fired, by the components' own names for them. */
  readonly alarms: readonly string[];
  /** Why it is not green: sentences; none where it is. */
  readonly problems: readonly string[];
}

/** What a scenario left behind. */
export interface Outcome {
  readonly world: World;
  readonly sent: readonly Sent[];
  readonly report: Report;
  readonly window: Window;
  readonly from: number;
}

/** Sums up a scenario and judges it. */
export async function judge(outcome: Outcome, expected: Expectation): Promise<Row> {
  const { world, report, sent, window } = outcome;
  const table = dynamoTable(world.account.clients.dynamodb, world.outputs.ledgerTableName);
  const { statements } = await readWindow(table, window);
  const books = world.billed();
  const used = usedByMeter(sent);
  const billed = byMeter(books);
  const records = statements.flatMap((statement) => statement.records);
  const isBilled = bookedKeys(books);
  const inBooks = (state: HourlyRecord["state"]) =>
    records.filter((record) => record.state === state && !record.ref.writeOff && isBilled(record));
  const total = (name: "used" | "accepted" | "refused" | "expired" | "disputed" | "waiting") =>
    sum(report.meters.map((meter) => parseStoredQuantity(meter[name] ?? "0")));
  const excess = sum([...billed].map(([meter, quantity]) => positive(quantity - (used.get(meter) ?? 0n))));
  const twice = billedTwice(world.metering.billed(), world.listing);
  const disputedUnbilled = total("disputed") - sum(inBooks("disputed").map(({ seal }) => seal?.quantity ?? 0n));
  const all = sum(used.values());
  const allBilled = sum(billed.values());
  const explained = total("refused") + total("expired") + disputedUnbilled + total("waiting");
  const alarms = firedNames(outcome);

  const row = {
    used: formatQuantity(all),
    billed: formatQuantity(allBilled),
    refused: formatQuantity(total("refused")),
    expired: formatQuantity(total("expired")),
    disputed: formatQuantity(total("disputed")),
    waiting: formatQuantity(total("waiting")),
    doubleBilled: formatQuantity(excess),
    rejected: report.rejected.reduce((count, each) => count + each.count, 0),
    alarms,
  };
  const problems = [
    ...(all === allBilled + explained
      ? []
      : [`used ${row.used} is not billed ${row.billed} and explained ${formatQuantity(explained)}`]),
    ...(all === total("used") ? [] : [`the ledger counted ${formatQuantity(total("used"))} as used`]),
    ...(excess === 0n && twice.length === 0 ? [] : [`billed twice: ${row.doubleBilled} units, ${twice.length} hours`]),
    ...meterProblems(report, used, billed),
    ...(["refused", "expired"] as const).flatMap((state) =>
      inBooks(state).map(({ ref }) => `${state} though it is billed: ${meterKey(ref.meter)} ${formatHour(ref.hour)}`),
    ),
    ...untold(report, row),
    ...unexpected(row, expected),
    ...unmoved(report, expected),
  ];
  return { ...row, problems };
}

/** What AWS's books, the ledger and the usage say of each meter. */
function meterProblems(report: Report, used: Map<string, Quantity>, billed: Map<string, Quantity>): string[] {
  const meters = new Map(
    report.meters.map((meter) => [keyOf({ ...meter, product: meter.product ?? "" } as Named), meter]),
  );
  return [...new Set([...used.keys(), ...billed.keys()])].flatMap((key) => {
    const meter = meters.get(key);
    const quantity = (name: "opening" | "used" | "accepted" | "waiting" | "disputed") =>
      parseStoredQuantity(meter?.[name] ?? "0");
    const inBooks = billed.get(key) ?? 0n;
    return [
      ...(quantity("used") === (used.get(key) ?? 0n)
        ? []
        : [`${key}: used ${formatQuantity(used.get(key) ?? 0n)}, counted ${meter?.used}`]),
      ...(quantity("opening") === 0n ? [] : [`${key}: opens with ${meter?.opening}`]),
      ...(quantity("accepted") === inBooks || quantity("disputed") > 0n
        ? []
        : [`${key}: accepted ${meter?.accepted}, AWS holds ${formatQuantity(inBooks)}`]),
      ...(quantity("waiting") < UNIT ? [] : [`${key}: ${meter?.waiting} still wait`]),
    ];
  });
}

/** What is not billed without an alarm that fired, or without its quantity and reason in the report. */
function untold({ findings, rejected, meters }: Report, { alarms, ...row }: Omit<Row, "problems">): string[] {
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
      ...(alarms.some((alarm) => alarm.endsWith(`-${state}`))
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

function unexpected(row: Omit<Row, "problems">, expected: Expectation): string[] {
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
function unmoved({ moved = [] }: Report, expected: Expectation): string[] {
  return Object.entries(expected.moved ?? {}).flatMap(([kind, quantity]) => {
    const shown = sum(moved.filter((each) => each.kind === kind).map((each) => parseStoredQuantity(each.quantity)));
    return formatQuantity(shown) === quantity
      ? []
      : [`the report shows ${formatQuantity(shown)} ${kind}, and ${quantity} was expected`];
  });
}

/** The names that the components give to the alarms that fired. */
function firedNames({ world: { account }, from }: Outcome): string[] {
  const { metrics, idled, clock, state } = account;
  // The last period is not over yet: it counts as if it were.
  const to = clock.now() + 3 * 3_600_000;
  const observed = { metrics, from, to, idled: [...idled, { from: clock.now(), to }] };
  const names = firedAlarms(state.alarms, observed).map(({ name }) =>
    name.replace(/^metering-(pipeline-|verification-)?/, "").replace(/-[0-9a-f]{7}$/, ""),
  );
  return [...new Set(names)].sort();
}

type Named = Pick<UsageEvent, "product" | "buyer" | "dimension">;
const keyOf = ({ product, buyer, dimension }: Named) => meterKey({ product, buyer, dimension });

/** The usage that was sent, each id once as it was first sent, by meter; what has to be rejected does not count. */
function usedByMeter(sent: readonly Sent[]): Map<string, Quantity> {
  const first = new Map<string, UsageEvent>();
  for (const { event, isRejected } of sent.toSorted((a, b) => a.at - b.at)) {
    const id = JSON.stringify([event.product, event.id]);
    if (!isRejected && !first.has(id)) first.set(id, event);
  }
  return add([...first.values()].map((event) => [keyOf(event), parseStoredQuantity(String(event.quantity))]));
}

const byMeter = (books: readonly Billed[]) =>
  add(books.map((line) => [keyOf(line), parseStoredQuantity(line.quantity)]));

function add(quantities: readonly (readonly [string, Quantity])[]): Map<string, Quantity> {
  const sums = new Map<string, Quantity>();
  for (const [key, quantity] of quantities) sums.set(key, (sums.get(key) ?? 0n) + quantity);
  return sums;
}

function bookedKeys(books: readonly Billed[]): (record: HourlyRecord) => boolean {
  const keys = new Set(books.map((line) => `${keyOf(line)} ${hourOf(Date.parse(line.hour))}`));
  return ({ ref }) => keys.has(`${meterKey(ref.meter)} ${ref.hour}`);
}

const positive = (quantity: Quantity) => (quantity > 0n ? quantity : 0n);
