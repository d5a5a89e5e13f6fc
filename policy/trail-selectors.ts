import type { PolicyResource, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { aws, isWithin, ofType } from "./reading/graph.ts";
import { type Fault, message } from "./reading/message.ts";
import { anyOf, judgeEach } from "./reading/unknown.ts";

/**
 * Each trail's selectors must be ones that CloudTrail takes, which is judged on the trail alone; and a trail must log
 * management write events, BatchMeterUsage among them, which is judged on the stack: one such trail is enough, since a
 * second may be there for data events. A trail of a `MeteringTrail` component must always do so.
 */
export const trailSelectors: ResourceValidationPolicy & StackValidationPolicy = {
  name: "trail-selectors",
  displayName: "Trails log metering calls",
  description:
    "A trail's management selectors must be ones CloudTrail accepts (a preview does not check it, deployment does) and must cover management write events, so that BatchMeterUsage is logged.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    'Use one advanced selector with eventCategory equals ["Management"], readOnly equals ["false"] and, to leave out the noise, eventSource notEquals ["kms.amazonaws.com", "rdsdata.amazonaws.com"]. To see BatchMeterUsage alone, filter where the logs are read. Where CloudTrail.1 of Security Hub (CIS) must pass too, leave readOnly out: it wants read events as well.',
  url: "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html",
  validateResource: (args, reportViolation) => {
    if (args.type !== aws.trail) return;
    judgeEach([advancedFaults, classicFaults], (faults) => {
      for (const fault of faults(args.props)) reportViolation(message(args, fault));
    });
  },
  validateStack: (args, reportViolation) => {
    const trails = ofType(args.resources, aws.trail);
    const ours = trails.filter((trail) => isWithin(trail.urn, "MeteringTrail"));
    judgeEach(ours, (trail) => {
      if (!logsMetering(trail)) reportViolation(notLogged(trail), trail.urn);
    });
    if (ours.length > 0 || anyOf(trails.map((trail) => () => logsMetering(trail)))) return;
    for (const trail of trails) reportViolation(notLogged(trail), trail.urn);
  },
};

interface FieldSelector extends Partial<Record<string, unknown>> {
  readonly field: string;
  readonly equals?: readonly string[];
  readonly notEquals?: readonly string[];
}

interface AdvancedSelector {
  readonly fieldSelectors?: readonly FieldSelector[];
}

interface ClassicSelector {
  readonly readWriteType?: string;
  readonly includeManagementEvents?: boolean;
  readonly excludeManagementEventSources?: readonly string[];
}

const operators = ["equals", "notEquals", "startsWiths", "notStartsWiths", "endsWiths", "notEndsWiths"];
const sourcesThatCanBeLeftOut = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];

function* advancedFaults(props: Record<string, unknown>): Generator<Fault> {
  for (const [index, selector] of list<AdvancedSelector>(props.advancedEventSelectors).entries()) {
    const path = `advancedEventSelectors[${index}]`;
    const fields = list<FieldSelector>(selector.fieldSelectors);
    const category = fields.find(({ field }) => field === "eventCategory");
    if (category === undefined) {
      yield {
        property: `${path}.fieldSelectors`,
        value: fields.map(({ field }) => field),
        rule: "every advanced selector must name its eventCategory",
        fix: 'add eventCategory equals ["Management"]',
      };
    } else if (isManagement(selector)) {
      for (const field of fields) {
        if (!isLegal(field)) yield illegalField(`${path}.fieldSelectors`, field);
      }
    }
  }
}

function illegalField(property: string, field: FieldSelector): Fault {
  return {
    property,
    value: Object.fromEntries([["field", field.field], ...used(field).map((name) => [name, field[name]])]),
    rule: "a trail's management selector takes only eventCategory equals Management, readOnly equals true or false, and eventSource notEquals kms.amazonaws.com or rdsdata.amazonaws.com, and CloudTrail refuses anything else at deployment",
    fix: "remove this field and filter where the logs are read",
  };
}

function isLegal(field: FieldSelector): boolean {
  const operator = used(field).join();
  switch (field.field) {
    case "eventCategory":
      return operator === "equals" && list(field.equals).join() === "Management";
    case "readOnly":
      return operator === "equals" && ["true", "false"].includes(list(field.equals).join());
    case "eventSource":
      return (
        operator === "notEquals" && list<string>(field.notEquals).every((it) => sourcesThatCanBeLeftOut.includes(it))
      );
    default:
      return false;
  }
}

function* classicFaults(props: Record<string, unknown>): Generator<Fault> {
  for (const [index, selector] of list<ClassicSelector>(props.eventSelectors).entries()) {
    const excluded = list<string>(selector.excludeManagementEventSources);
    if (excluded.every((source) => sourcesThatCanBeLeftOut.includes(source))) continue;
    yield {
      property: `eventSelectors[${index}].excludeManagementEventSources`,
      value: excluded,
      rule: "only kms.amazonaws.com and rdsdata.amazonaws.com can be left out of management events, and CloudTrail refuses anything else at deployment",
      fix: "remove the other sources and filter where the logs are read",
    };
  }
}

function logsMetering(trail: PolicyResource): boolean {
  if (trail.props.enableLogging === false) return false;
  const advanced = list<AdvancedSelector>(trail.props.advancedEventSelectors);
  if (advanced.length > 0) return anyOf(advanced.map((it) => () => isManagement(it) && takesWrites(it)));
  const classic = list<ClassicSelector>(trail.props.eventSelectors);
  // Without selectors a trail logs every management event, reads and writes.
  return classic.length === 0 || anyOf(classic.map((selector) => () => coversWrites(selector)));
}

function isManagement(selector: AdvancedSelector): boolean {
  return list<FieldSelector>(selector.fieldSelectors).some(
    ({ field, equals }) => field === "eventCategory" && list(equals).includes("Management"),
  );
}

function takesWrites(selector: AdvancedSelector): boolean {
  // Fields that CloudTrail refuses are told by themselves.
  return !list<FieldSelector>(selector.fieldSelectors).some(
    ({ field, equals }) => field === "readOnly" && list(equals).join() === "true",
  );
}

function coversWrites(selector: ClassicSelector): boolean {
  return selector.includeManagementEvents !== false && (selector.readWriteType ?? "All") !== "ReadOnly";
}

function notLogged(trail: PolicyResource): string {
  const property = ["advancedEventSelectors", "eventSelectors"].find((name) => list(trail.props[name]).length > 0);
  const stopped = trail.props.enableLogging === false;
  return message(trail, {
    property: stopped ? "enableLogging" : (property ?? "eventSelectors"),
    value: stopped ? false : trail.props[property ?? "eventSelectors"],
    rule: "BatchMeterUsage is a management write event, and one that is not logged leaves no evidence of what was billed",
    fix: stopped
      ? "turn logging on"
      : 'select eventCategory equals ["Management"] with readOnly equals ["false"], or remove the selectors to log all management events',
  });
}

/** The operators a field uses: the provider fills in the others as empty lists. */
function used(field: FieldSelector): string[] {
  return operators.filter((operator) => list(field[operator]).length > 0);
}

function list<T = unknown>(value: unknown): readonly T[] {
  return Array.isArray(value) ? value : [];
}
