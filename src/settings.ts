import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { MINUTE } from "./usage/instants.ts";
import { type Products, parseProducts } from "./usage/products.ts";

/** The variables a function is started with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The settings that every function has: its ledger's table and the seller's products. Throws where one is missing or wrong. */
export function readLedgerSettings(environment: Environment): { tableName: string; products: Products } {
  const file = resolve(environment.LAMBDA_TASK_ROOT ?? ".", required(environment, "PRODUCTS_FILE"));
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(
      `PRODUCTS_FILE names ${file}, which cannot be read (${(error as Error).message}); put the product settings there.`,
    );
  }
  return { tableName: required(environment, "LEDGER_TABLE_NAME"), products: parseProducts(text) };
}

/** How long after its end an hour is sealed, in milliseconds: `GRACE_MINUTES`, 15 where it is not set; 3 to 180. */
export const readGrace = (environment: Environment): number =>
  readNumber(environment, "GRACE_MINUTES", { fallback: 15, least: 3, most: 180 }) * MINUTE;

/** Reads a variable that must be set. Throws where it is not. */
export function required(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined || value === "")
    throw new Error(`The environment variable ${name} is not set; the component sets it on each function.`);
  return value;
}

/** Reads a number, within its bounds. Throws where it is anything else. */
export function readNumber(
  environment: Environment,
  name: string,
  bounds: { fallback: number; least: number; most: number },
): number {
  const text = environment[name];
  if (text === undefined || text === "") return bounds.fallback;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= bounds.least && value <= bounds.most) return value;
  throw new Error(
    `The environment variable ${name} is ${JSON.stringify(text)}; it must be a number from ${bounds.least} to ${bounds.most}.`,
  );
}
