/** Resources of a seller's own pipeline, none of our components: an ingest and a submit function over one table. */
import { document, type Given } from "./judge.ts";

export const meterAlone = document({ Effect: "Allow", Action: "aws-marketplace:BatchMeterUsage", Resource: "*" });

/** A role, its policy, and a function that runs as it, wired to a table through its settings. */
export function worker(
  name: string,
  { policy, props = {}, tables = [] }: { policy: unknown; props?: Record<string, unknown>; tables?: string[] },
): Given[] {
  return [
    { type: "aws:iam/role:Role", name: `${name}-role` },
    {
      type: "aws:iam/rolePolicy:RolePolicy",
      name: `${name}-rights`,
      props: { policy },
      from: { role: [`${name}-role`] },
    },
    {
      type: "aws:lambda/function:Function",
      name,
      props,
      from: { role: [`${name}-role`], ...(tables.length > 0 ? { environment: tables } : {}) },
    },
  ];
}

export function table(name: string, props: Record<string, unknown> = {}, outputs: Record<string, unknown> = {}): Given {
  return { type: "aws:dynamodb/table:Table", name, props, outputs };
}
