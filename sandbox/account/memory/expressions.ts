// DynamoDB's expressions, as far as programs here use them; anything else is refused by name rather than guessed.
import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** An item as it travels: attributes by name. Never changed in place. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** What the placeholders of a request's expressions stand for. */
export interface Placeholders {
  ExpressionAttributeNames?: Record<string, string> | undefined;
  ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
}

/** A condition on the sort key: everything, an inclusive range, or a prefix. */
export type SortCondition = { from: string; to: string } | { prefix: string } | undefined;

/** Whether an item, or nothing, meets a condition: `attribute_exists`, `attribute_not_exists` and `=`, joined by `AND`. */
export function meets(item: Item | undefined, expression: string | undefined, given: Placeholders): boolean {
  if (expression === undefined) return true;
  return expression.split(" AND ").every((term) => {
    const [, question, asked] = /^(attribute_exists|attribute_not_exists)\((\S+)\)$/.exec(term) ?? [];
    if (asked !== undefined)
      return (item?.[attributeNamed(asked, given)] !== undefined) === (question === "attribute_exists");
    const [, name, value] = /^(\S+) = (\S+)$/.exec(term) ?? [];
    if (name === undefined || value === undefined) throw notEmulated("condition", expression);
    const actual = item?.[attributeNamed(name, given)];
    return actual !== undefined && isSame(actual, valueNamed(value, given));
  });
}

/** The item that an update makes of one, or of nothing but its key: `SET`, `REMOVE`, `ADD` and `DELETE` of whole attributes. */
export function updated(item: Item, expression: string, given: Placeholders): Item {
  const result: Record<string, AttributeValue> = { ...item };
  for (const clause of expression.split(/ (?=(?:SET|REMOVE|ADD|DELETE) )/)) {
    const verb = clause.slice(0, clause.indexOf(" "));
    for (const part of clause.slice(verb.length + 1).split(", ")) {
      const [, placeholder, value] = /^(\S+)(?: (?:= )?(\S+))?$/.exec(part) ?? [];
      if (placeholder === undefined || (value === undefined) !== (verb === "REMOVE"))
        throw notEmulated("update", expression);
      const name = attributeNamed(placeholder, given);
      const after = value === undefined ? undefined : changed(verb, result[name], valueNamed(value, given), expression);
      if (after === undefined) delete result[name];
      else result[name] = after;
    }
  }
  return result;
}

/** The partition and the range of sort keys that a query names. */
export function keysOf(expression: string, given: Placeholders): { hash: string; sort: SortCondition } {
  const text = (placeholder: string | undefined) => valueNamed(placeholder ?? "", given).S ?? "";
  const [, , hash, rest] = /^(\S+) = (\S+)(?: AND (.+))?$/.exec(expression) ?? [];
  if (hash === undefined) throw notEmulated("key condition", expression);
  if (rest === undefined) return { hash: text(hash), sort: undefined };
  const between = /^\S+ BETWEEN (\S+) AND (\S+)$/.exec(rest);
  if (between) return { hash: text(hash), sort: { from: text(between[1]), to: text(between[2]) } };
  const prefix = /^begins_with\(\S+, (\S+)\)$/.exec(rest);
  if (prefix) return { hash: text(hash), sort: { prefix: text(prefix[1]) } };
  throw notEmulated("key condition", expression);
}

function changed(
  verb: string,
  before: AttributeValue | undefined,
  by: AttributeValue,
  expression: string,
): AttributeValue | undefined {
  if (verb === "SET") return by;
  if (verb === "ADD" && by.N !== undefined) return { N: String(BigInt(before?.N ?? 0) + BigInt(by.N)) };
  if (by.SS === undefined) throw notEmulated("update", expression);
  const members = new Set(before?.SS);
  for (const member of by.SS) {
    if (verb === "ADD") members.add(member);
    else members.delete(member);
  }
  // There are no empty sets: the attribute goes with its last member.
  return members.size === 0 ? undefined : { SS: [...members] };
}

function attributeNamed(placeholder: string, { ExpressionAttributeNames: names }: Placeholders): string {
  return placeholder.startsWith("#") ? (names?.[placeholder] ?? missing(placeholder)) : placeholder;
}

function valueNamed(placeholder: string, { ExpressionAttributeValues: values }: Placeholders): AttributeValue {
  return values?.[placeholder] ?? missing(placeholder);
}

function isSame(one: AttributeValue, other: AttributeValue): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function missing(placeholder: string): never {
  throw new Error(`An expression uses ${placeholder}, which its request does not define.`);
}

function notEmulated(what: string, expression: string): Error {
  return new Error(`The ${what} ${JSON.stringify(expression)} is not emulated in memory: extend expressions.ts.`);
}
