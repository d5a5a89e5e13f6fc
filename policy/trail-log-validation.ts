import type { ResourceValidationPolicy } from "@pulumi/policy";
import { aws } from "./reading/graph.ts";
import { message } from "./reading/message.ts";

/** Without signed digests nobody can tell an edited or deleted log file from the truth. */
export const trailLogValidation: ResourceValidationPolicy = {
  name: "trail-log-validation",
  displayName: "Trails sign their log files",
  description: "A trail must have log file validation on, so that the evidence of what was metered is signed.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps:
    "Set enableLogFileValidation to true on the trail. Digests begin at that moment: earlier hours stay unsigned.",
  url: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html",
  validateResource: (args, reportViolation) => {
    if (args.type !== aws.trail || args.props.enableLogFileValidation === true) return;
    reportViolation(
      message(args, {
        property: "enableLogFileValidation",
        value: args.props.enableLogFileValidation,
        rule: "log files count as evidence only while hourly signed digests can prove that none was changed or deleted",
        fix: "set it to true",
      }),
    );
  },
};
