// The shape of a BatchMeterUsage request on the wire, and the limits AWS's service model puts on its fields.
import * as v from "valibot";
import { ServiceError } from "./errors.ts";

/** "Less than 1 MB", read the strict way. */
export const maxRequestBytes = 1_000_000;

export type BatchRequest = v.InferOutput<typeof batchRequest>;
/** `Timestamp` is in epoch seconds, as it travels; `Quantity` in whole units, 0 when left out. */
export type UsageRecord = v.InferOutput<typeof usageRecord>;
export type UsageAllocation = v.InferOutput<typeof usageAllocation>;

/**
 * The request that a JSON body holds; unknown members are ignored, as AWS ignores them.
 * @throws {ServiceError} `SerializationException` for a member of the wrong type, `ValidationException` for one outside
 * its limits.
 */
export function parseRequest(body: unknown): BatchRequest {
  const parsed = v.safeParse(batchRequest, body, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue) ?? "the request";
  if (issue.input === undefined || issue.input === null) {
    throw new ServiceError(
      "ValidationException",
      `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
    );
  }
  if (issue.kind === "schema") {
    throw new ServiceError("SerializationException", `${path} is ${issue.received}, which is not a ${issue.expected}`);
  }
  throw new ServiceError(
    "ValidationException",
    `1 validation error detected: Value at '${path}' failed to satisfy constraint: Member must satisfy ${issue.type} ${issue.expected ?? ""}`.trim(),
  );
}

/** @throws {ServiceError} `ValidationException` when the body is as large as the limit or larger. */
export function checkSize(bytes: number): void {
  if (bytes >= maxRequestBytes) {
    throw new ServiceError(
      "ValidationException",
      `Request of ${bytes} bytes: must be less than ${maxRequestBytes} bytes`,
    );
  }
}

const quantity = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2_147_483_647));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(255));

// Patterns, lengths and counts of tags are not here: AWS has exceptions of their own for them.
const usageAllocation = v.object({
  AllocatedUsageQuantity: quantity,
  Tags: v.nullish(v.array(v.object({ Key: v.string(), Value: v.string() }))),
});

const usageRecord = v.object({
  Timestamp: v.number(),
  Dimension: name,
  Quantity: v.nullish(quantity),
  CustomerIdentifier: v.nullish(name),
  CustomerAWSAccountId: v.nullish(v.pipe(name, v.regex(/^[0-9]+$/))),
  LicenseArn: v.nullish(v.pipe(v.string(), v.minLength(1))),
  UsageAllocations: v.nullish(v.array(usageAllocation)),
});

const batchRequest = v.object({
  ProductCode: v.nullish(v.pipe(v.string(), v.minLength(1), v.maxLength(255), v.regex(/^[-a-zA-Z0-9/=:_.@]+$/))),
  UsageRecords: v.pipe(v.array(usageRecord), v.maxLength(25)),
});
