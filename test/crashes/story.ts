import assert from "node:assert/strict";
import type { BilledRecord } from "../../sandbox/metering/books.ts";
import type { Listing } from "../../sandbox/metering/listing.ts";
import type { Message } from "../../src/ingest/check.ts";
import { setAgreements } from "../../src/ledger/buyers.ts";
import { readWindow, type Statement, type Sums } from "../../src/ledger/statement.ts";
import type { Table } from "../../src/ledger/table.ts";
import { formatQuantity, UNIT } from "../../src/usage/quantity.ts";
import { billedUnits, meterText } from "../model/oracle.ts";
import { at, customer, eventBody, hour, license } from "../support/usage.ts";
import { type Call, type Death, type Mortal, type Mortals, makeMortals } from "./deaths.ts";

/** A pipeline that can be told to run each of its functions once, as one process. */
export interface Pipeline {
  /** The ledger, with nothing around it. */
  readonly ledger: Table;
  /** Answers the ids of the messages that stay queued. */
  ingest(process: Mortal, messages: readonly Message[]): Promise<ReadonlySet<string>>;
  submit(process: Mortal): Promise<unknown>;
  verify(process: Mortal): Promise<unknown>;
  billed(): BilledRecord[];
  close(): Promise<void>;
}

/** What is used and when each function runs, and how all of it must stand in the end, however it was interrupted. */
export interface Story {
  readonly bodies: readonly string[];
  readonly agreementEnd?: number;
  /** Functions run again as often as their schedule lets them before the next deadline. */
  readonly steps: readonly (readonly [at: number, does: "ingest" | "submit" | "verify"])[];
  readonly billed: Readonly<Record<string, bigint>>;
  readonly sums: Readonly<Record<string, Partial<Record<keyof Sums, string>>>>;
  readonly rejected: number;
}

const clock = (text: string) => at(`2026-11-23T${text}:00Z`);
const meter = (product: string, buyer: ReturnType<typeof license> | ReturnType<typeof customer>, dimension: string) =>
  meterText({ product, buyer, dimension });
const calls = meter("analytics", license(1), "ApiCalls");
const hours = meter("analytics", license(2), "GbHours");
const gigabytes = meter("archive", customer(1), "Gb");

/** Usage of both styles, with fractions, tags, a duplicate, a conflict, and an event that came a day too late. */
export const ORDINARY: Story = {
  bodies: [
    eventBody({ id: "a", quantity: "1.5", tags: { Team: "blue" } }),
    eventBody({ id: "b", quantity: "0.75", time: "2026-11-23T10:20:00Z" }),
    eventBody({ id: "a", quantity: "1.50", tags: { Team: "blue" } }),
    eventBody({ id: "a", quantity: 9 }),
    eventBody({ id: "c", quantity: 7, time: "2026-11-22T10:05:00Z" }),
    eventBody({ id: "d", product: "archive", buyer: customer(), dimension: "Gb", time: "2026-11-23T10:49:59.5Z" }),
  ],
  steps: [
    [clock("10:50"), "ingest"],
    [clock("11:16"), "submit"],
    [clock("11:17"), "ingest"],
    [clock("11:21"), "submit"],
    [clock("11:22"), "ingest"],
    [clock("11:26"), "submit"],
    [clock("12:16"), "submit"],
    [clock("12:21"), "submit"],
    [clock("12:26"), "submit"],
    [clock("20:00"), "verify"],
    [clock("20:30"), "verify"],
    [clock("21:00"), "verify"],
  ],
  billed: { [calls]: 2n, [gigabytes]: 5n },
  sums: {
    [calls]: { used: "9.25", accepted: "2", expired: "7", waiting: "0.25" },
    [gigabytes]: { used: "5", accepted: "5" },
  },
  rejected: 1,
};

/** More than one record can carry, of a buyer whose agreement ends in that very hour: what no later hour can bill is written off. */
export const ENDING: Story = {
  bodies: [
    eventBody({ id: "a", buyer: license(2), dimension: "GbHours", quantity: "2147483647" }),
    eventBody({ id: "b", buyer: license(2), dimension: "GbHours", quantity: "3.5", time: "2026-11-23T10:06:00Z" }),
    eventBody({ id: "c", buyer: license(2), dimension: "GbHours", quantity: 2, time: "2026-11-23T10:45:00Z" }),
  ],
  agreementEnd: clock("10:40"),
  steps: [
    [clock("10:50"), "ingest"],
    [clock("10:52"), "ingest"],
    [clock("10:54"), "ingest"],
    [clock("10:56"), "submit"],
    [clock("11:01"), "submit"],
    [clock("11:06"), "submit"],
    [clock("11:46"), "submit"],
    [clock("11:51"), "submit"],
    [clock("11:56"), "submit"],
    [clock("20:00"), "verify"],
    [clock("20:30"), "verify"],
    [clock("21:00"), "verify"],
  ],
  billed: { [hours]: 2_147_483_647n },
  sums: { [hours]: { used: "2147483652.5", accepted: "2147483647", expired: "5.5" } },
  rejected: 0,
};

