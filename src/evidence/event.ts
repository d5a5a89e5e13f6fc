import type { Instant } from "../usage/instants.ts";
import { asText, type Fields, fieldReader, type JsonObject } from "./fields.ts";
import { type PackRecords, type Records, recordPacker } from "./packed-records.ts";
import {
  isSameRecord,
  type ParsedRecord,
  parseRecord,
  type RecordFields,
  type RecordStatus,
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
  readonly records: Records;
  /** The id of an earlier event of the same call, where CloudTrail wrote this one only to complete it (an addendum). */
  readonly completes?: string;
}

/** Whether an event is a BatchMeterUsage call: the name may stand in other events too. */
export function isMeteringCall(event: JsonObject): boolean {
  const { eventName, eventSource } = readEvent(event);
  return eventName === "BatchMeterUsage" && eventSource === "metering-marketplace.amazonaws.com";
}

/**
 * Reads a BatchMeterUsage event of the log file `key`, whose records it packs with those of the calls before it. Throws `UnreadableError` where it
 * lacks what every event has.
 */
export function parseMeteringCall(event: JsonObject, key: string, pack: PackRecords = recordPacker()): EvidenceEvent {
  const fields = readEvent(event);
  const answer = readAnswer(fields.responseElements);
  const completes = asText(readAddendum(fields.addendum).originalEventID);
  const isKnown = isKnownVersion(fields.eventVersion);
  const errorCode = isKnown ? (asText(fields.errorCode) ?? asText(answer.errorCode)) : undefined;
  const { unseen, records }: Payload = isKnown
    ? // A call that failed took nothing, whatever else its event says.
      parsePayload(readRequest(fields.requestParameters), errorCode === undefined ? answer : {})
    : { unseen: "not-understood", records: [] };
  const eventId = asText(fields.eventID) ?? lacks("eventID");
  const eventTime = parseEventTime(asText(fields.eventTime)) ?? lacks("eventTime");
  const region = asText(fields.awsRegion) ?? lacks("awsRegion");
  const call = {
    eventId,
    eventTime,
    region,
    principal: principalOf(fields.userIdentity),
    errorCode,
    errorMessage: asText(fields.errorMessage) ?? asText(answer.errorMessage),
    objects: [key],
    unseen,
    records: pack(records, { region, eventTime }),
  };
  return completes === undefined ? call : { ...call, completes };
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

type Payload = Pick<EvidenceEvent, "unseen"> & { readonly records: readonly ParsedRecord[] };

function parsePayload(request: Request, answer: Answer): Payload {
  const productCode = asText(request.productCode);
  if (!Array.isArray(request.usageRecords)) {
    const { given, understood, records } = parseAnswer(answer, undefined);
    // Without the request the product code is unknown, so only records named by licence can be told apart.
    const told = records.filter(({ buyer }) => buyer.licenseArn !== undefined);
    const complete = given && understood && told.length === records.length;
    return {
      unseen: complete ? "none" : given && !understood ? "not-understood" : "left-out",
      records: told,
    };
  }
  const written = request.usageRecords.map(readRecord);
  const statuses = repeatedStatuses(answer, written);
  const requested = written.map((fields, index) => parseRecord(fields, statuses?.[index] ?? "none", productCode));
  const records = requested.filter((record) => record !== undefined);
  const answered = statuses ? undefined : parseAnswer(answer, productCode);
  return {
    unseen: records.length === requested.length && answered?.understood !== false ? "none" : "not-understood",
    records: answered ? answered.records.concat(untold(records, answered.records)) : records,
  };
}

/** The statuses in an answer that repeats the records of the request, in their order, as nearly all do; undefined for any other. */
function repeatedStatuses(
  { results, unprocessedRecords }: Answer,
  written: readonly RecordFields[],
): readonly RecordStatus[] | undefined {
  if (!Array.isArray(results) || results.length !== written.length) return undefined;
  if (Array.isArray(unprocessedRecords) && unprocessedRecords.length > 0) return undefined;
  const statuses: RecordStatus[] = [];
  for (const [index, fields] of written.entries()) {
    const { usageRecord, status } = readResult(results[index]);
    if (!isSameRecord(readRecord(usageRecord), fields)) return undefined;
    statuses.push(statusOf(status));
  }
  return statuses;
}

/** What an answer tells. */
interface Answered {
  /** Whether it has any list of records. */
  readonly given: boolean;
  /** Whether each record in its lists could be read. */
  readonly understood: boolean;
  readonly records: readonly ParsedRecord[];
}

function parseAnswer({ results, unprocessedRecords }: Answer, productCode: string | undefined): Answered {
  const told = (Array.isArray(results) ? results : []).map((result) => {
    const { usageRecord, status } = readResult(result);
    return parseRecord(readRecord(usageRecord), statusOf(status), productCode);
  });
  const left = (Array.isArray(unprocessedRecords) ? unprocessedRecords : []).map((record) =>
    parseRecord(readRecord(record), "unprocessed", productCode),
  );
  const all = told.concat(left);
  const records = all.filter((record) => record !== undefined);
  const given = Array.isArray(results) || Array.isArray(unprocessedRecords);
  return { given, understood: records.length === all.length, records };
}

const STATUSES = ["Success", "DuplicateRecord", "CustomerNotSubscribed"] as const;

// A status that AWS adds one day is no Success until someone has read what it means.
const statusOf = (status: unknown): RecordStatus => STATUSES.find((known) => known === status) ?? "none";

/** The records of the request that the answer does not name. */
function untold(requested: readonly ParsedRecord[], answered: readonly ParsedRecord[]): ParsedRecord[] {
  const textOf = (record: ParsedRecord) => recordText(record, record.units);
  const left = new Map<string, number>();
  for (const record of answered) left.set(textOf(record), (left.get(textOf(record)) ?? 0) + 1);
  return requested.filter((record) => {
    const text = textOf(record);
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    return count <= 0;
  });
}

function principalOf(identity: unknown): string | undefined {
  const { sessionContext, arn } = readIdentity(identity);
  return asText(readIssuer(readContext(sessionContext).sessionIssuer).arn) ?? asText(arn);
}

function lacks(name: string): never {
  throw new UnreadableError(`a BatchMeterUsage event in it has no valid ${name}`);
}
