import * as v from "valibot";
import type { EvidenceEvent } from "../evidence/event.ts";
import type { SignedObject } from "../evidence/source.ts";
import type { KnownFile } from "../evidence/store.ts";

/** A log file that was read, and how many of its calls are kept in each folder. */
export interface KeptFile extends KnownFile {
  readonly etag: string;
  readonly calls: Readonly<Record<string, number>>;
}

export const FileLine = v.strictObject({
  key: v.string(),
  size: v.number(),
  etag: v.string(),
  hash: v.exactOptional(v.string()),
  reason: v.exactOptional(v.string()),
  calls: v.record(v.string(), v.number()),
});

export const fileLine = ({ key, size, etag, hash, reason, calls }: KeptFile): string =>
  JSON.stringify({ key, size, etag, hash, reason, calls });

const Units = v.pipe(
  v.string(),
  v.regex(/^\d+$/),
  v.transform((text) => BigInt(text)),
);
const Optional = v.optional(v.string());

/** A call, and the ETag of the log file that it was read from. */
export const CallLine = v.strictObject({
  etag: v.string(),
  call: v.strictObject({
    eventId: v.string(),
    eventTime: v.number(),
    region: v.string(),
    principal: Optional,
    errorCode: Optional,
    errorMessage: Optional,
    objects: v.array(v.string()),
    unseen: v.picklist(["none", "left-out", "not-understood"]),
    records: v.array(
      v.strictObject({
        productCode: Optional,
        buyer: v.strictObject({
          accountId: v.exactOptional(v.string()),
          licenseArn: v.exactOptional(v.string()),
          customerIdentifier: v.exactOptional(v.string()),
        }),
        dimension: v.string(),
        timestamp: v.number(),
        quantity: Units,
        status: v.picklist(["Success", "DuplicateRecord", "CustomerNotSubscribed", "unprocessed", "none"]),
      }),
    ),
    completes: v.exactOptional(v.string()),
  }),
});

export const callLine = (call: EvidenceEvent, etag: string): string =>
  JSON.stringify({ etag, call }, (_, value) => (typeof value === "bigint" ? value.toString() : value));

/** A call as `callLine` wrote it. */
export const callOf = ({ call }: v.InferOutput<typeof CallLine>): EvidenceEvent => ({
  ...call,
  principal: call.principal,
  errorCode: call.errorCode,
  errorMessage: call.errorMessage,
  records: call.records.map((record) => ({ ...record, productCode: record.productCode })),
});

/** A digest as it is stored, so that it can be verified again. */
export const DigestLine = v.strictObject({
  key: v.string(),
  etag: v.string(),
  signature: v.exactOptional(v.string()),
  bytes: v.pipe(v.string(), v.base64()),
});

export const digestLine = (key: string, etag: string, { bytes, signature }: SignedObject): string =>
  JSON.stringify({ key, etag, signature, bytes: Buffer.from(bytes).toString("base64") });
