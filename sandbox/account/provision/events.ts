import { meteringRegions } from "../../metering/listing.ts";
import { parsePolicy } from "../iam/policy.ts";
import { arnOf } from "../state.ts";
import { found, type Made, physicalName, policyText, type Registration, type Site } from "./resource.ts";

interface ScheduleInputs {
  scheduleExpression: string;
  startDate?: string;
  state?: string;
  target: { arn: string; roleArn: string; input?: string };
}

export function makeSchedule(registration: Registration, site: Site): Made {
  const inputs = registration.inputs as unknown as ScheduleInputs;
  const name = physicalName(registration, site, 64);
  const arn = arnOf(site.state.place, "scheduler", `schedule/default/${name}`);
  if (!site.access.mayAssume("scheduler.amazonaws.com", inputs.target.roleArn, { "aws:SourceArn": arn })) {
    throw new Error(
      `Schedule "${registration.name}" has role ${inputs.target.roleArn}, which cannot be assumed by EventBridge Scheduler.`,
    );
  }
  const target = site.state.functions.get(inputs.target.arn);
  found(target, registration, `function ${inputs.target.arn}`);
  site.state.schedules.push({
    name,
    arn,
    everySeconds: secondsOf(inputs.scheduleExpression, registration.name),
    ...(inputs.startDate && { startAt: Date.parse(inputs.startDate) }),
    enabled: inputs.state !== "DISABLED",
    targetArn: inputs.target.arn,
    roleArn: inputs.target.roleArn,
    ...(inputs.target.input && { input: inputs.target.input }),
  });
  return { id: `default/${name}`, outputs: { name, arn } };
}

/** `rate(5 minutes)`. */
function secondsOf(expression: string, name: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (count === undefined || Number(count) < 1) {
    throw new Error(`Schedule "${name}" is ${expression}: only rate(…) of whole minutes, hours or days is emulated.`);
  }
  return Number(count) * { minute: 60, hour: 3600, day: 86400 }[unit as "minute" | "hour" | "day"];
}

export function makeRule(registration: Registration, site: Site): Made {
  const { eventPattern, state } = registration.inputs as Record<string, string | undefined>;
  if (eventPattern === undefined)
    throw new Error(`Rule "${registration.name}" has no eventPattern: rules by schedule are not emulated.`);
  const name = physicalName(registration, site, 64);
  const arn = arnOf(site.state.place, "events", `rule/${name}`);
  const pattern = JSON.parse(eventPattern) as Record<string, unknown>;
  site.state.rules.set(name, { name, arn, pattern, enabled: state !== "DISABLED", targetArns: [] });
  return { id: name, outputs: { name, arn } };
}

export function makeTarget(registration: Registration, site: Site): Made {
  const { rule: ruleName, arn } = registration.inputs as Record<string, string>;
  const rule = found(site.state.rules.get(String(ruleName)), registration, `rule ${ruleName}`);
  rule.targetArns.push(String(arn));
  const targetId = physicalName(registration, site, 64, "targetId");
  return { id: `${ruleName}-${targetId}`, outputs: { targetId } };
}

export function makeLogGroup(registration: Registration, site: Site): Made {
  const name = physicalName(registration, site, 512);
  const arn = arnOf(site.state.place, "logs", `log-group:${name}`);
  site.state.logGroups.set(name, { name, arn, policies: [] });
  return { id: name, outputs: { name, arn } };
}

/** On one log group, or, without `resourceArn`, for all of the account. */
export function makeLogPolicy(registration: Registration, site: Site): Made {
  const { policyDocument, resourceArn, policyName } = registration.inputs as Record<string, string | undefined>;
  const groups = [...site.state.logGroups.values()].filter(
    ({ arn }) => resourceArn === undefined || arn === resourceArn,
  );
  if (resourceArn) found(groups[0], registration, `log group ${resourceArn}`);
  const policy = parsePolicy(policyDocument);
  for (const group of groups) group.policies.push(policy);
  return {
    id: resourceArn ?? policyName ?? registration.name,
    outputs: { policyDocument: policyText(policyDocument) },
  };
}

export function makeAlarm(registration: Registration, site: Site): Made {
  const name = physicalName(registration, site, 255);
  const arn = arnOf(site.state.place, "cloudwatch", `alarm:${name}`);
  site.state.alarms.push({ name, arn, settings: registration.inputs });
  return { id: name, outputs: { name, arn } };
}

interface TrailInputs {
  s3BucketName: string;
  s3KeyPrefix?: string;
  isMultiRegionTrail?: boolean;
  includeGlobalServiceEvents?: boolean;
  enableLogFileValidation?: boolean;
  enableLogging?: boolean;
  advancedEventSelectors?: {
    name?: string;
    fieldSelectors: { field: string; equals?: string[]; notEquals?: string[] }[];
  }[];
}

/** The trail, for the writer of log files; refused as CloudTrail refuses it while its bucket's policy does not let it deliver. */
export function makeTrail(registration: Registration, site: Site): Made {
  const inputs = registration.inputs as unknown as TrailInputs;
  const { place } = site.state;
  const name = physicalName(registration, site, 128);
  const arn = arnOf(place, "cloudtrail", `trail/${name}`);
  const bucket = found(site.state.buckets.get(inputs.s3BucketName), registration, `bucket ${inputs.s3BucketName}`);
  const object = [bucket.arn, inputs.s3KeyPrefix, "AWSLogs", place.accountId, "CloudTrail", place.region]
    .filter(Boolean)
    .join("/");
  const service = { service: "cloudtrail.amazonaws.com" };
  const onBehalf = { "aws:SourceArn": arn };
  const mayCheck = site.access.ask(service, "s3:GetBucketAcl", bucket.arn, onBehalf);
  const mayWrite = site.access.ask(service, "s3:PutObject", object, {
    ...onBehalf,
    "s3:x-amz-acl": "bucket-owner-full-control",
  });
  if (mayCheck !== "allowed" || mayWrite !== "allowed") {
    throw new Error(
      `InsufficientS3BucketPolicyException: trail "${registration.name}" cannot deliver to bucket ${bucket.name}: its policy must let cloudtrail.amazonaws.com s3:GetBucketAcl and s3:PutObject for ${arn}.`,
    );
  }
  if (inputs.enableLogging ?? true) {
    site.state.trails.push({
      name,
      arn,
      bucket: inputs.s3BucketName,
      ...(inputs.s3KeyPrefix && { prefix: inputs.s3KeyPrefix }),
      accountId: place.accountId,
      homeRegion: place.region,
      regions: inputs.isMultiRegionTrail ? [...meteringRegions] : [place.region],
      ...(inputs.advancedEventSelectors && { selectors: inputs.advancedEventSelectors }),
      globalServiceEvents: inputs.includeGlobalServiceEvents ?? true,
      logFileValidation: inputs.enableLogFileValidation ?? false,
    });
  }
  return { id: arn, outputs: { name, arn, homeRegion: place.region } };
}
