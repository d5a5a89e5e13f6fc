// The metering API over HTTP on a free loopback port, in AWS JSON 1.1.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { BilledRecord } from "./books.ts";
import type { MeteringCall } from "./call.ts";
import { type Authorize, authenticate, credentialOf } from "./caller.ts";
import { ServiceError } from "./errors.ts";
import { createFaults, type Fault, type Faults, type Strike } from "./faults.ts";
import { type Random, uuid } from "./identifiers.ts";
import { checkSize, maxRequestBytes, parseRequest } from "./request.ts";
import { type BatchAnswer, createService, type Service, type ServiceOptions } from "./service.ts";

/** `now` in ms since the epoch; `sleep` in ms, used by `latency` and by the fault `slow` only. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

export interface MeteringOptions extends ServiceOptions {
  clock: Clock;
  random: Random;
  authorize: Authorize;
  /** Called once for every signed request that the service acted on or refused, before it is answered. */
  onCall?: (call: MeteringCall) => void;
  /** Ms every answer takes. Default: none. */
  latency?: number;
}

/** A running service. It serves every Region: the Region is that of the request's signature. */
export interface Metering {
  /** For the SDK's `endpoint`, or `AWS_ENDPOINT_URL_MARKETPLACE_METERING`. */
  endpoint: string;
  /** What AWS would bill until now, in the order it was taken. */
  billed(): BilledRecord[];
  /** Every request, in the order they were answered, those that never reached the service included. */
  calls: readonly MeteringCall[];
  inject(...faults: Fault[]): void;
  clearFaults(): void;
  close(): Promise<void>;
}

export async function startMetering(options: MeteringOptions): Promise<Metering> {
  const service = createService(options);
  const faults = createFaults(options.random);
  const calls: MeteringCall[] = [];

  // Idle connections stay open: a caller may work for long while the virtual clock stands still, and one that is closed just when it is used
  // again looks like a fault that nobody asked for.
  const server = createServer({ keepAliveTimeout: 0 }, async (incoming, response) => {
    const body = await readBody(incoming);
    if (body === undefined) return;
    const call = openCall(incoming, options);
    const strikes = await perform(call, incoming, body, service, faults, options);
    call.latency = options.clock.now() - call.at;
    calls.push(call);
    if (call.caller && (call.answer || call.error)) options.onCall?.(call);
    answer(response, call, strikes, options.clock.now());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    billed: service.books.billed,
    calls,
    inject: faults.inject,
    clearFaults: faults.clear,
    close: () =>
      new Promise<void>((closed, failed) => {
        server.close((error) => (error ? failed(error) : closed()));
        server.closeAllConnections();
      }),
  };
}

/** Lets the service act on the call, as far as faults let it, and writes into the call what it decided. */
async function perform(
  call: MeteringCall,
  { headers }: IncomingMessage,
  body: Buffer,
  service: Service,
  faults: Faults,
  { clock, authorize, latency = 0 }: MeteringOptions,
): Promise<Strike[]> {
  let strikes: Strike[] = [];
  try {
    checkOperation(headers["x-amz-target"]);
    const credential = credentialOf(headers.authorization);
    call.region = credential.region;
    const { caller, refusal } = authenticate(credential, authorize);
    if (caller) call.caller = caller;
    if (refusal) throw refusal;
    checkSize(body.length);
    call.request = parseRequest(parseJson(body));

    strikes = faults.strike(call.request, call.region, call.at);
    call.faults = strikes.map(({ fault }) => fault.name);
    await wait(strikes, "before", clock);
    if (latency > 0) await clock.sleep(latency);
    if (!strikes.some(({ fault, when }) => when === "before" && isOfTheWire(fault))) {
      call.answer = service.batchMeterUsage(
        call.request,
        caller as NonNullable<typeof caller>,
        call.region,
        clock.now(),
        strikes,
      );
    }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    call.error = error;
  }
  await wait(strikes, "after", clock);
  return strikes;
}

/** Answers the caller, unless a fault garbles the answer or keeps it back. */
function answer(response: ServerResponse, call: MeteringCall, strikes: readonly Strike[], now: number): void {
  const status = call.error?.status ?? 200;
  const text = JSON.stringify(call.error?.body ?? call.answer ?? { Results: [], UnprocessedRecords: [] });
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amzn-requestid": call.requestId,
    date: new Date(now).toUTCString(),
  };
  switch (strikes.find(({ fault }) => isOfTheWire(fault))?.fault.name) {
    case "connection-reset":
      response.socket?.resetAndDestroy();
      break;
    case "answer-lost":
      response.socket?.end();
      break;
    case "http-500":
      response
        .writeHead(500, { "content-type": "text/html", date: headers.date })
        .end("<html><body>Internal Server Error</body></html>");
      break;
    case "unreadable-answer":
      response.writeHead(200, headers).end(text.slice(0, Math.floor(text.length / 2)));
      break;
    case "made-up-success":
      response.writeHead(200, headers).end(JSON.stringify(madeUp(call)));
      break;
    default:
      response.writeHead(status, headers).end(text);
  }
}

/** What looks like the service's own answer, and is none. */
function madeUp({ request, requestId }: MeteringCall): BatchAnswer {
  const Results = (request?.UsageRecords ?? []).map((UsageRecord) => ({
    UsageRecord,
    MeteringRecordId: requestId,
    Status: "Success" as const,
  }));
  return { Results, UnprocessedRecords: [] };
}

const ofTheWire: ReadonlySet<Fault["name"]> = new Set([
  "http-500",
  "connection-reset",
  "answer-lost",
  "unreadable-answer",
  "made-up-success",
]);

/** Faults of the connection or of what stands before the service: the service itself knows nothing of them. */
const isOfTheWire = ({ name }: Fault): boolean => ofTheWire.has(name);

async function wait(strikes: readonly Strike[], due: Strike["when"], clock: Clock): Promise<void> {
  for (const { fault, when } of strikes) {
    if (fault.name === "slow" && when === due) await clock.sleep(fault.milliseconds);
  }
}

function openCall({ socket, headers }: IncomingMessage, { clock, random }: MeteringOptions): MeteringCall {
  return {
    requestId: uuid(random),
    at: clock.now(),
    latency: 0,
    region: "",
    sourceIp: socket.remoteAddress ?? "",
    userAgent: headers["user-agent"] ?? "",
    faults: [],
  };
}

function checkOperation(target: string | string[] | undefined): void {
  if (target !== "AWSMPMeteringService.BatchMeterUsage") {
    throw new ServiceError("UnknownOperationException", `Operation ${target ?? "without X-Amz-Target"} is not known`);
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new ServiceError("SerializationException", `The request is not JSON: ${(error as Error).message}`);
  }
}

/** The whole body, or nothing when the caller went away while sending it. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      // What is beyond the limit is read, since the caller sends it, but not kept: the size alone is the answer.
      if (bytes <= 2 * maxRequestBytes) chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}
