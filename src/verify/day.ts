import { createHash } from "node:crypto";
import type { HourlyRecord } from "../ledger/records.ts";
import type { Seal } from "../ledger/seals.ts";
import type { Statement } from "../ledger/statement.ts";
import type { DayMeter, DaySummary } from "../report/day.ts";
import { needsSomeone } from "../report/kinds.ts";
import { FINDING_KINDS, type Finding, type Report } from "../report/report.ts";
import { tooMuch, unbilled } from "../report/totals.ts";
import { formatInstant, type Instant } from "../usage/instants.ts";
import { formatQuantity, type Quantity, sum } from "../usage/quantity.ts";

/** Sums a day's report up for its month. `statements` are what the report shows of the ledger. */
export function summarizeDay(
  report: Report,
  statements: readonly Statement[],
  { verifiedAt, isFinal }: { readonly verifiedAt: Instant; readonly isFinal: boolean },
): DaySummary {
  const { from, to, findings, counts, rejected } = report;
  return {
    version: 1,
    from,
    to,
    verifiedAt: formatInstant(verifiedAt),
    final: isFinal,
    matched: counts.matched ?? 0,
    findings: countKinds(findings),
    needing: countKinds(findings.filter(needsSomeone)),
    files: fileNames(findings),
    rejected: rejected.map(({ reason, field, count }) => ({ reason, field, count })),
    unbilled: unbilled(findings),
    tooMuch: tooMuch(findings),
    meters: statements.map(dayMeter),
  };
}

/** Names each finding about files by 16 digits of what it says: the same in every report that has it. */
export const fileNames = (findings: readonly Finding[]): string[] => [
  ...new Set(
    findings
      .filter(({ kind }) => kind === "integrity")
      .map(({ reason, objects }) =>
        createHash("sha256")
          .update(JSON.stringify([reason, objects]))
          .digest("hex"),
      )
      .map((hash) => hash.slice(0, 16)),
  ),
];

function countKinds(findings: readonly Finding[]): DaySummary["findings"] {
  const kinds = Map.groupBy(findings, ({ kind }) => kind);
  return Object.fromEntries(
    FINDING_KINDS.flatMap((kind) => (kinds.has(kind) ? [[kind, kinds.get(kind)?.length]] : [])),
  ) as DaySummary["findings"];
}

function dayMeter({ meter, sums, records, unsealed }: Statement): DayMeter {
  const seals = records.flatMap(({ seal }) => (seal ? [seal] : []));
  const versions = new Set(seals.map(({ version }) => version));
  const end = ({ version }: Seal, balance: Quantity) => ({ version, balance: formatQuantity(balance) });
  const last = seals.filter(({ version }) => !versions.has(version + 1));
  return {
    product: meter.product,
    buyer: { ...meter.buyer },
    dimension: meter.dimension,
    used: formatQuantity(sums.used),
    accepted: formatQuantity(sums.accepted),
    refused: formatQuantity(sums.refused),
    expired: formatQuantity(sums.expired),
    disputed: formatQuantity(sums.disputed),
    unsent: formatQuantity(sum([...records.flatMap(unsent), ...unsealed.map(({ quantity }) => quantity)])),
    opening: seals.filter(({ version }) => !versions.has(version - 1)).map((seal) => end(seal, seal.opening)),
    closing: last.map((seal) => end(seal, seal.closing)),
  };
}

/** What a record waits to be sent with; of a sealed record its closing balance waits too, in the meter. */
const unsent = ({ state, seal }: HourlyRecord): Quantity[] => (state === "sealed" && seal ? [seal.quantity] : []);
