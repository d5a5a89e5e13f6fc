import * as v from "valibot";
import { type Environment, readLedgerSettings } from "../settings.ts";
import { show } from "../usage/events.ts";

const text = (pattern: RegExp, rule: string) => v.pipe(v.string("must be set"), v.regex(pattern, rule));
const bucket = text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "must be the name of a bucket");

const Settings = v.object({
  LOG_BUCKET_NAME: bucket,
  LOG_PREFIX: v.optional(text(/^[^/].*[^/]$|^[^/]$/, "must have no slash at its ends")),
  ACCOUNT_ID: text(/^\d{12}$/, "must be an AWS account id of 12 digits"),
  METERING_REGION: text(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be a Region such as us-east-1"),
  INTEGRITY: v.optional(v.picklist(["required", "off"], 'must be "required" or "off"'), "required"),
  REPORT_BUCKET_NAME: bucket,
  SUBMITTER_ROLE_ARN: text(/^arn:[^:]+:iam::\d{12}:role\/.+$/, "must be the ARN of a role"),
});

/** What the verify function is told by its environment. Throws an error that names the variable, its value and the rule. */
export function readVerifySettings(environment: Environment) {
  const result = v.safeParse(Settings, environment, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw new Error(
      `The environment variable ${v.getDotPath(issue)} is ${show(issue.input)}: it ${issue.message}; the component sets it.`,
    );
  }
  const found = result.output;
  return {
    ...readLedgerSettings(environment),
    logBucket: found.LOG_BUCKET_NAME,
    logs: { prefix: found.LOG_PREFIX, account: found.ACCOUNT_ID, region: found.METERING_REGION },
    integrity: found.INTEGRITY,
    reportBucket: found.REPORT_BUCKET_NAME,
    submitter: found.SUBMITTER_ROLE_ARN,
  };
}
