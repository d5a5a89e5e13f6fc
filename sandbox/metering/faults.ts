// Faults on demand, as plain data: what goes wrong, at which calls, and how often.
import type { ExceptionName } from "./errors.ts";
import { type Random, shuffled } from "./identifiers.ts";
import type { BatchRequest, UsageRecord } from "./request.ts";

export type RecordStatus = "Success" | "CustomerNotSubscribed" | "DuplicateRecord";

/**
 * `before`: the service does not act, or does not take the records concerned. `after`: it does, and its answer is the
 * fault's. Default: `after` for `answer-lost`, `before` for all others.
 */
export type Timing = "before" | "after";

/**
 * What goes wrong. The first four are the service's own answers, the first three of them record by record; CloudTrail logs
 * them as they were answered. Of the others it logs what the service did, if anything.
 */
export type Failure =
  /** Records come back in `UnprocessedRecords`. */
  | { name: "unprocessed"; records?: number }
  /** Records come back with this status. */
  | { name: "status"; status: RecordStatus; records?: number }
  /** Records come back in neither list. */
  | { name: "unlisted"; records?: number }
  /** The request is answered with this exception. */
  | { name: "exception"; exception: ExceptionName }
  /** An HTTP 500 of something in front of the service: a body that is not JSON, no request id. */
  | { name: "http-500" }
  /** The connection is reset. */
  | { name: "connection-reset" }
  /** The connection closes in good order without an answer. */
  | { name: "answer-lost" }
  /** HTTP 200 with a body cut in half. */
  | { name: "unreadable-answer" }
  /** HTTP 200 of a proxy on the way, which makes up `Success` for every record. */
  | { name: "made-up-success" }
  /** The service waits, on its clock: `before` it acts, or `after`, before it answers. */
  | { name: "slow"; milliseconds: number };

/** Which records a fault is about; what is left out does not limit. */
export interface RecordMatch {
  dimension?: string;
  licenseArn?: string;
  accountId?: string;
  customerIdentifier?: string;
}

export interface Matcher {
  region?: string;
  productCode?: string;
  /** Calls with at least one such record. Faults of records concern only these, at most `records` of them, drawn by lot. */
  record?: RecordMatch;
  /** ISO 8601: calls from this instant on, and before that one. */
  from?: string;
  to?: string;
  /** Strikes from the nth matching call on, counted from when the fault was injected. Default: 1. */
  nth?: number;
  /** Share of matching calls it strikes, 0 to 1. Default: 1. */
  probability?: number;
  /** How often it strikes. Default: once. */
  count?: number | "always";
}

export type Fault = Failure & { when?: Timing } & Matcher;

/** A fault that strikes this call, with the records it is about (by their index in the request). */
export interface Strike {
  fault: Fault;
  when: Timing;
  records: ReadonlySet<number>;
}

export interface Faults {
  inject(...faults: Fault[]): void;
  clear(): void;
  /** The faults that strike a call made at `now` (ms), in the order they were injected; each counts this call. */
  strike(request: BatchRequest, region: string, now: number): Strike[];
}

/** @param random draws for `probability` and for which records are hit. */
export function createFaults(random: Random): Faults {
  let armed: { fault: Fault; seen: number; struck: number }[] = [];
  return {
    inject(...faults) {
      armed.push(...faults.map((fault) => ({ fault, seen: 0, struck: 0 })));
    },
    clear() {
      armed = [];
    },
    strike(request, region, now) {
      const strikes: Strike[] = [];
      for (const arm of armed) {
        const { fault } = arm;
        const concerned = request.UsageRecords.flatMap((record, index) =>
          isMatch(record, fault.record) ? [index] : [],
        );
        if (!isMatchingCall(fault, request, region, now) || (fault.record !== undefined && concerned.length === 0))
          continue;
        arm.seen += 1;
        if (arm.seen < (fault.nth ?? 1) || (fault.count !== "always" && arm.struck >= (fault.count ?? 1))) continue;
        if (fault.probability !== undefined && random() >= fault.probability) continue;
        arm.struck += 1;
        const limit = "records" in fault && fault.records !== undefined ? fault.records : concerned.length;
        strikes.push({
          fault,
          when: fault.when ?? (fault.name === "answer-lost" ? "after" : "before"),
          records: new Set(limit < concerned.length ? shuffled(random, concerned).slice(0, limit) : concerned),
        });
      }
      return strikes;
    },
  };
}

function isMatchingCall(matcher: Matcher, request: BatchRequest, region: string, now: number): boolean {
  return (
    (matcher.region === undefined || matcher.region === region) &&
    (matcher.productCode === undefined || matcher.productCode === request.ProductCode) &&
    (matcher.from === undefined || now >= Date.parse(matcher.from)) &&
    (matcher.to === undefined || now < Date.parse(matcher.to))
  );
}

function isMatch(record: UsageRecord, match: RecordMatch = {}): boolean {
  return (
    (match.dimension === undefined || match.dimension === record.Dimension) &&
    (match.licenseArn === undefined || match.licenseArn === record.LicenseArn) &&
    (match.accountId === undefined || match.accountId === record.CustomerAWSAccountId) &&
    (match.customerIdentifier === undefined || match.customerIdentifier === record.CustomerIdentifier)
  );
}
