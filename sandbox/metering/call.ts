// One request as the service saw it: what pacing is judged by, and what CloudTrail makes its event of.
import type { Caller } from "./caller.ts";
import type { ServiceError } from "./errors.ts";
import type { Failure } from "./faults.ts";
import type { BatchRequest } from "./request.ts";
import type { BatchAnswer } from "./service.ts";

export interface MeteringCall {
  requestId: string;
  /** When the request arrived, ms of the service's clock. */
  at: number;
  /** Ms of the service's clock until it was answered. */
  latency: number;
  region: string;
  /** Absent when nobody's access key signed the request. */
  caller?: Caller;
  sourceIp: string;
  userAgent: string;
  /** Absent when the body is not a request. */
  request?: BatchRequest;
  /** What the service decided, whether or not the caller got to know. Neither answer nor error: the service never acted. */
  answer?: BatchAnswer;
  error?: ServiceError;
  /** Names of the faults that struck. */
  faults: Failure["name"][];
}
