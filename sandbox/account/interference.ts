// Where faults can get in between the parts of an account. Every seam is optional: without it all goes well.
import type { Message } from "@aws-sdk/client-sqs";
import type { Intercept } from "./lambda/environment.ts";

export interface Interference {
  /** Stands around every call that a function makes to a service. */
  intercept?: Intercept;
  /** By how many ms the clock of a function's host is ahead of the account's. Hosts are counted from 0, in the order they were started. */
  clockAhead?(functionName: string, host: number): number;
  /** How often a schedule invokes its function when it is time to. */
  invocations?(functionName: string): number;
  /** What becomes of a batch of messages on its way to a function and back. */
  deliver?(queueName: string, messages: readonly Message[]): Delivery;
}

export interface Delivery {
  /** What the function gets, in this order; what is left out stays in the queue until its visibility timeout. */
  handed: Message[];
  /** Message ids that stay in the queue until their visibility timeout, whatever the function answers. */
  kept: ReadonlySet<string>;
}
