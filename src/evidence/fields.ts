export type JsonObject = Readonly<Record<string, unknown>>;

/** Some fields of a JSON object; those that it does not have are undefined. */
export type Fields<Name extends string> = { readonly [Each in Name]?: unknown };

/**
 * Makes a reader of the fields of these names, however they are spelled in upper and lower case, since AWS spells some in two ways; the names
 * as it mostly spells them. What is no JSON object has none of them.
 */
export function fieldReader<Name extends string>(...names: readonly Name[]): (value: unknown) => Fields<Name> {
  const usual = new Set<string>(names);
  const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  const isMisspelled = (key: string) => !usual.has(key) && byLowerCase.has(key.toLowerCase());
  // Mostly an object has the keys of the one before it: comparing them is several times as fast as looking each up.
  let known: readonly string[] = [];

  return (value) => {
    const object = asObject(value) ?? {};
    let count = 0;
    for (const key in object) {
      if (key === known[count]) count += 1;
      else return checked(object);
    }
    return object as Fields<Name>;
  };

  function checked(object: JsonObject): Fields<Name> {
    const keys = Object.keys(object);
    if (keys.some(isMisspelled)) return respell(object, byLowerCase);
    known = keys;
    return object as Fields<Name>;
  }
}

/** The first of the fields that are one by their names. */
function respell<Name extends string>(object: JsonObject, byLowerCase: ReadonlyMap<string, Name>): Fields<Name> {
  const fields = new Map<string, unknown>();
  for (const [key, value] of Object.entries(object)) {
    const name = byLowerCase.get(key.toLowerCase());
    if (name !== undefined && !fields.has(name)) fields.set(name, value);
  }
  return Object.fromEntries(fields) as Fields<Name>;
}

/** A value that is a text and not empty. */
export const asText = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** A value that is a JSON object; undefined where it is anything else. */
export const asObject = (value: unknown): JsonObject | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
