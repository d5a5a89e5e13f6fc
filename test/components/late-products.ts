import * as pulumi from "@pulumi/pulumi";
import { UsagePipeline } from "../../components/index.ts";

/** A program whose products are known too late to be checked at construction, and break a rule. */
export default function program(): void {
  new UsagePipeline("metering", {
    products: pulumi.output(Promise.resolve({ analytics: { integration: "license" as const, dimensions: {} } })),
  });
}
