// The windows in which AWS takes usage: 24 hours, the end of the month, the end of an agreement; and the cut-over from an older pipeline.
import { setAgreements } from "../../../src/ledger/buyers.ts";
import { dynamoTable } from "../../../src/ledger/table.ts";
import { MINUTE } from "../../../src/usage/instants.ts";
import { productCode, type World } from "../../demo/world.ts";
import {
  after,
  customerBuyer,
  type Family,
  licenseBuyer,
  type PRODUCTS,
  type Scenario,
  type Sent,
  times,
  type UsageEvent,
  use,
  useLate,
} from "../scenario.ts";

const start = "2026-11-23T09:50:00Z";
const hour = "2026-11-23T10:00:00Z";

/** A unit of each of two buyers at half past each of so many hours. */
const hourly = (hours: number, from = hour): Sent[] =>
  times(hours, (h) =>
    times(2, (n) => use(`evt-${h}-${n}`, after(from, 60 * h + 30), 1, { buyer: licenseBuyer(n) })),
  ).flat();

/** Nothing is sent for so many hours from `hour` on, while usage goes on for an hour longer. */
const outage = (hours: number, expect: Scenario["expect"]): Scenario => ({
  name: `no submitter for ${hours} hours`,
  start,
  usage: () => hourly(hours + 1),
  faults: [{ name: "schedule-skips", function: "submit", from: hour, to: after(hour, hours * 60) }],
  expect: { alarms: ["submit-runs-missing"], problems: nearestDeadlineFirst, ...expect },
});

/** The first run after an outage must not send a record before one of a nearer deadline. */
function nearestDeadlineFirst({ metering }: World): string[] {
  const first = metering.calls[0]?.at ?? 0;
  const stamps = metering.calls
    .filter(({ at }) => at < first + 5 * MINUTE)
    .flatMap(({ request }) => Math.min(...(request?.UsageRecords ?? []).map(({ Timestamp }) => Timestamp)));
  return stamps.every((stamp, index) => index === 0 || stamp >= (stamps[index - 1] as number))
    ? []
    : ["a later deadline was sent before a nearer one"];
}

const midnight = "2026-12-01T00:00:00Z";
const closing = after(midnight, 6 * 60);

/** The last four hours of November and the first six of December, with no submitter until so many minutes before 06:00. */
const monthEnd = (name: string, minutes: number, expect: Scenario["expect"]): Scenario => ({
  name,
  start: "2026-11-30T19:50:00Z",
  usage: () => hourly(10, "2026-11-30T20:00:00Z"),
  faults: [{ name: "schedule-skips", function: "submit", from: "2026-11-30T20:00:00Z", to: after(closing, -minutes) }],
  expect: { ...expect, problems: nothingAfterClosing },
});

function nothingAfterClosing({ metering }: World): string[] {
  const late = metering.calls.filter(({ at, request }) =>
    request?.UsageRecords.some(({ Timestamp }) => Timestamp * 1000 < Date.parse(midnight) && at >= Date.parse(closing)),
  );
  return late.map(({ at }) => `November was sent at ${new Date(at).toISOString()}`);
}

const ends = "2026-11-23T14:20:00Z";
const again = "2026-11-30T12:00:00Z";
const since = "2026-01-01T00:00:00Z";

type Agreed = { from: string; to?: string };

/** Tells AWS and the ledger the agreements of a product's only buyer. */
const agreeOf =
  (product: keyof typeof PRODUCTS, buyer: UsageEvent["buyer"]) =>
  (...agreements: Agreed[]) =>
  async ({ account, outputs, listing }: World) => {
    for (const each of listing.buyers) if (each.product === productCode(product)) each.agreements = agreements;
    const told = agreements.map(({ from, to }) => ({
      from: Date.parse(from),
      to: to === undefined ? null : Date.parse(to),
    }));
    await setAgreements(dynamoTable(account.clients.dynamodb, outputs.ledgerTableName), product, buyer, told);
  };

const agree = agreeOf("analytics", licenseBuyer(0));

/** The agreement of a product's only buyer ends while usage goes on, and the same buyer subscribes again a week later. */
function agreementEnds(
  named: string,
  product: keyof typeof PRODUCTS,
  more: Pick<UsageEvent, "buyer" | "dimension">,
): Scenario {
  const agree = agreeOf(product, more.buyer);
  const useOf = (id: string, time: string, quantity: number) => use(id, time, quantity, { product, ...more });
  return {
    name: `the agreement of a ${named} ends; usage goes on; it subscribes again a week later`,
    start,
    usage: () => [
      useOf("last", "2026-11-23T14:10:00Z", 5),
      useOf("beyond", "2026-11-23T14:30:00Z", 7),
      useOf("nobody", "2026-11-25T10:00:00Z", 11),
      useOf("again", "2026-11-30T12:30:00Z", 13),
    ],
    prepare: agree({ from: since }),
    happenings: [
      { at: Date.parse(ends), act: agree({ from: since, to: ends }) },
      { at: Date.parse(again), act: agree({ from: since, to: ends }, { from: again }) },
    ],
    expect: { billed: "18", expired: "18", alarms: ["events-expired"], problems: inTheLastHour },
  };
}

