import type { HourlyRecord } from "../ledger/records.ts";
import type { Seal } from "../ledger/seals.ts";
import type { Statement } from "../ledger/statement.ts";
import type { ReportMoved } from "../report/report.ts";
import { formatInstant } from "../usage/instants.ts";
import { formatQuantity, type Quantity, UNIT } from "../usage/quantity.ts";

/**
 * Units that are not billed where their usage was: under another hour, since they came late or filled an hour beyond what AWS takes, or without
 * their tags, since AWS has no room for them. By meter and hour. Fractions of a unit are not here: they wait in every meter.
 */
export const movedUnits = (statements: readonly Statement[]): ReportMoved[] =>
  statements.flatMap(({ meter: { product, buyer, dimension }, records }) =>
    records.flatMap((record) =>
      movesOf(record).map(({ kind, quantity }) => ({
        kind,
        product,
        buyer: { ...buyer },
        dimension,
        hour: formatInstant(record.ref.hour),
        quantity: formatQuantity(quantity),
      })),
    ),
  );

function movesOf({ seal }: HourlyRecord): { kind: ReportMoved["kind"]; quantity: Quantity }[] {
  if (seal === undefined) return [];
  const moves = [
    { kind: "late" as const, quantity: seal.late },
    { kind: "carried" as const, quantity: carried(seal) },
    { kind: "folded" as const, quantity: seal.folded.units * UNIT },
  ];
  return moves.filter(({ quantity }) => quantity > 0n);
}

/** The whole units that the hour leaves to the next one; of an hour that billed nothing of its opening balance, none of that. */
const carried = ({ closing, state }: Seal): Quantity => (state === "sealed" ? closing - (closing % UNIT) : 0n);
