// Exact money at the edges, and much of it.
import type { World } from "../../demo/world.ts";
import { after, customerBuyer, type Family, type Sent, times, use } from "../scenario.ts";

const start = "2026-11-23T09:50:00Z";
const hour = "2026-11-23T10:00:00Z";
const at = after(hour, 30);

const MOST = 2_147_483_647;

/** Usage of so many customers in one hour. */
const customers = (count: number): Sent[] =>
  times(count, (n) => use(`evt-${n}`, at, 1, { product: "archive", buyer: customerBuyer(n), dimension: "Gb" }));

/** 1,000 customers that AWS refuses, with 80 dimensions each. */
const refused = (): Sent[] =>
  times(80_000, (n) => {
    const buyer = { customerIdentifier: `refused-${n % 1000}` };
    return use(`refused-${n}`, at, 1, {
      product: "archive",
      buyer,
      dimension: n < 1000 ? "Gb" : `Gb${Math.floor(n / 1000)}`,
    });
  });

/** A customer that stands behind those in any order of names. */
const valued = (n: number) => ({ product: "archive", buyer: { customerIdentifier: `valued-${n}` }, dimension: "Gb" });

const unsubscribe = ({ listing }: World) => {
  for (const buyer of listing.buyers) if (buyer.customerIdentifier?.startsWith("refused")) buyer.agreements = [];
};

/** The allocations of the only record with a quantity that AWS holds. */
const allocationsOf = ({ metering }: World) =>
  metering.billed().find(({ quantity }) => quantity > 0n)?.allocations ?? [];

export const amounts: Family = {
  title: "Amounts",
  scenarios: [
    {
      name: "thousandths of a unit over 1,000 hours",
      start,
      usage: () => times(1000, (n) => use(`evt-${n}`, after(hour, 5 + 60 * n), "0.007")),
      expect: { billed: "7", waiting: "0", isQuiet: true },
    },
    {
      name: "nine decimals",
      start,
      usage: () => [use("a", at, "0.333333333"), use("b", at, "0.333333333"), use("c", after(at, 60), "0.333333335")],
      expect: { billed: "1", waiting: "0.000000001", isQuiet: true },
    },
    {
      name: "2,147,483,647 units in one hour",
      start,
      usage: () => [use("evt", at, MOST)],
      expect: { billed: "2147483647", isQuiet: true },
    },
    {
      name: "three times that in one hour, and a half",
      start,
      usage: () => [...times(3, (n) => use(`evt-${n}`, at, MOST)), use("half", at, "0.5")],
      expect: { billed: "6442450941", waiting: "0.5", isQuiet: true },
    },
    {
      name: "one buyer with 60 dimensions",
      start,
      usage: () => times(60, (n) => use(`evt-${n}`, at, n + 1, { dimension: `Dimension${n}` })),
      expect: { billed: "1830", isQuiet: true },
    },
    {
      name: "2,501 tag sets",
      start,
      usage: () => times(2501, (n) => use(`evt-${n}`, at, 2, { tags: { Team: `team-${n}` } })),
      expect: {
        billed: "5002",
        // The record is beyond the 100 KB at which CloudTrail leaves a payload out.
        alarms: ["findings"],
        problems: (world) =>
          allocationsOf(world).length === 2500 ? [] : [`AWS holds ${allocationsOf(world).length} allocations`],
      },
    },
    {
      name: "six tag keys",
      start,
      usage: () => times(6, (n) => use(`evt-${n}`, at, 2, { tags: { [`Key${n}`]: "value" } })),
      expect: {
        billed: "12",
        isQuiet: true,
        problems: (world) => {
          const keys = new Set(allocationsOf(world).flatMap(({ tags }) => Object.keys(tags)));
          return keys.size === 5 ? [] : [`AWS holds ${keys.size} tag keys`];
        },
      },
    },
    {
      name: "2,500 records are due",
      start,
      isLarge: true,
      usage: () => customers(2500),
      expect: { billed: "2500", isQuiet: true },
    },
    {
      name: "100,000 records are due",
      start,
      isLarge: true,
      usage: () => customers(100_000),
      expect: { billed: "100000", isQuiet: true },
    },
    {
      name: "80,000 records of buyers that AWS refuses, beside 1,000 good ones",
      start,
      isLarge: true,
      usage: () => [...refused(), ...times(1000, (n) => use(`good-${n}`, at, 1, valued(n)))],
      prepare: unsubscribe,
      expect: {
        billed: "1000",
        refused: "1000",
        expired: "79000",
        alarms: ["records-refused", "records-expired", "records-near-deadline", "oldest-unsent"],
        problems: ({ metering }) => {
          const last = Math.max(...metering.billed().map(({ firstAt }) => firstAt));
          return last < Date.parse(after(hour, 80))
            ? []
            : [`a good record was billed only at ${new Date(last).toISOString()}`];
        },
      },
    },
  ],
};
