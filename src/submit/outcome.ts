import type { BatchMeterUsageCommandOutput, UsageRecord } from "@aws-sdk/client-marketplace-metering";
import type { Sendable } from "./batches.ts";

/** What AWS's answer says of one record. `unknown`: it says nothing of it that can be trusted. */
export type Answer =
  | { readonly kind: "accepted"; readonly meteringRecordId: string | undefined }
  | { readonly kind: "not-subscribed" | "duplicate" | "unprocessed" | "unknown" };

/**
 * What a request that failed means for its records. `throttled`: not taken, send again slower. `poison`: not taken, one of the records is at
 * fault. `stopped`: not taken, and nothing of this product can be. `unknown`: they may have been taken.
 */
export interface Failure {
  readonly kind: "throttled" | "poison" | "stopped" | "unknown";
  readonly reason: string;
}

/** Reads the answer to a request, by record: AWS answers 200 to records it throws away, and need not keep their order. */
export function readAnswer(
  sent: readonly Sendable[],
  answer: Pick<BatchMeterUsageCommandOutput, "Results" | "UnprocessedRecords">,
): Answer[] {
  const statuses = new Map<string, Answer[]>();
  const note = (record: UsageRecord | undefined, said: Answer) => {
    if (record) statuses.set(wireKey(record), [...(statuses.get(wireKey(record)) ?? []), said]);
  };
  for (const { UsageRecord, Status, MeteringRecordId } of answer.Results ?? [])
    note(UsageRecord, fromStatus(Status, MeteringRecordId));
  for (const record of answer.UnprocessedRecords ?? []) note(record, { kind: "unprocessed" });
  return sent.map(({ usageRecord }) => {
    const said = statuses.get(wireKey(usageRecord)) ?? [];
    // In two places at once, an answer contradicts itself.
    return said.length === 1 ? (said[0] as Answer) : { kind: "unknown" };
  });
}

// A 4xx that AWS gives to a whole request: see the exceptions of BatchMeterUsage.
const THROTTLED = new Set(["ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"]);
const STOPPED = new Set([
  "InvalidProductCodeException",
  "DisabledApiException",
  "AccessDeniedException",
  "UnauthorizedOperation",
  "ExpiredTokenException",
  "ExpiredToken",
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
  "IncompleteSignature",
  "MissingAuthenticationTokenException",
  "MissingAuthenticationToken",
  "OptInRequired",
  "RequestExpired",
]);

// What the SDK calls an error that did not say its own name.
const NAMELESS = new Set(["UnknownError", "Unknown", "Error"]);

/** Reads a failed request. Only an error that AWS itself answered with a 4xx means that nothing was taken. */
export function readFailure(error: unknown): Failure {
  const { name, message, $fault, $metadata } = error as Error & {
    $fault?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode ?? 0;
  const reason = NAMELESS.has(name) ? `${name}: ${message}` : name;
  // A name of AWS's own: something between us and AWS may answer 4xx too, and knows nothing of what AWS did.
  const byAws = $fault === "client" && status >= 400 && status < 500 && /^[A-Z]\w+$/.test(name) && !NAMELESS.has(name);
  if (!byAws) return { kind: "unknown", reason };
  if (THROTTLED.has(name)) return { kind: "throttled", reason };
  return { kind: STOPPED.has(name) ? "stopped" : "poison", reason };
}

function fromStatus(status: string | undefined, meteringRecordId: string | undefined): Answer {
  if (status === "Success") return { kind: "accepted", meteringRecordId };
  if (status === "CustomerNotSubscribed") return { kind: "not-subscribed" };
  if (status === "DuplicateRecord") return { kind: "duplicate" };
  return { kind: "unknown" };
}

const wireKey = (record: UsageRecord): string =>
  JSON.stringify([
    record.CustomerIdentifier ?? null,
    record.CustomerAWSAccountId ?? null,
    record.LicenseArn ?? null,
    record.Dimension,
    record.Timestamp?.getTime(),
    record.Quantity ?? 0,
  ]);
