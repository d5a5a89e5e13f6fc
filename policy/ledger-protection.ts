import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { aws, isGiven, ofType } from "./reading/graph.ts";
import { type Fault, message } from "./reading/message.ts";
import { isLedger } from "./reading/metering.ts";
import { allOf, judgeEach } from "./reading/unknown.ts";

/** The ledger is every table of our components, and every table that a function which meters works on. */
export const ledgerProtection: StackValidationPolicy = {
  name: "ledger-protection",
  displayName: "The ledger cannot be lost",
  description: "A table that holds what is metered must have point-in-time recovery and deletion protection.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: "Set pointInTimeRecovery to { enabled: true } and deletionProtectionEnabled to true on the table.",
  url: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery.html",
  validateStack: ({ resources }, reportViolation) => {
    judgeEach(
      ofType(resources, aws.table).flatMap((table) => protections.map((protection) => ({ table, protection }))),
      ({ table, protection }) => {
        if (!allOf([() => !protection.isOn(table), () => isLedger(table, resources)])) return;
        const { property, rule, fix } = protection;
        const value = isGiven(table, property) ? table.props[property] : undefined;
        reportViolation(message(table, { property, value, rule, fix }), table.urn);
      },
    );
  },
};

type Protection = Omit<Fault, "value"> & { readonly isOn: (table: PolicyResource) => boolean };

const protections: readonly Protection[] = [
  {
    property: "pointInTimeRecovery",
    rule: "the ledger is the only record of usage that AWS has not taken yet, so a damaged one must be restorable to the second",
    fix: "set it to { enabled: true }",
    isOn: (table) => isGiven(table, "pointInTimeRecovery") && table.props.pointInTimeRecovery.enabled === true,
  },
  {
    property: "deletionProtectionEnabled",
    rule: "the ledger is the only record of usage that AWS has not taken yet, so deleting it must take a deliberate step",
    fix: "set it to true",
    isOn: (table) => table.props.deletionProtectionEnabled === true,
  },
];
