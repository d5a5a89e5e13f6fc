// The faults by which AWS's own reference sample loses or doubles usage.
import { after, customerBuyer, type Family, type Sent, times, use } from "../scenario.ts";

const start = "2026-11-23T09:50:00Z";
const hour = "2026-11-23T10:00:00Z";

/** Ten units, in ten events of one buyer and hour. */
const tenUnits = (): Sent[] => times(10, (n) => use(`evt-${n}`, after(hour, 5 + n), 1));

/** A unit of each of so many buyers, customers of the product code `archive`. */
const buyers = (count: number, at = after(hour, 30)): Sent[] =>
  times(count, (n) => use(`evt-${n}`, at, 1, { product: "archive", buyer: customerBuyer(n), dimension: "Gb" }));

export const samples: Family = {
  title: "What AWS's reference sample gets wrong",
  scenarios: [
    { name: "nothing goes wrong", start, usage: tenUnits, expect: { billed: "10", isQuiet: true } },
    {
      name: "one ThrottlingException",
      start,
      usage: tenUnits,
      faults: [{ name: "metering-api", fault: { name: "exception", exception: "ThrottlingException" } }],
      expect: { billed: "10" },
    },
    {
      name: "one record in UnprocessedRecords",
      start,
      usage: tenUnits,
      faults: [{ name: "metering-api", fault: { name: "unprocessed", records: 1 } }],
      expect: { billed: "10" },
    },
    {
      name: "the status write fails for 3 hours after the send",
      start,
      usage: tenUnits,
      faults: [
        {
          name: "throttled",
          service: "dynamodb",
          command: "UpdateItem",
          function: "submit",
          holds: '"accepted"',
          to: after(hour, 60 + 15 + 180),
          count: "always",
        },
      ],
      expect: { billed: "10" },
    },
    {
      name: "half of 100 rows cannot be marked",
      start,
      usage: () => buyers(100),
      faults: [
        {
          name: "throttled",
          service: "dynamodb",
          command: "UpdateItem",
          function: "submit",
          holds: '"accepted"',
          probability: 0.5,
          to: after(hour, 60 + 15 + 180),
          count: "always",
        },
      ],
      expect: { billed: "100" },
    },
    {
      name: "a customer with 26 dimensions",
      start,
      usage: () => times(26, (n) => use(`evt-${n}`, after(hour, 5), 1, { dimension: `Dimension${n}` })),
      expect: { billed: "26", isQuiet: true },
    },
    {
      name: "a second run in the same clock hour, 7 new units",
      start,
      usage: () => [
        ...tenUnits(),
        // The hour is billed at a quarter past; what comes after it is of the next one.
        ...times(7, (n) => use(`late-${n}`, after(hour, 60 + 20 + n), 1)),
        { ...use("late", after(hour, 30), 0.5), at: Date.parse(after(hour, 75 + 8)) },
      ],
      expect: { billed: "17", waiting: "0.5", isQuiet: true },
    },
    {
      name: "1,000 rows over ten Query pages",
      start,
      usage: () => buyers(1000),
      // 1,000 rows are spread over eight partitions of the index.
      faults: [{ name: "short-pages", items: 13 }],
      expect: { billed: "1000", isQuiet: true },
    },
    {
      name: "CustomerNotSubscribed once, while the agreement activates",
      start,
      usage: tenUnits,
      faults: [{ name: "metering-api", fault: { name: "status", status: "CustomerNotSubscribed" } }],
      expect: { billed: "10" },
    },
  ],
};
