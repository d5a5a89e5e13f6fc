import type { BatchMeterUsageCommandInput, MarketplaceMeteringClient } from "@aws-sdk/client-marketplace-metering";
import { batchMeterUsageRecord } from "../../sandbox/cloudtrail/event.ts";
import type { BilledRecord } from "../../sandbox/metering/books.ts";
import type { MeteringCall } from "../../sandbox/metering/call.ts";
import { ServiceError } from "../../sandbox/metering/errors.ts";
import { createFaults, type Fault, type Strike } from "../../sandbox/metering/faults.ts";
import { uuid } from "../../sandbox/metering/identifiers.ts";
import type { Listing } from "../../sandbox/metering/listing.ts";
import { parseRequest } from "../../sandbox/metering/request.ts";
import { type BatchAnswer, createService } from "../../sandbox/metering/service.ts";
import type { Random } from "../../src/clock.ts";
import { type EvidenceEvent, parseMeteringCall } from "../../src/evidence/event.ts";

export const SUBMITTER = "arn:aws:iam::999988887777:role/metering/Submitter";
const CALLER = { accessKeyId: "AKIAMODEL", roleArn: SUBMITTER, sessionName: "run" };
const REGION = "us-east-1";

/** The sandbox's metering service without a network. Every call of it is one moment. */
export interface MeteringService {
  /** A client; `around` stands around each of its calls, as around those to a table. */
  client(around?: <T>(act: () => T) => Promise<T>): MarketplaceMeteringClient;
  inject(...faults: Fault[]): void;
  clearFaults(): void;
  billed(): BilledRecord[];
  /** What CloudTrail logged of the calls, as verification reads it. */
  events(): readonly EvidenceEvent[];
  /** Every call, also those that never reached the service. */
  readonly calls: readonly MeteringCall[];
}

export interface ServiceSettings {
  readonly listing: Listing;
  readonly now: () => number;
  readonly random: Random;
  readonly identicalResend: "Success" | "DuplicateRecord";
}

export function meteringService({ now, random, ...settings }: ServiceSettings): MeteringService {
  const service = createService({ ...settings, random });
  const faults = createFaults(random);
  const calls: MeteringCall[] = [];
  const events: EvidenceEvent[] = [];

  /** Takes a request as it travels, decides, and answers as the SDK would. */
  function take(input: BatchMeterUsageCommandInput) {
    const at = now();
    const request = parseRequest(JSON.parse(JSON.stringify(input), toWire));
    const strikes = faults.strike(request, REGION, at);
    const names = strikes.map(({ fault }) => fault.name);
    const call = { requestId: uuid(random), at, latency: 0, region: REGION, sourceIp: "127.0.0.1", userAgent: "model" };
    const made: MeteringCall = { ...call, caller: CALLER, request, faults: names };
    calls.push(made);
    try {
      if (!strikes.some((strike) => strike.when === "before" && onWire(strike)))
        made.answer = service.batchMeterUsage(request, CALLER, REGION, at, strikes);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      made.error = error;
    }
    if (made.answer || made.error) events.push(asLogged(made, random));
    const lost = strikes.find(onWire);
    if (lost) throw wireError(lost);
    if (made.error) throw sdkError(made.error);
    return fromWire(made.answer as BatchAnswer);
  }

  return {
    client(around = async (act) => act()) {
      const send = ({ input }: { input: BatchMeterUsageCommandInput }) => around(() => take(input));
      return { send, config: { maxAttempts: async () => 1 } } as unknown as MarketplaceMeteringClient;
    },
    inject: faults.inject,
    clearFaults: faults.clear,
    billed: service.books.billed,
    events: () => events,
    calls,
  };
}

/** A call that the service acted on or refused, as CloudTrail logs it and verification reads it. */
export function asLogged(call: MeteringCall, random: Random): EvidenceEvent {
  const logged = JSON.stringify(batchMeterUsageRecord(call, call.caller ?? CALLER, random, {}));
  return parseMeteringCall(JSON.parse(logged), "log.json.gz");
}

/** Timestamps travel as epoch seconds. */
const toWire = (key: string, value: unknown) => (key === "Timestamp" ? Date.parse(value as string) / 1000 : value);

function fromWire(answer: BatchAnswer) {
  const record = <T extends { Timestamp: number }>(wire: T) => ({
    ...wire,
    Timestamp: new Date(wire.Timestamp * 1000),
  });
  return {
    Results: answer.Results.map((result) => ({ ...result, UsageRecord: record(result.UsageRecord) })),
    UnprocessedRecords: answer.UnprocessedRecords.map(record),
  };
}

const sdkError = (error: ServiceError): Error =>
  Object.assign(new Error(error.message), {
    name: error.name,
    $fault: error.status === 500 ? "server" : "client",
    $metadata: { httpStatusCode: error.status },
  });

const onWire = ({ fault }: Strike): boolean =>
  ["http-500", "connection-reset", "answer-lost", "unreadable-answer"].includes(fault.name);

/** What the SDK throws where no answer of the service reaches it. */
function wireError({ fault: { name } }: Strike): Error {
  const httpStatusCode = { "http-500": 500, "unreadable-answer": 200 }[name as string];
  return Object.assign(new Error(name), { name: "UnknownError", $fault: "server", $metadata: { httpStatusCode } });
}
