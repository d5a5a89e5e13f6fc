// A scenario: usage, what goes wrong meanwhile, and what must come of it. Plain data and small functions.
import type { MarketplaceMeteringArgs, ProductArgs } from "../../components/index.ts";
import { Integration } from "../../src/usage/buyers.ts";
import type { World } from "../demo/world.ts";
import type { Fault } from "../faults/fault.ts";
import type { Faults } from "../faults/faults.ts";

/** A usage event as an application stamps it. */
export interface UsageEvent {
  readonly id: string;
  readonly product: string;
  readonly buyer: { readonly accountId: string; readonly licenseArn: string } | { readonly customerIdentifier: string };
  readonly dimension: string;
  readonly quantity: number | string;
  /** ISO 8601. */
  readonly time: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** An event on its way: when the application sends it, in ms, and whether it has to be rejected. */
export interface Sent {
  readonly at: number;
  readonly event: UsageEvent;
  readonly isRejected?: boolean;
}

/** What may happen in a scenario beside usage and faults. */
export interface Happening {
  /** Ms. */
  readonly at: number;
  readonly act: (world: World, faults: Faults) => unknown;
}

/** What must come of a scenario, to the last decimal. By default all usage is billed but for less than a unit of each meter, and no alarm is asked for. */
export interface Expectation {
  readonly billed?: string;
  readonly refused?: string;
  readonly expired?: string;
  readonly disputed?: string;
  readonly waiting?: string;
  readonly rejected?: number;
  /** Units that the report must show to be billed elsewhere than where they were used, by why. */
  readonly moved?: Readonly<Partial<Record<"late" | "carried" | "folded", string>>>;
  /** Alarms that must fire, beside those that unbilled usage asks for. */
  readonly alarms?: readonly string[];
  /** Whether no alarm at all may fire. */
  readonly isQuiet?: boolean;
  /** What else must hold: sentences about what does not. */
  readonly problems?: (world: World, faults: Faults) => readonly string[] | Promise<readonly string[]>;
}

export interface Scenario {
  /** As it stands in the table. */
  readonly name: string;
  /** ISO 8601: what the clock shows first. */
  readonly start: string;
  /** In any order. */
  readonly usage: () => Sent[];
  readonly faults?: readonly Fault[];
  readonly happenings?: readonly Happening[];
  /** Changes what AWS Marketplace knows, before anything else happens. */
  readonly prepare?: (world: World) => unknown;
  readonly expect?: Expectation;
  /** Settings of the products, and of the whole, beside what the usage shows. */
  readonly products?: Readonly<Record<string, Partial<ProductArgs>>>;
  readonly args?: Omit<MarketplaceMeteringArgs, "products">;
  readonly identicalResend?: "Success" | "DuplicateRecord";
  /** Messages are handed to the ingest function in batches of 100, without passing through the queue's emulator, which would take long over them. */
  readonly isLarge?: boolean;
}

/** Scenarios that belong together. */
export interface Family {
  readonly title: string;
  readonly scenarios: readonly Scenario[];
}

/** A product of each integration style. */
export const PRODUCTS = { analytics: Integration.License, archive: Integration.ProductCode } as const;

/** The nth buyer of the product `analytics`. */
export const licenseBuyer = (n: number) => ({
  accountId: (111_122_223_333 + n).toString(),
  licenseArn: `arn:aws:license-manager:us-east-1:294406891311:license:l-${(n + 1).toString().padStart(4, "0")}`,
});

/** The nth buyer of the product `archive`. */
export const customerBuyer = (n: number) => ({ customerIdentifier: `customer-${(n + 1).toString().padStart(2, "0")}` });

/** An event of `analytics` that is sent when it happens. */
export function use(id: string, time: string, quantity: number | string, more: Partial<UsageEvent> = {}): Sent {
  return useLate(id, time, time, quantity, more);
}

/** An event of `analytics` that is sent at another time than it happens. */
export function useLate(
  id: string,
  time: string,
  sent: string,
  quantity: number | string,
  more: Partial<UsageEvent> = {},
): Sent {
  const event = { id, product: "analytics", buyer: licenseBuyer(0), dimension: "ApiCalls", quantity, time, ...more };
  return { at: Date.parse(sent), event };
}

/** `count` things, by their number from 0. */
export const times = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n));

/** An instant so many minutes after another, as ISO 8601. */
export const after = (instant: string, minutes: number): string =>
  new Date(Date.parse(instant) + minutes * 60_000).toISOString();
