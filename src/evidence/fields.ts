export type JsonObject = Readonly<Record<string, unknown>>;

/** A field of a JSON object by its name in lower case: AWS spells some of them in two ways. Undefined where there is none. */
export function field(object: JsonObject, name: string): unknown {
  for (const key of Object.keys(object)) if (key.toLowerCase() === name) return object[key];
  return undefined;
}

/** A field that is a text and not empty. */
export function textField(object: JsonObject, name: string): string | undefined {
  const value = field(object, name);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A value that is a JSON object; undefined where it is anything else. */
export const asObject = (value: unknown): JsonObject | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
