import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { MarketplaceMeteringClient } from "@aws-sdk/client-marketplace-metering";
import type { Context } from "aws-lambda";
import type { Clock, Random } from "../clock.ts";
import { dynamoTable } from "../ledger/table.ts";
import { observe, systemConsole } from "../observe.ts";
import { type Environment, readGrace, readLedgerSettings, readNumber, required } from "../settings.ts";
import { systemClock, systemRandom } from "../system.ts";
import { MINUTE, SECOND } from "../usage/instants.ts";
import { COUNTS, type RunCounts, submitRun } from "./run.ts";

/** What the submit function needs from outside. */
export interface Dependencies {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly random: Random;
  /** Where logs and metrics are written. */
  readonly console: Console;
  readonly dynamodb: DynamoDBClient;
  /** Made with `maxAttempts: 1`: an attempt is one HTTP try. */
  readonly metering: MarketplaceMeteringClient;
}

type Handler = (event: unknown, context: Pick<Context, "getRemainingTimeInMillis">) => Promise<RunCounts>;

/** How long before its time limit a run stops sending, so that the answers under way are still written. */
const HAND_OVER = MINUTE;

/** Makes the submit function: each call is one run, and answers what it came to. */
export function create({ environment, clock, random, console, dynamodb, metering }: Dependencies): Handler {
  const settings = {
    ...readLedgerSettings(environment),
    grace: readGrace(environment),
    region: required(environment, "AWS_REGION"),
  };
  const requestsPerSecond = readNumber(environment, "REQUESTS_PER_SECOND", { fallback: 9.9, least: 0.1, most: 1000 });
  const table = dynamoTable(dynamodb, settings.tableName);
  const { logger, metrics } = observe(environment, console);
  const onError = (error: unknown) => logger.error("A part of this run is left to the next", error as Error);

  return async (_event, context) => {
    if ((await metering.config.maxAttempts()) !== 1)
      throw new Error("The metering client must be made with maxAttempts 1: an attempt is one HTTP try.");
    const until = clock.now() + Math.max(0, context.getRemainingTimeInMillis() - HAND_OVER);
    const counts = await submitRun({ ...settings, table, clock, random, metering, requestsPerSecond, onError }, until);
    for (const name of COUNTS)
      metrics.addMetric(name, name === "OldestUnsentSeconds" ? "Seconds" : "Count", counts[name]);
    metrics.addMetric("SubmitRuns", "Count", 1);
    metrics.publishStoredMetrics();
    logger.info("Submit run", { counts });
    return counts;
  };
}

let real: Handler | undefined;

/** The submit function in Lambda. */
export const handler: Handler = (event, context) => {
  const requestHandler = { connectionTimeout: 5 * SECOND, requestTimeout: 20 * SECOND };
  real ??= create({
    environment: process.env,
    clock: systemClock,
    random: systemRandom,
    console: systemConsole,
    dynamodb: new DynamoDBClient(),
    metering: new MarketplaceMeteringClient({ maxAttempts: 1, requestHandler }),
  });
  return real(event, context);
};
