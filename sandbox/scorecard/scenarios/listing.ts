// What AWS refuses because of the listing or the buyer: poison, disabled products, buyers without a subscription.
import type { World } from "../../demo/world.ts";
import { productCode } from "../../demo/world.ts";
import { after, customerBuyer, type Family, type Scenario, type Sent, times, use } from "../scenario.ts";

const start = "2026-11-23T09:50:00Z";
const hour = "2026-11-23T10:00:00Z";

/** Ten units of each of 25 buyers, so many of them of a dimension that the listing does not have. */
const batch = (poison: number): Sent[] =>
  times(25, (n) => {
    const dimension = n < poison ? "Renamed" : "Gb";
    return use(`evt-${n}`, after(hour, 30), 10, { product: "archive", buyer: customerBuyer(n), dimension });
  });

const forget = ({ listing }: World) => {
  for (const product of listing.products) product.dimensions = product.dimensions.filter((name) => name !== "Renamed");
};
const add = ({ listing }: World) => {
  for (const product of listing.products)
    if (product.code === productCode("archive")) product.dimensions.push("Renamed");
};

const poisoned = (name: string, count: number): Scenario => ({
  name,
  start,
  usage: () => batch(count),
  prepare: forget,
  expect: {
    billed: String(250 - 10 * count),
    refused: String(10 * count),
    alarms: ["records-poison", "records-refused", "records-near-deadline", "oldest-unsent"],
    problems: (world) => goodOnesFirst(world, 25 - count),
  },
});

/** The good records of a poisoned batch must be billed in the run that first sent it. */
function goodOnesFirst({ metering }: World, count: number): string[] {
  const inTime = metering.billed().filter(({ firstAt }) => firstAt < Date.parse(after(hour, 80)));
  return inTime.length === count ? [] : [`only ${inTime.length} of ${count} good records were billed at once`];
}

const disable =
  (disabled: boolean) =>
  ({ listing }: World) => {
    for (const product of listing.products) if (product.code === productCode("archive")) product.disabled = disabled;
  };

export const listings: Family = {
  title: "AWS refuses a record, a buyer or a product",
  scenarios: [
    poisoned("one poison record in a batch of 25", 1),
    poisoned("two poison records in a batch of 25", 2),
    poisoned("a batch of 25 poison records", 25),
    {
      name: "a wrong dimension, which the seller puts right after 20 hours",
      start,
      usage: () => batch(3),
      prepare: forget,
      happenings: [{ at: Date.parse(after(hour, 20 * 60)), act: add }],
      expect: { billed: "250", alarms: ["records-poison", "oldest-unsent"] },
    },
    {
      name: "a whole product is disabled for ten hours, the other goes on",
      start,
      usage: () => [...batch(0), ...times(10, (n) => use(`other-${n}`, after(hour, 30 + 60 * n), 1))],
      prepare: disable(true),
      happenings: [{ at: Date.parse(after(hour, 600)), act: disable(false) }],
      expect: {
        billed: "260",
        alarms: ["products-stopped", "oldest-unsent"],
        problems: ({ metering }) => {
          const delays = metering
            .billed()
            .flatMap(({ productCode: code, timestamp, firstAt }) =>
              code === productCode("analytics") ? firstAt / 60_000 - timestamp / 60 : [],
            );
          return Math.max(...delays) <= 50 ? [] : [`the other product waited ${Math.max(...delays)} minutes`];
        },
      },
    },
    {
      name: "a product is disabled for good",
      start,
      usage: () => batch(0),
      prepare: disable(true),
      expect: { billed: "0", expired: "250", alarms: ["products-stopped", "records-near-deadline", "records-expired"] },
    },
    {
      name: "a buyer that never subscribed",
      start,
      usage: () => batch(0),
      prepare: ({ listing }) => {
        for (const buyer of listing.buyers) if (buyer.customerIdentifier === "customer-01") buyer.agreements = [];
      },
      expect: { billed: "240", refused: "10", alarms: ["records-refused", "records-near-deadline"] },
    },
  ],
};
