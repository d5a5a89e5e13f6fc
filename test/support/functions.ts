import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../src/settings.ts";
import { PRODUCTS_JSON } from "./usage.ts";

/** The environment of a function over a ledger table, with the two sample products in a folder of its own; `remove` takes that away. */
export function functionEnvironment(tableName: string, more: Environment = {}) {
  const folder = mkdtempSync(join(tmpdir(), "function-"));
  writeFileSync(join(folder, "products.json"), PRODUCTS_JSON);
  const environment: Environment = {
    LAMBDA_TASK_ROOT: folder,
    PRODUCTS_FILE: "products.json",
    LEDGER_TABLE_NAME: tableName,
    POWERTOOLS_SERVICE_NAME: "pipeline",
    POWERTOOLS_METRICS_NAMESPACE: "AWSMarketplaceMetering",
    AWS_REGION: "us-east-1",
    ...more,
  };
  return { environment, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
