/** What a violation says: which resource, which property, its value, the rule it breaks and the way out. */
export interface Fault {
  /** The property, as a path: `inlinePolicies[0].policy`. */
  readonly property: string;
  /** What it holds; undefined for nothing. */
  readonly value: unknown;
  /** The rule, as what must hold and why. */
  readonly rule: string;
  /** What to change. */
  readonly fix: string;
}

/** A fault as one sentence. */
export function message(resource: { readonly type: string; readonly name: string }, fault: Fault): string {
  const kind = resource.type.split(":").at(-1);
  return `${kind} "${resource.name}": ${fault.property} is ${show(fault.value)}, but ${fault.rule}; ${fault.fix}.`;
}

/** A value as a message shows it: JSON, or "not set". */
export function show(value: unknown): string {
  return value === undefined || value === null || value === "" ? "not set" : JSON.stringify(value);
}
