// Faults on demand, as plain data: a name, what it strikes, and how often.
import type { Fault as MeteringFault } from "../metering/faults.ts";

/** When and how often a fault strikes; what is left out does not limit. */
export interface When {
  /** ISO 8601: from this instant on, and before that one. */
  from?: string;
  to?: string;
  /** Strikes from the nth match on, counted from 1 when the fault was injected. Default: 1. */
  nth?: number;
  /** Share of the matches it strikes, 0 to 1, drawn by lot. Default: 1. */
  probability?: number;
  /** How often it strikes. Default: once. */
  count?: number | "always";
}

/** Which calls of the functions a fault strikes. */
export interface CallMatch {
  /** Default: every service. */
  service?: "dynamodb" | "s3" | "metering";
  /** A command's name without `Command`, such as `UpdateItem`. */
  command?: string;
  /** Whose calls: a part of the function's name, such as `submit`. */
  function?: string;
  /** A text that the call's input, as JSON, must hold, such as an item's key. */
  holds?: string;
}

/** `before`: the service does not act. `after`: it does, and what it answered does not arrive. */
export type Timing = "before" | "after";

/** A fault of one call that a function makes to a service. The SDK has made its tries by then: this is what the function gets to see. */
export type CallFault = CallMatch &
  When &
  (
    | /** The service has no capacity left; never acts. */ { name: "throttled" }
    /** The service's own error, HTTP 500. Default: before. */
    | { name: "error-500"; when?: Timing }
    /** No answer within the SDK's time. Default: before. */
    | { name: "timeout"; when?: Timing }
    /** The service acts; the connection breaks before the answer arrives. */
    | { name: "answer-lost" }
    /** The service acts, its answer is lost, and the SDK tries again: a condition that held no longer does. */
    | { name: "condition-lost" }
    /** The function's process dies. Default: before. */
    | { name: "process-death"; when?: Timing }
    /** The call takes so long, in virtual time; long enough, and Lambda kills the function at its time limit. Default: before. */
    | { name: "slow"; milliseconds: number; when?: Timing }
    /** The function may no longer do this. */
    | { name: "access-denied" }
  );

/** A fault of DynamoDB's indexes, of all of a table or of one. Strikes queries, by default always. */
export type IndexFault = When & { index?: string } & (
    | /** What changed in the last minutes is not listed. */ { name: "index-missing"; minutes: number }
    /** What was listed in the last minutes still is. */
    | { name: "index-stale"; minutes: number }
  );

/** Queries that answer fewer items a page than they could; DynamoDB may do so at any time. Strikes by default always. */
export type PageFault = When & { name: "short-pages"; items: number };

/** A fault between the usage queue and the function that it feeds; it strikes batches. */
export type QueueFault = When &
  (
    | /** The messages were processed, and come once more. */ { name: "delivered-twice" }
    /** Half of the messages come after the visibility timeout, the others in any order. */
    | { name: "out-of-order" }
    /** The function's answer is lost: all messages come once more. */
    | { name: "queue-answer-lost" }
    /** Some deletions fail: these messages come once more. */
    | { name: "partial-failure" }
  );

/** A fault of CloudTrail; it strikes metering events. */
export type TrailFault = When &
  ({ name: "trail-late"; minutes: number } | { name: "trail-duplicated" } | { name: "trail-missing" });

/** A fault of a host's clock, for as long as `from` and `to` say. Hosts of a function are counted from 0. */
export interface ClockFault {
  name: "clock-ahead";
  function?: string;
  host?: number;
  /** Below zero: behind. */
  milliseconds: number;
  from?: string;
  to?: string;
}

/** A fault of a function's schedule, for as long as `from` and `to` say. */
export interface ScheduleFault {
  name: "schedule-skips" | "schedule-twice";
  function?: string;
  from?: string;
  to?: string;
}

/** A fault of the metering API itself: everything its service can do wrong. */
export interface ApiFault {
  name: "metering-api";
  fault: MeteringFault;
}

export type Fault =
  | CallFault
  | IndexFault
  | PageFault
  | QueueFault
  | TrailFault
  | ClockFault
  | ScheduleFault
  | ApiFault;
