import { readFileSync } from "node:fs";
import { type Buyer, buyerKey, type Integration, integrationOf } from "../../src/usage/buyers.ts";
import { parseEvent } from "../../src/usage/events.ts";
import type { Instant } from "../../src/usage/instants.ts";

/** One line of a usage file: its text as it will be sent, and what the demo must know of it. */
export interface UsageLine {
  readonly body: string;
  readonly time: Instant;
}

/** A product as a usage file shows it. */
export interface SeenProduct {
  readonly key: string;
  readonly integration: Integration;
  readonly dimensions: ReadonlySet<string>;
  readonly buyers: ReadonlyMap<string, Buyer>;
}

/** A usage file: its lines in their order, and the products, buyers and dimensions they name. */
export interface UsageFile {
  readonly lines: readonly UsageLine[];
  readonly products: ReadonlyMap<string, SeenProduct>;
}

/** A usage file that cannot be used, with a sentence for each line that is wrong. */
export class UsageFileError extends Error {}

/** How many wrong lines are named. */
const MOST_NAMED = 20;

/** Reads a usage file, NDJSON. Throws a UsageFileError that names file, line and field where a line breaks the format. */
export function readUsageFile(path: string): UsageFile {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    throw new UsageFileError(`${path}: cannot be read as UTF-8 text (${(error as Error).message}).`);
  }
  return parseUsageFile(path, text);
}

/** Reads the text of a usage file; `path` is only named. */
export function parseUsageFile(path: string, text: string): UsageFile {
  const wrong: string[] = [];
  const lines: UsageLine[] = [];
  const products = new Map<string, SeenProduct & { dimensions: Set<string>; buyers: Map<string, Buyer> }>();
  for (const [index, line] of text.split("\n").entries()) {
    const body = line.trim();
    if (body === "") continue;
    const parsed = parseEvent(body);
    if ("refusal" in parsed) {
      wrong.push(`${path}:${index + 1}: ${parsed.refusal.message}`);
      continue;
    }
    const { product: key, buyer, dimension, time } = parsed.event;
    const integration = integrationOf(buyer);
    const product = products.get(key) ?? { key, integration, dimensions: new Set(), buyers: new Map() };
    products.set(key, product);
    if (product.integration !== integration) {
      wrong.push(
        `${path}:${index + 1}: "buyer" names a ${integration} buyer, and earlier lines of the product ${key} name ${product.integration} ones; a product has one style.`,
      );
      continue;
    }
    product.dimensions.add(dimension);
    product.buyers.set(buyerKey(key, buyer), buyer);
    lines.push({ body, time: time.instant });
  }
  if (wrong.length === 0 && lines.length === 0) wrong.push(`${path}: has no usage event; give one JSON object a line.`);
  if (wrong.length > 0) throw new UsageFileError(named(wrong));
  return { lines, products };
}

function named(wrong: readonly string[]): string {
  const rest = wrong.length - MOST_NAMED;
  return [...wrong.slice(0, MOST_NAMED), ...(rest > 0 ? [`… and ${rest} more lines.`] : [])].join("\n");
}
