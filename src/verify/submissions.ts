import type { NamedBuyer } from "../evidence/record.ts";
import type { Hour, Instant } from "../usage/instants.ts";
import type { Quantity } from "../usage/quantity.ts";

/** Where a record stands in the ledger. `empty` records are never sent and are no submissions. */
export type SubmissionState = "open" | "sealing" | "sealed" | "accepted" | "refused" | "expired" | "disputed";

/** One record that a pipeline says it has sent, will send or could not send: what evidence is compared with. */
export interface Submission {
  /** The product's key; null where the submissions are a file, which knows none. */
  readonly product: string | null;
  /** The Region that the record is sent to. */
  readonly region: string;
  /** The listing's product code, in the productCode integration only. */
  readonly productCode?: string | undefined;
  readonly buyer: NamedBuyer;
  readonly dimension: string;
  readonly hour: Hour;
  readonly timestamp: Instant;
  readonly quantity: Quantity;
  /** Undefined where it is not known, as in a file: then the record counts as sent and taken. */
  readonly state: SubmissionState | undefined;
  readonly attempts: number;
  /** How many attempts have no known outcome. */
  readonly unknownAttempts: number;
  /** Undefined where it is not known: then the record's timestamp stands for it. */
  readonly lastAttemptAt?: Instant | undefined;
  /** The last moment AWS takes the record. */
  readonly deadline: Instant;
  /** Why AWS did not take it, or why its outcome is unknown. */
  readonly reason?: string | undefined;
  /** Usage that is never sent under this key: a balance written off, or events that came too late. Evidence cannot be about it. */
  readonly unsendable?: true | undefined;
}
