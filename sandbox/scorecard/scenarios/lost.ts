// What only CloudTrail shows: records that the ledger takes for accepted and AWS never took, and calls that CloudTrail does not show.
import { readWindow } from "../../../src/ledger/statement.ts";
import { dynamoTable } from "../../../src/ledger/table.ts";
import { hourOf } from "../../../src/usage/instants.ts";
import { formatQuantity, sum } from "../../../src/usage/quantity.ts";
import { productCode, type World } from "../../demo/world.ts";
import { after, customerBuyer, type Family, times, use } from "../scenario.ts";
import { BILLED, during, hour, start, struck } from "./six-hours.ts";

const archive = productCode("archive");
/** When the hour is sent first. */
const sent = after(hour, 75);

/** Ten units of each of 25 buyers; and a unit of another in each of the next hours, at the minute at which verification runs. */
const batchAndMore = () => [
  ...times(25, (n) =>
    use(`evt-${n}`, after(hour, 30), 10, { product: "archive", buyer: customerBuyer(n), dimension: "Gb" }),
  ),
  ...times(6, (n) => use(`later-${n}`, after(hour, 100 + 60 * n), 1)),
];

/** The ledger must take the batch for accepted, while AWS holds nothing of it. @throws {Error} where that is not so. */
async function believed(world: World): Promise<void> {
  const { account, outputs, metering } = world;
  const table = dynamoTable(account.clients.dynamodb, outputs.ledgerTableName);
  const window = { from: Date.parse(hour), to: hourOf(account.clock.now()) };
  const { statements } = await readWindow(table, window);
  const ours = statements.filter(({ meter }) => meter.product === "archive");
  const accepted = formatQuantity(sum(ours.map(({ sums }) => sums.accepted)));
  const held = metering.billed().filter((line) => line.productCode === archive).length;
  if (accepted !== "250" || held !== 0)
    throw new Error(
      `The ledger holds ${accepted} units for accepted, and AWS ${held} records: they should be 250 and 0.`,
    );
}

/** The batch must be sent once more, when digests prove that it is lost, and be billed hours before its deadline. */
function billedAgainInTime({ metering }: World): string[] {
  const calls = metering.calls.filter(({ request }) => request?.ProductCode === archive);
  const billedAt = metering.billed().flatMap((line) => (line.productCode === archive ? [line.firstAt] : []));
  const [first, last] = [Math.min(...billedAt), Math.max(...billedAt)];
  // Valid digests must reach 2 hours past the attempt; they come in the hour after, and the next hour's verification reads them.
  const inTime = first >= Date.parse(after(sent, 120)) && last < Date.parse(after(sent, 240));
  return [
    ...(calls.length === 2 ? [] : [`the batch was sent ${calls.length} times`]),
    ...(inTime ? [] : [`it was billed from ${new Date(first).toISOString()} to ${new Date(last).toISOString()}`]),
  ];
}

export const lostRecords: Family = {
  title: "What AWS took, and what CloudTrail shows",
  scenarios: [
    {
      name: "a proxy makes up Success for a batch that AWS never got",
      start,
      usage: batchAndMore,
      faults: [{ name: "metering-api", fault: { name: "made-up-success", productCode: archive } }],
      happenings: [{ at: Date.parse(after(sent, 60)), act: believed }],
      expect: { billed: "256", problems: billedAgainInTime },
    },
    struck("CloudTrail loses every event; an identical resend is answered Success", [
      { name: "trail-missing", ...during },
    ]),
    struck(
      "CloudTrail loses every event; an identical resend is answered DuplicateRecord",
      [{ name: "trail-missing", ...during }],
      // AWS holds all of it. The ledger cannot know: the only evidence of the first answers is lost.
      {
        identicalResend: "DuplicateRecord",
        expect: { ...BILLED, disputed: "44", alarms: ["records-disputed", "findings-under-billed-duplicate"] },
      },
    ),
  ],
};
