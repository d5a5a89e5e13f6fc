import { makeLedger, startDynamo, type TestDynamo } from "../support/table.ts";
import { ledgerContract } from "./contract.ts";

describe("the ledger in DynamoDB", () => {
  let dynamo: TestDynamo;
  before(async () => {
    dynamo = await startDynamo();
  });
  after(() => dynamo.close());

  ledgerContract(() => makeLedger(dynamo));
});
