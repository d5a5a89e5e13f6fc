import { memoryTable } from "../support/memory-table.ts";
import { ledgerContract } from "./contract.ts";

describe("the ledger in memory, on which crashes and interleavings are tried", () => {
  ledgerContract(async () => memoryTable());
});
