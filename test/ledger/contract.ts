import type { Table } from "../../src/ledger/table.ts";
import { attemptsContract } from "./contract/attempts.ts";
import { buyersContract } from "./contract/buyers.ts";
import { claimsContract } from "./contract/claims.ts";
import { endsContract } from "./contract/ends.ts";
import { rejectionsContract } from "./contract/rejections.ts";
import { repairsContract } from "./contract/repairs.ts";
import { sealsContract } from "./contract/seals.ts";
import { statementsContract } from "./contract/statements.ts";
import { indexesContract, tableContract } from "./contract/table.ts";

/** Makes an empty ledger table. */
export type MakeTable = () => Promise<Table>;

/** What every table must do for the ledger, and the ledger on it. Runs inside a `describe`; `make` is called in its tests only. */
export function ledgerContract(make: MakeTable): void {
  tableContract(make);
  indexesContract(make);
  claimsContract(make);
  sealsContract(make);
  attemptsContract(make);
  endsContract(make);
  repairsContract(make);
  buyersContract(make);
  rejectionsContract(make);
  statementsContract(make);
}
