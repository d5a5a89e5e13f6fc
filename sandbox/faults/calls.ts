// Faults of single calls: what a function sees of a service that fails, or of its own death.
import { DynamoDBServiceException } from "@aws-sdk/client-dynamodb";
import { S3ServiceException } from "@aws-sdk/client-s3";
import type { FunctionCall } from "../account/lambda/environment.ts";
import type { CallFault, CallMatch } from "./fault.ts";

/** Whether a call is one that a fault is about. */
export function isMatch(call: FunctionCall, { service, command, function: named, holds }: CallMatch): boolean {
  return (
    (service === undefined || service === call.service) &&
    (command === undefined || command === call.command) &&
    (named === undefined || call.functionName.includes(named)) &&
    (holds === undefined || JSON.stringify(call.input).includes(holds))
  );
}

/** Makes a call as a fault has it. */
export async function callWith(fault: CallFault, call: FunctionCall, next: () => Promise<unknown>): Promise<unknown> {
  switch (fault.name) {
    case "throttled":
      throw refusal(
        call,
        throttlings[call.service] ?? "ThrottlingException",
        "Rate of requests exceeds the allowed throughput.",
      );
    case "access-denied":
      throw refusal(
        call,
        "AccessDeniedException",
        `${call.functionName} is not authorized to perform: ${call.command}`,
      );
    case "error-500":
      if (fault.when === "after") await next();
      throw refusal(call, "InternalServerError", "Internal server error", 500);
    case "timeout":
      if (fault.when === "after") await next();
      throw Object.assign(new Error("Connection timed out after 3000 ms"), { name: "TimeoutError" });
    case "answer-lost":
      await next();
      throw Object.assign(new Error("socket hang up"), { name: "Error", code: "ECONNRESET" });
    case "condition-lost":
      await next();
      return next();
    case "process-death":
      if (fault.when === "after") await next();
      return call.kill();
    case "slow": {
      if (fault.when !== "after") await call.sleep(fault.milliseconds);
      const answer = await next();
      if (fault.when === "after") await call.sleep(fault.milliseconds);
      return answer;
    }
  }
}

const throttlings: Record<string, string> = { dynamodb: "ProvisionedThroughputExceededException", s3: "SlowDown" };

function refusal(call: FunctionCall, name: string, message: string, status = 400): Error {
  const $fault = status < 500 ? ("client" as const) : ("server" as const);
  const parts = { name, message, $fault, $metadata: { httpStatusCode: status } };
  return call.service === "s3" ? new S3ServiceException(parts) : new DynamoDBServiceException(parts);
}
