// CloudTrail's record of a BatchMeterUsage call, field by field as AWS writes it.
import type { MeteringCall } from "../metering/call.ts";
import { accountOf, type Caller, roleName, sessionArn } from "../metering/caller.ts";
import { type Random, text, uuid } from "../metering/identifiers.ts";

/** One element of a log file's `Records`. */
export interface CloudTrailRecord {
  eventVersion: string;
  userIdentity: unknown;
  eventTime: string;
  eventSource: string;
  eventName: string;
  awsRegion: string;
  sourceIPAddress: string;
  userAgent: string;
  errorCode?: string;
  errorMessage?: string;
  requestParameters: unknown;
  responseElements: unknown;
  requestID: string;
  eventID: string;
  readOnly: boolean;
  eventType: string;
  managementEvent: boolean;
  recipientAccountId: string;
  eventCategory: string;
  tlsDetails?: unknown;
}

/** What AWS's documents and logs do not agree on; each can be had either way. */
export interface Spelling {
  /** The field of the buyer's account. Default: `customerAWSAccountId`. */
  account?: "customerAWSAccountId" | "customerAWSAccountID";
  /**
   * The text of a usage record's timestamp. Default: `plain`, "Apr 19, 2018 4:32:50 PM". `modern`, of newer runtimes, has
   * a comma after the year and a narrow no-break space before AM or PM.
   */
  timestamp?: "plain" | "modern";
  /** What stands in place of a payload that is too large. Default: `null`. */
  omitted?: "null" | "empty" | "flag";
  /** Where a failed call has its `errorCode` and `errorMessage`. Default: `top`. */
  error?: "top" | "responseElements";
}

/** The record of a call that the service acted on or refused. */
export function batchMeterUsageRecord(
  call: MeteringCall,
  caller: Caller,
  random: Random,
  spelling: Spelling,
): CloudTrailRecord {
  const error = call.error && { errorCode: call.error.name, errorMessage: call.error.message };
  const inResponse = error !== undefined && spelling.error === "responseElements";
  const eventTime = isoSeconds(call.at);
  return {
    eventVersion: "1.11",
    userIdentity: assumedRole(caller, call.at),
    eventTime,
    eventSource: "metering-marketplace.amazonaws.com",
    eventName: "BatchMeterUsage",
    awsRegion: call.region,
    sourceIPAddress: call.sourceIp,
    userAgent: call.userAgent,
    ...(inResponse ? {} : error),
    requestParameters: payload(call.request, spelling),
    responseElements: inResponse ? error : payload(call.answer, spelling),
    requestID: call.requestId,
    eventID: uuid(random),
    readOnly: false,
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: accountOf(caller.roleArn),
    eventCategory: "Management",
    tlsDetails: {
      tlsVersion: "TLSv1.3",
      cipherSuite: "TLS_AES_128_GCM_SHA256",
      clientProvidedHostHeader: `metering.marketplace.${call.region}.amazonaws.com`,
    },
  };
}

/** The identity of a role's session; the ids AWS draws at random are the same for the same role. */
export function assumedRole(caller: Caller, at: number): unknown {
  const accountId = accountOf(caller.roleArn);
  const principalId = `AROA${text(steadyRandom(caller.roleArn), 17, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}`;
  return {
    type: "AssumedRole",
    principalId: `${principalId}:${caller.sessionName}`,
    arn: sessionArn(caller),
    accountId,
    accessKeyId: caller.accessKeyId,
    sessionContext: {
      sessionIssuer: { type: "Role", principalId, arn: caller.roleArn, accountId, userName: roleName(caller.roleArn) },
      attributes: { creationDate: isoSeconds(at - (at % 3_600_000)), mfaAuthenticated: "false" },
    },
  };
}

/** ISO 8601 in whole seconds, the form of every instant in a record. */
export function isoSeconds(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** The US text of an instant, in UTC and without saying so: "Apr 19, 2018 4:32:50 PM". */
export function usTimestamp(epochSeconds: number, style: "plain" | "modern" = "plain"): string {
  const date = new Date(epochSeconds * 1000);
  const hours = date.getUTCHours();
  const clock = [hours % 12 || 12, twoDigits(date.getUTCMinutes()), twoDigits(date.getUTCSeconds())].join(":");
  const day = `${months[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
  const half = hours < 12 ? "AM" : "PM";
  return style === "plain" ? `${day} ${clock} ${half}` : `${day}, ${clock}\u202f${half}`;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "100 KB", read the strict way: larger payloads are left out. */
const maxPayloadBytes = 100_000;

function payload(wire: unknown, spelling: Spelling): unknown {
  if (wire === undefined) return null;
  const logged = respelled(wire, spelling);
  if (Buffer.byteLength(JSON.stringify(logged)) <= maxPayloadBytes) return logged;
  return { null: null, empty: {}, flag: { omitted: true } }[spelling.omitted ?? "null"];
}

/** The wire's members with a small first letter, and the timestamp as text. */
function respelled(value: unknown, spelling: Spelling): unknown {
  if (Array.isArray(value)) return value.map((item) => respelled(item, spelling));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([member, inner]) => {
      if (member === "Timestamp") return ["timestamp", usTimestamp(inner as number, spelling.timestamp)];
      if (member === "CustomerAWSAccountId") return [spelling.account ?? "customerAWSAccountId", inner];
      return [member.charAt(0).toLowerCase() + member.slice(1), respelled(inner, spelling)];
    }),
  );
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/** A generator that the text alone seeds (FNV-1a, then a linear congruence). */
function steadyRandom(seed: string): Random {
  let state = 2166136261;
  for (const character of seed) state = Math.imul(state ^ character.charCodeAt(0), 16777619) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