/** The whole story with these deaths. A function that died runs again when its next step comes. Answers the calls that were made. */
export async function tell(story: Story, deaths: readonly Death[], begin: Begin): Promise<readonly Call[]> {
  const now = { at: clock("10:00") };
  const pipeline = await begin(() => now.at, listingOf(story));
  const mortals = makeMortals(deaths);
  try {
    await play(story, pipeline, mortals, now);
  } finally {
    await pipeline.close();
  }
  return mortals.calls;
}

async function play(story: Story, pipeline: Pipeline, mortals: Mortals, now: { at: number }): Promise<void> {
  const { ledger } = pipeline;
  if (story.agreementEnd !== undefined)
    await setAgreements(ledger, "analytics", license(2), [{ from: hour(-1_000), to: story.agreementEnd }]);
  let queue = story.bodies.map((body, n): Message => ({ messageId: `m-${n}`, body, delivery: "", deliveries: 0 }));
  let verified = false;
  for (const [at, does] of story.steps) {
    now.at = at;
    if (does === "ingest" ? queue.length === 0 : does === "submit" ? await isSettled(ledger, queue) : verified)
      continue;
    const process = mortals.start();
    if (does === "ingest") {
      queue = queue.map((each) => received(each));
      const left = await lived(process, pipeline.ingest(process, queue));
      if (left) queue = queue.filter(({ messageId }) => left.has(messageId));
    }
    if (does === "submit") await lived(process, pipeline.submit(process));
    if (does === "verify")
      verified =
        (await lived(
          process,
          pipeline.verify(process).then(() => true),
        )) ?? false;
  }
  await checkEnd(story, queue, ledger, pipeline.billed());
}

/** Makes a pipeline with an empty ledger and empty books. */
export type Begin = (now: () => number, listing: Listing) => Promise<Pipeline>;

const received = ({ deliveries, ...message }: Message): Message => ({
  ...message,
  deliveries: deliveries + 1,
  delivery: `${message.messageId}-${deliveries + 1}`,
});

/** What a process answers; undefined where it died. */
const lived = <T>(process: Mortal, answer: Promise<T>): Promise<T | undefined> =>
  Promise.race([answer, process.died.then(() => undefined)]);

const readAll = (ledger: Table) => readWindow(ledger, { from: hour(-48), to: hour(24) });

async function isSettled(ledger: Table, queue: readonly Message[]): Promise<boolean> {
  if (queue.length > 0) return false;
  const { statements } = await readAll(ledger);
  return statements.every((statement) => statement.sums.waiting < UNIT && unfinished(statement).length === 0);
}

const unfinished = ({ records }: Statement) =>
  records.filter(({ state }) => state === "open" || state === "sealing" || state === "sealed");

async function checkEnd(story: Story, queue: readonly Message[], ledger: Table, lines: BilledRecord[]): Promise<void> {
  assert.deepEqual(queue, [], "every message is done with");
  assert.deepEqual(Object.fromEntries(billedUnits(lines)), story.billed, "the books are exact");
  const { statements, rejected } = await readAll(ledger);
  const sums = statements.map(({ meter, sums: found }) => {
    const { opening, used, accepted, refused, expired, disputed, waiting } = found;
    assert.equal(opening + used, accepted + refused + expired + disputed + waiting, "rule 6");
    const some = Object.entries(found).filter(([, quantity]) => quantity !== 0n);
    return [meterText(meter), Object.fromEntries(some.map(([name, quantity]) => [name, formatQuantity(quantity)]))];
  });
  assert.deepEqual(Object.fromEntries(sums), story.sums, "what the ledger says of it");
  assert.deepEqual(statements.flatMap(unfinished), [], "no record waits");
  assert.equal(
    rejected.reduce((total, { count }) => total + count, 0),
    story.rejected,
    "rejections",
  );
}

function listingOf({ agreementEnd }: Story): Listing {
  const since = { from: new Date(hour(-1_000)).toISOString() };
  const ending = agreementEnd === undefined ? since : { ...since, to: new Date(agreementEnd).toISOString() };
  return {
    sellerAccountId: "999988887777",
    products: [
      { code: "analytics-code", integration: "license", dimensions: ["ApiCalls", "GbHours"] },
      { code: "archive-code", integration: "productCode", dimensions: ["Gb"] },
    ],
    buyers: [
      { product: "analytics-code", ...license(1), agreements: [since] },
      { product: "analytics-code", ...license(2), agreements: [ending] },
      { product: "archive-code", ...customer(1), agreements: [since] },
    ],
  };
}
