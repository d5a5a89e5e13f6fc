// The verdict on a scenario: the metering service's books against what was used, what the ledger explains, and what was told.
import { readWindow, type Window } from "../../src/ledger/statement.ts";
import { dynamoTable } from "../../src/ledger/table.ts";
import type { Report } from "../../src/report/report.ts";
import { meterKey } from "../../src/usage/buyers.ts";
import { hourOf } from "../../src/usage/instants.ts";
import { formatQuantity, parseStoredQuantity, type Quantity, sum } from "../../src/usage/quantity.ts";
import { firedAlarms } from "../account/alarms.ts";
import type { World } from "../demo/world.ts";
import { billedTwice } from "../metering/books.ts";
import { type Books, meterProblems, recordProblems, resendProblems, unheldDisputes } from "./checks.ts";
import { unexpected, unmoved, untold } from "./expected.ts";
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
  const records = statements.flatMap((statement) => statement.records);
  const books = booksOf(world);
  const billed = addUp([...books.values()].map(({ meter, quantity }) => [meter, quantity]));
  const used = usedByMeter(sent);
  const excess = sum([...billed].map(([meter, quantity]) => positive(quantity - (used.get(meter) ?? 0n))));
  const twice = billedTwice(world.metering.billed(), world.listing);
  const total = (name: "refused" | "expired" | "disputed" | "waiting") =>
    formatQuantity(sum(report.meters.map((meter) => parseStoredQuantity(meter[name] ?? "0"))));

  const row = {
    used: formatQuantity(sum(used.values())),
    billed: formatQuantity(sum(billed.values())),
    refused: total("refused"),
    expired: total("expired"),
    disputed: total("disputed"),
    waiting: total("waiting"),
    doubleBilled: formatQuantity(excess),
    rejected: report.rejected.reduce((count, each) => count + each.count, 0),
    alarms: firedNames(outcome),
  };
  const problems = [
    ...(excess === 0n && twice.length === 0 ? [] : [`billed twice: ${row.doubleBilled} units, ${twice.length} hours`]),
    ...meterProblems(report, { used, billed, unheld: unheldDisputes(records, books) }),
    ...recordProblems(records, books),
    ...resendProblems(world.metering.calls),
    ...untold(report, row),
    ...unexpected(row, expected),
    ...unmoved(report, expected),
  ];
  return { ...row, problems };
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
  return addUp([...first.values()].map((event) => [keyOf(event), parseStoredQuantity(String(event.quantity))]));
}

/** What AWS would bill, by meter and hour. */
function booksOf(world: World): Books {
  const books = new Map<string, { meter: string; quantity: Quantity }>();
  for (const line of world.billed()) {
    const meter = keyOf(line);
    const key = `${meter} ${hourOf(Date.parse(line.hour))}`;
    books.set(key, { meter, quantity: (books.get(key)?.quantity ?? 0n) + parseStoredQuantity(line.quantity) });
  }
  return books;
}

function addUp(quantities: readonly (readonly [string, Quantity])[]): Map<string, Quantity> {
  const sums = new Map<string, Quantity>();
  for (const [key, quantity] of quantities) sums.set(key, (sums.get(key) ?? 0n) + quantity);
  return sums;
}

const positive = (quantity: Quantity) => (quantity > 0n ? quantity : 0n);
