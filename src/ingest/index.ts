import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type { Clock } from "../clock.ts";
import { dynamoTable } from "../ledger/table.ts";
import { observe, systemConsole } from "../observe.ts";
import { type Environment, readGrace, readLedgerSettings } from "../settings.ts";
import { systemClock } from "../system.ts";
import { contentHash } from "../usage/events.ts";
import { type Fate, ingestBatch } from "./batch.ts";
import type { Message } from "./check.ts";

/** What the ingest function needs from outside. */
export interface Dependencies {
  readonly environment: Environment;
  readonly clock: Clock;
  /** Where logs and metrics are written. */
  readonly console: Console;
  readonly dynamodb: DynamoDBClient;
}

/** Makes the ingest function: it puts a batch of usage events into the ledger and answers which messages must be delivered again. */
export function create({
  environment,
  clock,
  console,
  dynamodb,
}: Dependencies): (event: SQSEvent) => Promise<SQSBatchResponse> {
  const { tableName, products } = readLedgerSettings(environment);
  const { logger, metrics } = observe(environment, console);
  const ingester = {
    table: dynamoTable(dynamodb, tableName),
    products,
    grace: readGrace(environment),
    onError: (error: unknown) => logger.error("A usage event stays queued", error as Error),
    onRejected: ({ messageId }: Message) => logger.warn("A usage event was rejected", { messageId }),
  };

  return async (batch) => {
    const messages = batch.Records.map(messageOf);
    const fates = await ingestBatch(ingester, messages, clock.now());
    metrics.addMetric("EventsCounted", "Count", count(fates, "counted"));
    metrics.addMetric("EventsExpired", "Count", count(fates, "expired"));
    metrics.addMetric("EventsRejected", "Count", count(fates, "rejected"));
    metrics.addMetric("EventsQueued", "Count", count(fates, "queued"));
    metrics.publishStoredMetrics();
    const byMessage = new Map(messages.map(({ messageId }, index) => [messageId, fates[index]]));
    const stillQueued = ({ messageId }: SQSRecord) => {
      if (byMessage.get(messageId) === "queued") throw new Error(`The message ${messageId} stays queued.`);
    };
    return processPartialResponse(batch, stillQueued, new BatchProcessor(EventType.SQS), {
      throwOnFullBatchFailure: false,
    });
  };
}

const messageOf = ({ messageId, receiptHandle, body, attributes }: SQSRecord): Message => ({
  body,
  messageId,
  delivery: contentHash(receiptHandle),
  deliveries: Number(attributes.ApproximateReceiveCount),
});

const count = (fates: readonly Fate[], fate: Fate): number => fates.filter((each) => each === fate).length;

let real: ReturnType<typeof create> | undefined;

/** The ingest function in Lambda. */
export const handler = (event: SQSEvent): Promise<SQSBatchResponse> => {
  real ??= create({
    environment: process.env,
    clock: systemClock,
    console: systemConsole,
    dynamodb: new DynamoDBClient(),
  });
  return real(event);
};
