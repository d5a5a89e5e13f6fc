import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { policies } from "../policy/index.ts";

const root = join(import.meta.dirname, "..");
const TOKEN = "aws-marketplace-metering:index:";

interface Property {
  type?: string;
  $ref?: string;
  items?: Property;
  additionalProperties?: Property;
  description?: string;
}

interface Type {
  type: string;
  description?: string;
  properties?: Record<string, Property>;
  inputProperties?: Record<string, Property>;
  required?: string[];
  requiredInputs?: string[];
  enum?: { name: string; value: string; description?: string }[];
}

/** The reference pages, by file, as the schema and the policies say them now. */
export function referencePages(): Record<string, string> {
  const schema = JSON.parse(readFileSync(join(root, "schema.json"), "utf8")) as {
    resources: Record<string, Type>;
    types: Record<string, Type>;
  };
  return { "docs/components.md": componentsPage(schema.resources, schema.types), "docs/policies.md": policiesPage() };
}

function componentsPage(resources: Record<string, Type>, types: Record<string, Type>): string {
  const components = Object.entries(resources).map(([token, type]) => [
    `## ${spaced(short(token))}\n\n\`${short(token)}\`: ${type.description}\n`,
    `### Arguments\n\n${table(type.inputProperties, type.requiredInputs)}`,
    `### Outputs\n\n${table(type.properties, [])}`,
  ]);
  const shapes = Object.entries(types).map(([token, type]) => [
    `## ${short(token)}\n\n${type.description ?? ""}\n`,
    type.enum
      ? `${type.enum.map(({ value, description }) => `- \`"${value}"\` ${description ?? ""}`.trim()).join("\n")}\n`
      : table(type.properties, type.required),
  ]);
  const head = `# Components\n\nMade from the components' own docstrings by \`npm run reference\`. Every value may be an output of another resource, but for those that decide what is made.\nTokens are \`${TOKEN}<Name>\`; programs in other Pulumi languages run \`pulumi package add\`.\n`;
  return [head, ...components.flat(), ...shapes.flat()].join("\n");
}

function policiesPage(): string {
  const rows = policies.map(({ name, displayName, description, severity, enforcementLevel, remediationSteps, url }) =>
    [
      `## ${displayName}`,
      `\`${name}\`, ${enforcementLevel}, severity ${severity}. ${description}`,
      `What to do: ${remediationSteps} [AWS](${url}).`,
    ].join("\n\n"),
  );
  const head = [
    "# Policies",
    "Made from the policies themselves by `npm run reference`. To check a stack before it is deployed (Node ≥ 22.12):",
    "```sh\npulumi preview --policy-pack node_modules/aws-marketplace-metering/policy\n```",
    'An account that has no concurrency to reserve (`reserveConcurrency: false`) configures that it knows, with `--policy-pack-config` and a file that holds\n`{ "submitter-one-at-a-time": { "unreservedConcurrency": true } }`.',
    "A trail made for this package fails Security Hub's CloudTrail.1 (CIS 4.1), which wants a trail of read *and* write events: that is the account's own trail's to pass.",
    "What is made outside the stack (a bucket, a role, a verification of another stack) cannot be judged; turn `metering-verified` off for a stack that is verified by another.",
  ].join("\n\n");
  return `${[head, ...rows].join("\n\n")}\n`;
}

function table(properties: Record<string, Property> = {}, required: readonly string[] = []): string {
  const rows = Object.entries(properties).map(
    ([name, property]) =>
      `| \`${name}\`${required.includes(name) ? " (required)" : ""} | ${typeName(property)} | ${(property.description ?? "").replaceAll("|", "\\|").replaceAll("\n", " ")} |`,
  );
  return `| name | type | what it is |\n|---|---|---|\n${rows.join("\n")}\n`;
}

function typeName({ type, $ref, items, additionalProperties }: Property): string {
  if ($ref) return short($ref);
  if (items) return `${typeName(items)}[]`;
  if (additionalProperties) return `map of ${typeName(additionalProperties)}`;
  return type ?? "any";
}

const short = (token: string): string => token.slice(token.lastIndexOf(":") + 1);
const spaced = (name: string): string => name.replace(/(?<=[a-z])(?=[A-Z])/g, " ");

if (import.meta.main)
  for (const [file, text] of Object.entries(referencePages())) writeFileSync(join(root, file), text);
