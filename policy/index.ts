/** The policies, in the order in which they are listed. A new one is a file beside this one and a line here. */
import type { Policies } from "@pulumi/policy";
import { evidenceBucket } from "./evidence-bucket.ts";
import { ledgerProtection } from "./ledger-protection.ts";
import { meteringActionsByName } from "./metering-actions.ts";
import { meteringVerified } from "./metering-verified.ts";
import { pathQueues } from "./path-queues.ts";
import { submitterOneAtATime } from "./submitter-one-at-a-time.ts";
import { trailLogValidation } from "./trail-log-validation.ts";
import { trailSelectors } from "./trail-selectors.ts";

export const policies: Policies = [
  trailSelectors,
  trailLogValidation,
  evidenceBucket,
  meteringActionsByName,
  pathQueues,
  submitterOneAtATime,
  ledgerProtection,
  meteringVerified,
];
