import type { Instant } from "../usage/instants.ts";
import { asObject, field, type JsonObject, textField } from "./fields.ts";
import { type EvidenceRecord, parseRecord, type RecordStatus, type RequestedRecord, recordText } from "./record.ts";
import { parseEventTime } from "./timestamps.ts";
import { UnreadableError } from "./unreadable.ts";

/** One BatchMeterUsage call, as CloudTrail saw it. */
export interface EvidenceEvent {
  readonly eventId: string;
  /** When AWS took the call. */
  readonly eventTime: Instant;
  readonly region: string;
  /** The ARN of the role that called, else of the user; undefined where the event names neither. */
  readonly principal: string | undefined;
  /** Why the whole call failed, and then every record has the status `none`; undefined where it did not. */
  readonly errorCode: string | undefined;
  readonly errorMessage: string | undefined;
  /** Keys of the log files that hold the event, in order. */
  readonly objects: readonly string[];
  /**
   * Which of the call's records cannot be seen: some where CloudTrail left the request out, or wrote records that this code does not
   * understand. `records` then may lack any of them.
   */
  readonly unseen: "none" | "left-out" | "not-understood";
  readonly records: readonly EvidenceRecord[];
  /** The id of an earlier event of the same call, where CloudTrail wrote this one only to complete it (an addendum). */
  readonly completes?: string;
}

/** Whether an event is a BatchMeterUsage call: the name may stand in other events too. */
export const isMeteringCall = (event: JsonObject): boolean =>
  field(event, "eventname") === "BatchMeterUsage" &&
  field(event, "eventsource") === "metering-marketplace.amazonaws.com";

/** Reads a BatchMeterUsage event of the log file `key`. Throws `UnreadableError` where it lacks what every event has. */
export function parseMeteringCall(event: JsonObject, key: string): EvidenceEvent {
  const answer = asObject(field(event, "responseelements")) ?? {};
  const completes = textField(asObject(field(event, "addendum")) ?? {}, "originaleventid");
  const errorCode = textField(event, "errorcode") ?? textField(answer, "errorcode");
  return {
    eventId: required(event, "eventID"),
    eventTime: parseEventTime(required(event, "eventTime")) ?? lacks("eventTime"),
    region: required(event, "awsRegion"),
    principal: principalOf(asObject(field(event, "useridentity")) ?? {}),
    errorCode,
    errorMessage: textField(event, "errormessage") ?? textField(answer, "errormessage"),
    objects: [key],
    // A call that failed took nothing, whatever else its event says.
    ...parsePayload(asObject(field(event, "requestparameters")) ?? {}, errorCode === undefined ? answer : {}),
    ...(completes === undefined ? {} : { completes }),
    ...(isKnownVersion(event) ? {} : { errorCode: undefined, unseen: "not-understood", records: [] }),
  };
}

// CloudTrail record contents, `eventVersion`: minor versions only add fields, a new major one may change what they mean.
const isKnownVersion = (event: JsonObject): boolean => /^1\.\d+$/.test(textField(event, "eventversion") ?? "1.0");

function parsePayload(request: JsonObject, answer: JsonObject): Pick<EvidenceEvent, "unseen" | "records"> {
  const productCode = textField(request, "productcode");
  const requested = field(request, "usagerecords");
  const answered = parseAnswer(answer);
  if (!Array.isArray(requested)) {
    // Without the request the product code is unknown, so only records named by licence can be told apart.
    const told = answered.records.filter(({ buyer }) => buyer.licenseArn !== undefined);
    const complete = answered.given && answered.understood && told.length === answered.records.length;
    return {
      unseen: complete ? "none" : answered.given && !answered.understood ? "not-understood" : "left-out",
      records: told.map((record) => ({ ...record, productCode: undefined })),
    };
  }
  const records = requested.map((record) => parseRecord(asObject(record) ?? {}));
  const understood = answered.understood && !records.includes(undefined);
  const read = records.filter((record) => record !== undefined);
  return {
    unseen: understood ? "none" : "not-understood",
    records: withStatuses(read, answered.records).map((record) => ({ ...record, productCode })),
  };
}

type AnsweredRecord = RequestedRecord & { readonly status: RecordStatus };

function parseAnswer(answer: JsonObject): { given: boolean; understood: boolean; records: AnsweredRecord[] } {
  const results = field(answer, "results");
  const unprocessed = field(answer, "unprocessedrecords");
  const read = [
    ...(Array.isArray(results) ? results : []).map((result) => {
      const record = parseRecord(asObject(field(asObject(result) ?? {}, "usagerecord")) ?? {});
      return record && { ...record, status: statusOf(asObject(result) ?? {}) };
    }),
    ...(Array.isArray(unprocessed) ? unprocessed : []).map((left) => {
      const record = parseRecord(asObject(left) ?? {});
      return record && { ...record, status: "unprocessed" as const };
    }),
  ];
  return {
    given: Array.isArray(results) || Array.isArray(unprocessed),
    understood: !read.includes(undefined),
    records: read.filter((record) => record !== undefined),
  };
}

const STATUSES: readonly unknown[] = ["Success", "DuplicateRecord", "CustomerNotSubscribed"];

function statusOf(result: JsonObject): RecordStatus {
  const status = field(result, "status");
  // A status that AWS adds one day is no Success until someone has read what it means.
  return STATUSES.includes(status) ? (status as RecordStatus) : "none";
}

/** The records of the request with what the answer says of each; and those that only the answer names. */
function withStatuses(requested: readonly RequestedRecord[], answered: readonly AnsweredRecord[]): AnsweredRecord[] {
  const left = new Map<string, number>();
  for (const record of answered) left.set(recordText(record), (left.get(recordText(record)) ?? 0) + 1);
  const untold = requested.filter((record) => {
    const text = recordText(record);
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    return count <= 0;
  });
  return [...answered, ...untold.map((record) => ({ ...record, status: "none" as const }))];
}

function principalOf(identity: JsonObject): string | undefined {
  const issuer = asObject(field(asObject(field(identity, "sessioncontext")) ?? {}, "sessionissuer")) ?? {};
  return textField(issuer, "arn") ?? textField(identity, "arn");
}

const required = (event: JsonObject, name: string): string => textField(event, name.toLowerCase()) ?? lacks(name);

function lacks(name: string): never {
  throw new UnreadableError(`a BatchMeterUsage event in it has no valid ${name}`);
}
