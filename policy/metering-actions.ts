import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { covers, documentPlaces, type Statement, texts } from "./reading/documents.ts";
import { aws, ofType } from "./reading/graph.ts";
import { type Fault, message } from "./reading/message.ts";
import {
  documentMeters,
  grantsMetering,
  managedPolicies,
  meteringActions,
  roleDocuments,
  roleMeters,
} from "./reading/metering.ts";
import { allOf, anyOf, judgeEach } from "./reading/unknown.ts";

/**
 * Whoever may post usage puts charges on customers' bills: the permission is given by name, in a statement of its own,
 * to a role that has nothing wide beside it. A document is judged by itself before it is put in place; what a role has
 * in other documents and in AWS's managed policies takes the whole stack.
 */
export const meteringActionsByName: ResourceValidationPolicy & StackValidationPolicy = {
  name: "metering-actions",
  displayName: "Metering is granted by name",
  description:
    "Metering actions must be granted by their exact names, in a statement that grants nothing wider, to a role without service-wide permissions; never through aws-marketplace:* or *.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    'Grant "aws-marketplace:BatchMeterUsage" by name on "*" (it takes no resource) in a statement of its own, and every other action by name in statements with their own resources.',
  url: "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsmarketplacemeteringservice.html",
  validateResource: (args, reportViolation) => {
    judgeEach(documentPlaces(args), ({ property, statements }) => {
      const document = statements();
      judgeEach(document, (statement) => {
        for (const fault of statementFaults(statement, () => grantsMetering(document))) {
          reportViolation(message(args, { property, ...fault }));
        }
      });
    });
  },
  validateStack: ({ resources }, reportViolation) => {
    judgeEach(ofType(resources, aws.role), (role) => {
      const who = `role "${role.name}"`;
      judgeEach(managedPolicies(role, resources), ({ resource, property, arn }) => {
        if (!wideManaged.test(arn) || !roleMeters(role, resources)) return;
        const fix = "attach a policy that names the actions it needs";
        reportViolation(message(resource, { property, value: arn, rule: nothingWider(who), fix }), resource.urn);
      });
      const documents = roleDocuments(role, resources);
      judgeEach(documents, (document) => {
        const others = documents.filter((other) => other !== document);
        const faults = () => document.statements().flatMap((statement) => [...wideFaults(statement, who)]);
        const conditions = [
          () => anyOf(others.map((other) => () => documentMeters(other))),
          // A document that meters is judged by itself, as the resource it is.
          () => !documentMeters(document),
          () => faults().length > 0,
        ];
        if (!allOf(conditions)) return;
        const { resource, property } = document;
        for (const fault of faults()) reportViolation(message(resource, { property, ...fault }), resource.urn);
      });
    });
  },
};

/** Actions that may share a statement with metering: they are no wider, and belong to the same registration path. */
const harmless = [...meteringActions, "aws-marketplace:GetEntitlements"];

/** AWS's managed policies that hold whole services. AWSMarketplaceMeteringFullAccess holds MeterUsage alone. */
const wideManaged = /\/(AdministratorAccess|PowerUserAccess|(?!AWSMarketplaceMetering)[\w-]*FullAccess(_?v\d+)?)$/i;

type DocumentFault = Omit<Fault, "property">;

function* statementFaults(statement: Statement, meters: () => boolean): Generator<DocumentFault> {
  if (statement.Effect !== "Allow") return;
  for (const value of texts(statement.Action).filter((action) => reachesMetering(statement, action))) {
    const rule =
      "metering must be granted by its exact name, so that a reader of the policy sees who can bill customers";
    yield { value, rule, fix: `name the actions, such as "${meteringActions[0]}"` };
  }
  if (reachesMeteringByExclusion(statement)) {
    const rule = "NotAction grants every action it does not list, metering among them";
    yield { value: { NotAction: texts(statement.NotAction) }, rule, fix: "list what is needed under Action" };
  }
  if (texts(statement.Action).some((action) => isOneOf(action, meteringActions))) {
    for (const value of texts(statement.Action)) {
      if (isOneOf(value, harmless) || reachesMetering(statement, value)) continue;
      const rule =
        'metering actions take no resource and are granted on "*", so that whatever shares their statement is granted on everything';
      yield { value, rule, fix: "move it to a statement of its own, with its own resources" };
    }
  } else if (meters()) {
    yield* wideFaults(statement, "this policy");
  }
}

/** What is too wide beside metering, but for what already is a fault because it reaches metering itself. */
function* wideFaults(statement: Statement, who: string): Generator<DocumentFault> {
  if (statement.Effect !== "Allow") return;
  const rule = nothingWider(who);
  const fix = "name the actions that are needed";
  for (const value of texts(statement.Action)) {
    if (/^(\*+|[^:]*:\*+)$/.test(value) && !reachesMetering(statement, value)) yield { value, rule, fix };
  }
  const value = { NotAction: texts(statement.NotAction) };
  if (value.NotAction.length > 0 && !reachesMeteringByExclusion(statement)) yield { value, rule, fix };
}

function nothingWider(who: string): string {
  return `${who} may post usage to customers' bills, and whoever may do that must be able to do nothing wider`;
}

/** True if an action pattern, not being a metering action's name, grants one. */
function reachesMetering(statement: Statement, pattern: string): boolean {
  if (!/[*?]/.test(pattern) || !meteringActions.some((action) => covers(pattern, action))) return false;
  return /^aws-marketplace:/i.test(pattern) || takesAllResources(statement);
}

function reachesMeteringByExclusion(statement: Statement): boolean {
  const excluded = texts(statement.NotAction);
  if (excluded.length === 0) return false;
  const left = meteringActions.some((action) => !excluded.some((pattern) => covers(pattern, action)));
  return left && takesAllResources(statement);
}

/** Metering actions take no resource: a statement limited to resources does not grant them. */
function takesAllResources(statement: Statement): boolean {
  return statement.NotResource !== undefined || texts(statement.Resource).some((resource) => /^\*+$/.test(resource));
}

function isOneOf(action: string, actions: readonly string[]): boolean {
  return actions.some((candidate) => candidate.toLowerCase() === action.toLowerCase());
}