/** The last hour under an agreement must be sent between the grace after its end and the hour that AWS leaves. */
function inTheLastHour({ metering }: World): string[] {
  const calls = metering.calls.filter(({ at }) => at > Date.parse(ends) && at < Date.parse(again));
  const wrong = calls.filter(({ at }) => at < Date.parse(after(ends, 15)) || at >= Date.parse(after(ends, 60)));
  return calls.length === 0
    ? ["nothing was sent after the end of the agreement"]
    : wrong.map(({ at }) => `sent at ${new Date(at).toISOString()}`);
}

export const windows: Family = {
  title: "The windows in which AWS takes usage",
  scenarios: [
    outage(3, { billed: "8" }),
    outage(23, { billed: "48" }),
    // What was used until 16:00 on the first day is over 24 hours old when the submitter comes back.
    outage(30, { billed: "50", expired: "12", alarms: ["submit-runs-missing", "records-expired"] }),
    {
      name: "the metering API cannot be reached for 3 hours",
      start,
      usage: () => hourly(5),
      faults: [
        {
          name: "metering-api",
          fault: { name: "connection-reset", count: "always", from: hour, to: after(hour, 240) },
        },
      ],
      expect: { billed: "10", alarms: ["oldest-unsent"] },
    },
    monthEnd("month end: the submitter comes back 15 minutes before it", 15, { billed: "20" }),
    monthEnd("month end: the submitter comes back 2 minutes before it", 2, {
      billed: "12",
      expired: "8",
      alarms: ["records-expired"],
    }),
    {
      name: "month end: late usage comes before and after it",
      start: "2026-11-30T22:50:00Z",
      usage: () => [
        useLate("before", "2026-11-30T23:10:00Z", after(closing, -30), 2),
        useLate("after", "2026-11-30T23:20:00Z", after(closing, 1), 3),
      ],
      expect: { billed: "2", expired: "3", alarms: ["events-expired"], problems: nothingAfterClosing },
    },
    agreementEnds("licence", "analytics", { buyer: licenseBuyer(0), dimension: "ApiCalls" }),
    agreementEnds("customer identifier", "archive", { buyer: customerBuyer(0), dimension: "Gb" }),
    {
      name: "an agreement ends with a balance of more than a record can hold",
      start,
      usage: () => times(3, (n) => use(`evt-${n}`, "2026-11-23T14:10:00Z", 2_147_483_647)),
      prepare: agree({ from: since, to: ends }),
      expect: { billed: "2147483647", expired: "4294967294", alarms: ["records-expired"] },
    },
    {
      name: "an agreement ends while the indexes miss what is new",
      start,
      usage: () => [use("last", "2026-11-23T14:18:00Z", 5)],
      prepare: agree({ from: since }),
      happenings: [{ at: Date.parse(ends), act: agree({ from: since, to: ends }) }],
      faults: [{ name: "index-missing", minutes: 15 }],
      expect: { billed: "5" },
    },
    {
      name: "credentials are gone for five hours",
      start,
      usage: () => hourly(7),
      faults: [
        {
          name: "metering-api",
          fault: {
            name: "exception",
            exception: "ExpiredTokenException",
            count: "always",
            from: hour,
            to: after(hour, 360),
          },
        },
      ],
      expect: { billed: "14", alarms: ["products-stopped", "oldest-unsent"] },
    },
    {
      name: "the ledger is throttled for an hour",
      start,
      usage: () => hourly(4),
      faults: [
        { name: "throttled", service: "dynamodb", count: "always", from: after(hour, 60), to: after(hour, 120) },
      ],
      expect: {
        billed: "8",
        alarms: ["submit-errors"],
        problems: async ({ account, outputs }) => {
          const { visible, inFlight } = await account.queueSize(outputs.deadLetterQueueUrl);
          return visible + inFlight === 0 ? [] : [`${visible + inFlight} messages are in the dead-letter queue`];
        },
      },
    },
    {
      name: "cut-over from an older pipeline at 12:00",
      start,
      usage: () => [
        { ...use("older", "2026-11-23T11:59:59Z", 3), isRejected: true },
        use("first", "2026-11-23T12:00:00Z", 5),
        use("second", "2026-11-23T12:10:00Z", 7),
      ],
      products: { analytics: { meterFrom: "2026-11-23T12:00:00Z" } },
      expect: { billed: "12", rejected: 1, alarms: ["events-rejected"] },
    },
  ],
};
