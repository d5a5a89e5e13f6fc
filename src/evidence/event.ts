import type { Instant } from "../usage/instants.ts";
import { asText, type Fields, fieldReader, type JsonObject } from "./fields.ts";
import {
  type EvidenceRecord,
  isSameRecord,
  parseRecord,
  type RecordFields,
  type RecordStatus,
  type RequestedRecord,
  readRecord,
  recordText,
} from "./record.ts";
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
export function isMeteringCall(event: JsonObject): boolean {
  const { eventName, eventSource } = readEvent(event);
  return eventName === "BatchMeterUsage" && eventSource === "metering-marketplace.amazonaws.com";
}

/** Reads a BatchMeterUsage event of the log file `key`. Throws `UnreadableError` where it lacks what every event has. */
export function parseMeteringCall(event: JsonObject, key: string): EvidenceEvent {
  const fields = readEvent(event);
  const answer = readAnswer(fields.responseElements);
  const completes = asText(readAddendum(fields.addendum).originalEventID);
  const errorCode = asText(fields.errorCode) ?? asText(answer.errorCode);
  return {
    eventId: asText(fields.eventID) ?? lacks("eventID"),
    eventTime: parseEventTime(asText(fields.eventTime)) ?? lacks("eventTime"),
    region: asText(fields.awsRegion) ?? lacks("awsRegion"),
    principal: principalOf(fields.userIdentity),
    errorCode,
    errorMessage: asText(fields.errorMessage) ?? asText(answer.errorMessage),
    objects: [key],
    // A call that failed took nothing, whatever else its event says.
    ...parsePayload(readRequest(fields.requestParameters), errorCode === undefined ? answer : {}),
    ...(completes === undefined ? {} : { completes }),
    ...(isKnownVersion(fields.eventVersion) ? {} : { errorCode: undefined, unseen: "not-understood", records: [] }),
  };
}

const readEvent = fieldReader(
  "eventVersion",
  "eventName",
  "eventSource",
  "eventID",
  "eventTime",
  "awsRegion",
  "userIdentity",
  "errorCode",
  "errorMessage",
  "requestParameters",
  "responseElements",
  "addendum",
);
const readAddendum = fieldReader("originalEventID");
const readRequest = fieldReader("productCode", "usageRecords");
const readAnswer = fieldReader("results", "unprocessedRecords", "errorCode", "errorMessage");
const readResult = fieldReader("usageRecord", "status");
const readIdentity = fieldReader("sessionContext", "arn");
const readContext = fieldReader("sessionIssuer");
const readIssuer = fieldReader("arn");

type Request = ReturnType<typeof readRequest>;
type Answer = Fields<"results" | "unprocessedRecords">;

// CloudTrail record contents, `eventVersion`: minor versions only add fields, a new major one may change what they mean.
const isKnownVersion = (version: unknown): boolean => /^1\.\d+$/.test(asText(version) ?? "1.0");

function parsePayload(request: Request, answer: Answer): Pick<EvidenceEvent, "unseen" | "records"> {
  const productCode = asText(request.productCode);
  if (!Array.isArray(request.usageRecords)) {
    const answered = parseAnswer(answer, [], []);
    const records = answered.records.map((record, index) => evidenceOf(record, answered.statuses[index], undefined));
    // Without the request the product code is unknown, so only records named by licence can be told apart.
    const told = records.filter(({ buyer }) => buyer.licenseArn !== undefined);
    const complete = answered.given && answered.understood && told.length === records.length;
    return {
      unseen: complete ? "none" : answered.given && !answered.understood ? "not-understood" : "left-out",
      records: told,
    };
  }
  const written = request.usageRecords.map(readRecord);
  const requested = written.map(parseRecord);
  const { records, statuses, understood } = parseAnswer(answer, written, requested);
  const all = isAll(records, requested) ? records : records.concat(untold(requested, records));
  return {
    unseen: understood && !requested.includes(undefined) ? "none" : "not-understood",
    records: all.map((record, index) => evidenceOf(record, statuses[index], productCode)),
  };
}

const evidenceOf = (
  { buyer, dimension, timestamp, quantity }: RequestedRecord,
  // The answer names those that it tells of first.
  status: RecordStatus = "none",
  productCode: string | undefined,
): EvidenceRecord => ({ buyer, dimension, timestamp, quantity, status, productCode });

/** What an answer tells: its records, and the status of each. */
interface Answered {
  readonly given: boolean;
  readonly understood: boolean;
  readonly records: RequestedRecord[];
  readonly statuses: RecordStatus[];
}

/** Reads an answer to records that are `written` in the request, and read already: mostly it repeats them in the same order. */
function parseAnswer(
  { results, unprocessedRecords }: Answer,
  written: readonly RecordFields[],
  requested: readonly (RequestedRecord | undefined)[],
): Answered {
  const records: RequestedRecord[] = [];
  const statuses: RecordStatus[] = [];
  let understood = true;
  const add = (record: RequestedRecord | undefined, status: RecordStatus) => {
    if (!record) {
      understood = false;
      return;
    }
    records.push(record);
    statuses.push(status);
  };
  for (const [index, result] of (Array.isArray(results) ? results : []).entries()) {
    const { usageRecord, status } = readResult(result);
    const fields = readRecord(usageRecord);
    const request = written[index];
    add(request && isSameRecord(fields, request) ? requested[index] : parseRecord(fields), statusOf(status));
  }
  for (const left of Array.isArray(unprocessedRecords) ? unprocessedRecords : [])
    add(parseRecord(readRecord(left)), "unprocessed");
  return { given: Array.isArray(results) || Array.isArray(unprocessedRecords), understood, records, statuses };
}

const STATUSES = ["Success", "DuplicateRecord", "CustomerNotSubscribed"] as const;

// A status that AWS adds one day is no Success until someone has read what it means.
const statusOf = (status: unknown): RecordStatus => STATUSES.find((known) => known === status) ?? "none";

/** Whether an answer names each record of the request, in their order. */
const isAll = (answered: readonly RequestedRecord[], requested: readonly (RequestedRecord | undefined)[]): boolean =>
  requested.every((record, index) => record === answered[index]);

/** The records of the request that the answer does not name. */
function untold(
  requested: readonly (RequestedRecord | undefined)[],
  answered: readonly RequestedRecord[],
): RequestedRecord[] {
  const left = new Map<string, number>();
  for (const record of answered) left.set(recordText(record), (left.get(recordText(record)) ?? 0) + 1);
  return requested.filter((record) => {
    if (!record) return false;
    const text = recordText(record);
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    return count <= 0;
  }) as RequestedRecord[];
}

function principalOf(identity: unknown): string | undefined {
  const { sessionContext, arn } = readIdentity(identity);
  return asText(readIssuer(readContext(sessionContext).sessionIssuer).arn) ?? asText(arn);
}

function lacks(name: string): never {
  throw new UnreadableError(`a BatchMeterUsage event in it has no valid ${name}`);
}
