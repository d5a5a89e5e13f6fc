import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import pMap from "p-map";
import type { Clock } from "../clock.ts";
import { dynamoTable } from "../ledger/table.ts";
import { observe } from "../observe.ts";
import { type Environment, readGrace, readLedgerSettings } from "../settings.ts";
import { systemClock } from "../system.ts";
import type { UsageEvent } from "../usage/events.ts";
import { checkMessage, type Message, rejectConflict } from "./check.ts";
import { placeEvents } from "./place.ts";

/** What the ingest function needs from outside. */
export interface Dependencies {
  readonly environment: Environment;
  readonly clock: Clock;
  /** Where logs and metrics are written. */
  readonly console: Console;
  readonly dynamodb: DynamoDBClient;
}

/** What became of a message. `queued`: it must be delivered again; `…-before`: it is a delivery of something already kept. */
type Fate = "counted" | "expired" | "expired-before" | "rejected" | "rejected-before" | "queued";

const CHECKS_AT_ONCE = 16;

/** Makes the ingest function: it puts a batch of usage events into the ledger and answers which messages must be delivered again. */
export function create({
  environment,
  clock,
  console,
  dynamodb,
}: Dependencies): (event: SQSEvent) => Promise<SQSBatchResponse> {
  const settings = { ...readLedgerSettings(environment), grace: readGrace(environment) };
  const table = dynamoTable(dynamodb, settings.tableName);
  const { logger, metrics } = observe(environment, console);

  return async (batch) => {
    const fates = await ingest(batch.Records);
    metrics.addMetric("EventsCounted", "Count", count(fates, "counted"));
    metrics.addMetric("EventsExpired", "Count", count(fates, "expired"));
    metrics.addMetric("EventsRejected", "Count", count(fates, "rejected"));
    metrics.addMetric("EventsQueued", "Count", count(fates, "queued"));
    metrics.publishStoredMetrics();
    const stillQueued = ({ messageId }: SQSRecord) => {
      if (fates.get(messageId) === "queued") throw new Error(`The message ${messageId} stays queued.`);
    };
    return processPartialResponse(batch, stillQueued, new BatchProcessor(EventType.SQS), {
      throwOnFullBatchFailure: false,
    });
  };

  async function ingest(records: readonly SQSRecord[]): Promise<Map<string, Fate>> {
    const now = clock.now();
    const fates = new Map<string, Fate>();
    const accepted: { record: SQSRecord; message: Message; event: UsageEvent }[] = [];
    const checked = await pMap(records, (record) => check(record, now), { concurrency: CHECKS_AT_ONCE });
    for (const { record, message, result } of checked) {
      if (result === "queued") fates.set(record.messageId, "queued");
      else if ("rejected" in result) fates.set(record.messageId, result.first ? "rejected" : "rejected-before");
      else accepted.push({ record, message, event: result });
    }
    const onError = (error: unknown) => logger.error("A usage event stays queued", error as Error);
    const places = await placeEvents(
      table,
      { grace: settings.grace, onError },
      accepted.map(({ event }) => event),
      now,
    );
    for (const [index, { record, message, event }] of accepted.entries()) {
      const place = places[index] ?? "queued";
      fates.set(record.messageId, place === "conflict" ? await conflict(message, event, now) : place);
    }
    return fates;
  }

  async function check(record: SQSRecord, now: number) {
    const message = { body: record.body, deliveries: Number(record.attributes.ApproximateReceiveCount) };
    try {
      const result = await checkMessage(table, settings.products, message, now);
      if ("rejected" in result && result.first)
        logger.warn("A usage event was rejected", { messageId: record.messageId });
      return { record, message, result };
    } catch (error) {
      logger.error("A usage event stays queued", error as Error);
      return { record, message, result: "queued" as const };
    }
  }

  async function conflict(message: Message, event: UsageEvent, now: number): Promise<Fate> {
    try {
      const { first } = await rejectConflict(table, message, event, now);
      return first ? "rejected" : "rejected-before";
    } catch (error) {
      logger.error("A usage event stays queued", error as Error);
      return "queued";
    }
  }
}

const count = (fates: ReadonlyMap<string, Fate>, fate: Fate): number =>
  [...fates.values()].filter((each) => each === fate).length;

let real: ReturnType<typeof create> | undefined;

/** The ingest function in Lambda. */
export const handler = (event: SQSEvent): Promise<SQSBatchResponse> => {
  real ??= create({
    environment: process.env,
    clock: systemClock,
    console: globalThis.console,
    dynamodb: new DynamoDBClient(),
  });
  return real(event);
};
