// Usage, AWS's books and the ledger, which must agree meter by meter and record by record. Each check answers sentences about what does not.
import type { HourlyRecord } from "../../src/ledger/records.ts";
import type { Report } from "../../src/report/report.ts";
import { meterKey } from "../../src/usage/buyers.ts";
import { formatHour } from "../../src/usage/instants.ts";
import { formatQuantity, parseStoredQuantity, type Quantity, UNIT } from "../../src/usage/quantity.ts";
import type { MeteringCall } from "../metering/call.ts";
import type { UsageEvent } from "./scenario.ts";

/** What AWS would bill, by meter and hour as `bookKey` names them; `meter` is the meter's own key. */
export type Books = ReadonlyMap<string, { readonly meter: string; readonly quantity: Quantity }>;

const bookKey = ({ ref }: HourlyRecord) => `${meterKey(ref.meter)} ${ref.hour}`;
const nameOf = ({ ref }: HourlyRecord) => `${meterKey(ref.meter)} ${formatHour(ref.hour)}`;

/** By meter, what AWS does not hold of the records that are disputed. */
export function unheldDisputes(records: readonly HourlyRecord[], books: Books): Map<string, Quantity> {
  const unheld = new Map<string, Quantity>();
  for (const record of records) {
    if (record.state !== "disputed") continue;
    const { quantity = 0n } = record.seal ?? {};
    const held = books.get(bookKey(record))?.quantity ?? 0n;
    const meter = meterKey(record.ref.meter);
    if (held < quantity) unheld.set(meter, (unheld.get(meter) ?? 0n) + quantity - held);
  }
  return unheld;
}

/** Of each meter, all that was used must be counted, and be billed or explained; less than a unit may wait. */
export function meterProblems(
  report: Report,
  { used, billed, unheld }: Readonly<Record<"used" | "billed" | "unheld", ReadonlyMap<string, Quantity>>>,
): string[] {
  type Named = Pick<UsageEvent, "product" | "buyer" | "dimension">;
  const meters = new Map(report.meters.map((meter) => [meterKey(meter as Named), meter]));
  return [...new Set([...used.keys(), ...billed.keys(), ...meters.keys()])].flatMap((key) => {
    const sums = meters.get(key);
    const counted = (name: "opening" | "used" | "refused" | "expired" | "waiting") =>
      parseStoredQuantity(sums?.[name] ?? "0");
    const [sent = 0n, held = 0n] = [used.get(key), billed.get(key)];
    const explained = counted("refused") + counted("expired") + (unheld.get(key) ?? 0n) + counted("waiting");
    return [
      ...(sent === held + explained
        ? []
        : [
            `${key}: used ${formatQuantity(sent)} is not billed ${formatQuantity(held)} and explained ${formatQuantity(explained)}`,
          ]),
      ...(counted("used") === sent ? [] : [`${key}: used ${formatQuantity(sent)}, counted ${sums?.used ?? "nothing"}`]),
      ...(counted("opening") === 0n ? [] : [`${key}: opens with ${sums?.opening}`]),
      ...(counted("waiting") < UNIT ? [] : [`${key}: ${sums?.waiting} still wait`]),
    ];
  });
}

/** AWS must hold each accepted record as it is, and nothing but what is accepted or disputed. */
export function recordProblems(records: readonly HourlyRecord[], books: Books): string[] {
  const known = new Set<string>();
  const problems = records.flatMap((record) => {
    // A write-off is never sent; the hour that it is written off in may have a record of its own.
    if (record.ref.writeOff) return [];
    const key = bookKey(record);
    known.add(key);
    const held = books.get(key)?.quantity;
    const { state, seal } = record;
    if (state === "disputed") return [];
    if (state === "accepted" ? held === seal?.quantity : held === undefined) return [];
    return [`${nameOf(record)}: ${state}, and AWS holds ${held === undefined ? "nothing" : formatQuantity(held)}`];
  });
  const strange = [...books].filter(([key]) => !known.has(key));
  return [
    ...problems,
    ...strange.map(([key, { quantity }]) => `${key}: AWS holds ${formatQuantity(quantity)}, and the ledger nothing`),
  ];
}

/** A record must be the same each time that it is sent, and of one hour of a meter only one may be sent. */
export function resendProblems(calls: readonly Pick<MeteringCall, "request" | "region">[]): string[] {
  const first = new Map<string, string>();
  const changed = new Set<string>();
  for (const { request, region } of calls) {
    for (const record of request?.UsageRecords ?? []) {
      const { Timestamp, Dimension, CustomerIdentifier, LicenseArn, CustomerAWSAccountId } = record;
      const buyer = CustomerIdentifier ?? `${LicenseArn} ${CustomerAWSAccountId}`;
      const key = `${buyer} ${Dimension} ${formatHour(Math.floor(Timestamp / 3600) * 3_600_000)}`;
      const text = JSON.stringify([region, request?.ProductCode, record]);
      if ((first.get(key) ?? text) !== text) changed.add(key);
      first.set(key, text);
    }
  }
  return [...changed].map((key) => `${key}: was not the same each time that it was sent`);
}
