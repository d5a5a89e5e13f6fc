import * as pulumi from "@pulumi/pulumi";

/** What is wrong with one argument: its path (`alarms.emails[0]`) and why, as the end of a sentence that begins with that path. */
export interface Problem {
  path: string;
  reason: string;
}

/** Throws one error that names every wrong argument of a component. Called before `super`, so that nothing is registered. */
export function refuse(component: string, name: string, problems: Problem[]): void {
  if (problems.length === 0) return;
  const list = problems.map(({ path, reason }) => `${path} ${reason}`).join("; ");
  throw new pulumi.InputPropertiesError({
    message: `${component} "${name}": ${list}.`,
    errors: problems.map(({ path, reason }) => ({ propertyPath: path, reason })),
  });
}

/** Whether a value is only known once resources exist: such a value cannot be checked at construction. */
export const isDeferred = (value: unknown): boolean => pulumi.Output.isInstance(value) || value instanceof Promise;

/** A value as it stands in an error message, cut where it is long. */
export function show(value: unknown): string {
  const text = (typeof value === "number" ? undefined : JSON.stringify(value)) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** A component's name: it begins every physical name, so it holds what all of them allow and leaves room for the rest. */
export function nameProblems(name: string, longest: number): Problem[] {
  return /^[A-Za-z][A-Za-z0-9-]*$/.test(name) && name.length <= longest
    ? []
    : [
        {
          path: "name",
          reason: `is ${show(name)}: it must begin with a letter, hold letters, digits and hyphens only, and be at most ${longest} characters long, since AWS names are made of it`,
        },
      ];
}

/** Properties that no argument has: most often a typing error, which would otherwise be ignored in silence. */
export function unknownProperties(path: string, value: unknown, known: readonly string[]): Problem[] {
  if (value === undefined || isDeferred(value)) return [];
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [{ path: path || "args", reason: `is ${show(value)}: it must be an object` }];
  }
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: within(path, key), reason: `is not an argument: the arguments are ${known.join(", ")}` }));
}

/** A number in a range, both ends included. `unit` ends the sentence: "of minutes". */
export function numberProblems(
  path: string,
  value: pulumi.Input<number> | undefined,
  range: { from: number; to: number; unit: string; whole: boolean },
): Problem[] {
  if (value === undefined || isDeferred(value)) return [];
  const number = value as number;
  const good =
    typeof number === "number" &&
    number >= range.from &&
    number <= range.to &&
    (!range.whole || Number.isInteger(number));
  return good
    ? []
    : [
        {
          path,
          reason: `is ${show(value)}: it must be a ${range.whole ? "whole " : ""}number ${range.unit} from ${range.from} to ${range.to}`,
        },
      ];
}

/** A text that matches a pattern; `rule` ends the sentence: "it must be …". */
export function textProblems(
  path: string,
  value: pulumi.Input<string> | undefined,
  pattern: RegExp,
  rule: string,
): Problem[] {
  if (value === undefined || isDeferred(value)) return [];
  return typeof value === "string" && pattern.test(value)
    ? []
    : [{ path, reason: `is ${show(value)}: it must be ${rule}` }];
}

/** A yes or no. */
export function booleanProblems(path: string, value: pulumi.Input<boolean> | undefined): Problem[] {
  return value === undefined || isDeferred(value) || typeof value === "boolean"
    ? []
    : [{ path, reason: `is ${show(value)}: it must be true or false` }];
}

/** An argument without a default that is not there. */
export function missing(path: string, value: unknown): Problem[] {
  return value === undefined || value === null || value === "" ? [{ path, reason: "must be given" }] : [];
}

/** A list, each item checked under its own path. */
export function listProblems<T>(
  path: string,
  value: pulumi.Input<pulumi.Input<T>[]> | undefined,
  each: (path: string, item: pulumi.Input<T>) => Problem[],
): Problem[] {
  if (value === undefined || isDeferred(value)) return [];
  return Array.isArray(value)
    ? value.flatMap((item, index) => each(`${path}[${index}]`, item))
    : [{ path, reason: `is ${show(value)}: it must be a list` }];
}

/** Tags: an object of texts. */
export function tagProblems(value: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined): Problem[] {
  if (value === undefined || isDeferred(value)) return [];
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [{ path: "tags", reason: `is ${show(value)}: it must be an object of texts` }];
  }
  return Object.entries(value).flatMap(([key, text]) => textProblems(`tags.${key}`, text, /^/, "a text"));
}

const within = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);
