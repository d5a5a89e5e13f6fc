// Exact money at the edges, and much of it.
import type { World } from "../../demo/world.ts";
import { after, type Family, type Sent, times, use, useLate } from "../scenario.ts";

const start = "2026-11-23T09:50:00Z";
const hour = "2026-11-23T10:00:00Z";
const at = after(hour, 30);

const MOST = 2_147_483_647;

/** A unit of each of so many dimensions, in each of so many hours, of customers whose usage comes all at once; one record for each of them. */
function backlog(
  sent: string,
  size: { customers: number; dimensions: number; hours: number },
  customer = "customer",
): Sent[] {
  return times(size.customers * size.dimensions * size.hours, (n) => {
    const buyer = { customerIdentifier: `${customer}-${n % size.customers}` };
    const dimension = `Gb${Math.floor(n / size.customers) % size.dimensions}`;
    const back = 1 + Math.floor(n / size.customers / size.dimensions);
    return useLate(`${customer}-${n}`, after(sent, -60 * back - 30), sent, 1, { product: "archive", buyer, dimension });
  });
}

const refuse = ({ listing }: World) => {
  for (const buyer of listing.buyers) if (buyer.customerIdentifier?.startsWith("refused")) buyer.agreements = [];
};

/** When the last hours of November come: AWS takes them for six hours more. */
const eve = "2026-11-30T23:58:00Z";

/** The good records must be billed by the run that found them due. */
function goodOnesInOneRun({ metering }: World): string[] {
  const last = Math.max(...metering.billed().map(({ firstAt }) => firstAt));
  const nextRun = Date.parse(after(eve, 7));
  return last < nextRun ? [] : [`a good record was billed only at ${new Date(last).toISOString()}`];
}

/** As many records must be refused as AWS has answered CustomerNotSubscribed: the others never were sent, and expired. */
function refusedByAws({ metering }: World, refused: number): string[] {
  const answers = metering.calls.flatMap(({ answer }) => answer?.Results ?? []);
  const keys = answers
    .filter(({ Status }) => Status === "CustomerNotSubscribed")
    .map(
      ({ UsageRecord: { CustomerIdentifier, Dimension, Timestamp } }) =>
        `${CustomerIdentifier} ${Dimension} ${Timestamp}`,
    );
  const { size } = new Set(keys);
  return size === refused ? [] : [`AWS refused ${size} records`];
}

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
      expect: { billed: "6442450941", waiting: "0.5", moved: { carried: "6442450941" }, isQuiet: true },
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
        moved: { folded: "4" },
        // The record is beyond the 100 KB at which CloudTrail leaves a payload out.
        alarms: ["findings-unverifiable"],
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
        moved: { folded: "2" },
        isQuiet: true,
        problems: (world) => {
          const keys = new Set(allocationsOf(world).flatMap(({ tags }) => Object.keys(tags)));
          return keys.size === 5 ? [] : [`AWS holds ${keys.size} tag keys`];
        },
      },
    },
    {
      name: "26 records are due",
      start,
      usage: () => backlog(after(hour, -2), { customers: 26, dimensions: 1, hours: 1 }),
      expect: { billed: "26", isQuiet: true },
    },
    {
      name: "2,500 records are due",
      start,
      isLarge: true,
      usage: () => backlog(after(hour, -2), { customers: 250, dimensions: 5, hours: 2 }),
      expect: { billed: "2500", isQuiet: true },
    },
    {
      name: "100,000 records are due",
      start,
      isLarge: true,
      usage: () => backlog(after(hour, -2), { customers: 1000, dimensions: 10, hours: 10 }),
      // 4,000 requests at 9.9 a second: one run sends them all, so that none is unsent when it ends.
      expect: { billed: "100000", isQuiet: true },
    },
    {
      name: "80,000 records of buyers that AWS refuses, beside 1,000 good ones",
      start: "2026-11-30T23:50:00Z",
      isLarge: true,
      // The last hours of November have one deadline, and customers are sent in the order of their names: the good ones come last.
      usage: () => [
        ...backlog(eve, { customers: 1000, dimensions: 8, hours: 10 }, "refused"),
        ...backlog(eve, { customers: 100, dimensions: 1, hours: 10 }, "valued"),
      ],
      prepare: refuse,
      expect: {
        billed: "1000",
        // Two batches of each buyer are on their way before the first answer says that the rest of it must wait.
        refused: "50026",
        expired: "29974",
        alarms: ["records-refused", "records-expired", "records-near-deadline", "oldest-unsent"],
        problems: (world) => [...goodOnesInOneRun(world), ...refusedByAws(world, 50_026)],
      },
    },
  ],
};
