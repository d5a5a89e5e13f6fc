import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ComponentProvider, getPulumiComponents } from "@pulumi/pulumi/provider/experimental/provider.js";
import * as components from "../components/index.ts";

/** The folder of the package. */
export const root = join(import.meta.dirname, "..");

/** The package's Pulumi schema as its sources say it now; throws where an argument or output has a type that other languages cannot have. */
export async function packageSchema(): Promise<string> {
  const provider = new ComponentProvider({
    name: "aws-marketplace-metering",
    dirname: root,
    components: getPulumiComponents({ ...components }),
  });
  return `${JSON.stringify(JSON.parse(await provider.getSchema()), null, 2)}\n`;
}

if (import.meta.main) writeFileSync(join(root, "schema.json"), await packageSchema());
