// A trail as CloudTrail's API takes it, and which events it logs.

/** One condition on a field of the event: any of `equals`, none of `notEquals`. */
export interface FieldSelector {
  field: string;
  equals?: string[];
  notEquals?: string[];
}

/** An advanced event selector: all its fields must hold. */
export interface EventSelector {
  name?: string;
  fieldSelectors: FieldSelector[];
}

export interface Trail {
  name: string;
  arn: string;
  bucket: string;
  /** Key prefix in the bucket, no slashes at its ends. Default: none. */
  prefix?: string;
  accountId: string;
  /** Set for an organization's trail, which logs every account and puts this id (`o-…`) into its keys. */
  organizationId?: string;
  homeRegion: string;
  /** The Regions it logs: the home Region alone, or all. */
  regions: string[];
  /** An event is logged when any selector takes it. Default: all management events, read and write. */
  selectors?: EventSelector[];
  /** Whether it logs events of services without a Region, such as IAM, which appear in us-east-1. */
  globalServiceEvents: boolean;
  logFileValidation: boolean;
}

/** What selectors look at. */
export interface Selectable {
  eventCategory: string;
  eventSource: string;
  readOnly: boolean;
}

/**
 * Refuses what PutEventSelectors refuses of selectors for management events.
 * @throws {Error} naming the field and the values that are legal.
 */
export function checkSelectors(trail: Trail): void {
  for (const { fieldSelectors } of trail.selectors ?? []) {
    const fields = fieldSelectors.map(({ field }) => field);
    if (!fields.includes("eventCategory"))
      throw invalid(trail, "a selector without eventCategory: every selector must have it");
    if (new Set(fields).size < fields.length)
      throw invalid(trail, `fields ${fields.join(", ")}: a field may stand once in a selector`);
    // Selectors of other categories have fields of their own, and never take a management event.
    if (fieldSelectors.some(({ field, equals }) => field === "eventCategory" && isOtherCategory(equals))) continue;
    for (const selector of fieldSelectors) checkField(trail, selector);
  }
}

/** Whether the trail logs an event of this account and Region. */
export function logs(
  trail: Trail,
  event: Selectable,
  at: { accountId: string; region: string; global: boolean },
): boolean {
  return (
    (trail.organizationId !== undefined || trail.accountId === at.accountId) &&
    trail.regions.includes(at.region) &&
    (trail.globalServiceEvents || !at.global) &&
    (trail.selectors ?? [allManagementEvents]).some((selector) => takes(selector, event))
  );
}

const allManagementEvents: EventSelector = { fieldSelectors: [{ field: "eventCategory", equals: ["Management"] }] };

function takes({ fieldSelectors }: EventSelector, event: Selectable): boolean {
  const values: Record<string, string> = {
    eventCategory: event.eventCategory,
    eventSource: event.eventSource,
    readOnly: String(event.readOnly),
  };
  return fieldSelectors.every(({ field, equals, notEquals }) => {
    const value = values[field] ?? "";
    return (equals === undefined || equals.includes(value)) && !notEquals?.includes(value);
  });
}

function isOtherCategory(categories: string[] = []): boolean {
  return categories.length === 1 && ["Data", "NetworkActivity"].includes(categories[0] as string);
}

function checkField(trail: Trail, selector: FieldSelector): void {
  const { field, equals = [], notEquals = [] } = selector;
  const legal: Record<string, { equals: string[]; notEquals: string[] }> = {
    eventCategory: { equals: ["Management"], notEquals: [] },
    readOnly: { equals: ["true", "false"], notEquals: [] },
    eventSource: { equals: [], notEquals: ["kms.amazonaws.com", "rdsdata.amazonaws.com"] },
  };
  const rule = legal[field];
  const said = JSON.stringify(selector);
  if (rule === undefined)
    throw invalid(trail, `${said}: management events can be selected by ${Object.keys(legal).join(", ")} only`);
  if (equals.length + notEquals.length === 0) throw invalid(trail, `${said}: a field selector must have a value`);
  if (
    !equals.every((value) => rule.equals.includes(value)) ||
    !notEquals.every((value) => rule.notEquals.includes(value))
  ) {
    const operators = Object.entries(rule).filter(([, values]) => values.length > 0);
    throw invalid(
      trail,
      `${said}: ${field} takes only ${operators.map(([operator, values]) => `${operator} ${values.join(" or ")}`).join("; ")}`,
    );
  }
}

function invalid(trail: Trail, reason: string): Error {
  return Object.assign(new Error(`Trail ${trail.name} has ${reason}.`), { name: "InvalidEventSelectorsException" });
}
