import { BatchMeterUsageCommand, type MarketplaceMeteringClient } from "@aws-sdk/client-marketplace-metering";
import pMap from "p-map";
import { type Clock, newToken, type Random } from "../clock.ts";
import { accept, dispute, notTaken, setAside, writeAttempt } from "../ledger/attempts.ts";
import type { Table } from "../ledger/table.ts";
import { HOUR, type Instant } from "../usage/instants.ts";
import { type Batch, halves, type Sendable, toRequest } from "./batches.ts";
import { type Answer, type Failure, readAnswer, readFailure } from "./outcome.ts";

/** What sending a batch needs. */
export interface Sender {
  readonly table: Table;
  readonly metering: MarketplaceMeteringClient;
  readonly clock: Clock;
  readonly random: Random;
  /** Takes the errors that leave the outcome of one record unwritten: it stays unknown. */
  readonly onError: (error: unknown) => void;
}

/** What one request came to. */
export interface Sent {
  /** Undefined where AWS answered. */
  readonly failure: Failure | undefined;
  readonly answers: readonly { readonly sendable: Sendable; readonly answer: Answer }[];
  /** What must be sent again in this run. */
  readonly again: readonly Batch[];
  readonly setAside: number;
}

/** How often a record is sent in one run before it is left to the next. */
const MOST_TRIES = 3;
const RETRY_ALONE_AFTER = HOUR;

/** Sends one batch: writes the attempt on each record, calls AWS once, and writes what came of it. Undefined where nothing was left to send. */
export async function sendBatch(sender: Sender, batch: Batch): Promise<Sent | undefined> {
  const { table, metering, clock } = sender;
  const token = newToken(sender.random);
  const marked = await pMap(batch.records, (sendable) => attempt(table, sendable, token, clock.now()));
  const sending = marked.filter((sendable) => sendable !== undefined);
  if (sending.length === 0) return undefined;
  if (sending.some(({ lastSend }) => clock.now() > lastSend)) return takeBack(sender, sending, token);
  let answers: Answer[];
  try {
    answers = readAnswer(sending, await metering.send(new BatchMeterUsageCommand(toRequest(sending))));
  } catch (error) {
    return settleFailure(sender, { records: sending, tries: batch.tries }, token, readFailure(error));
  }
  await pMap(sending, (sendable, index) =>
    settle(table, sendable, token, answers[index] as Answer, clock.now()).catch(sender.onError),
  );
  const settled = sending.map((sendable, index) => ({ sendable, answer: answers[index] as Answer }));
  const left = settled.filter(({ answer }) => answer.kind === "unprocessed" || answer.kind === "unknown");
  return {
    failure: undefined,
    answers: settled,
    again: retry(
      left.map(({ sendable }) => sendable),
      batch.tries,
    ),
    setAside: 0,
  };
}

/** Marks a record as being sent; undefined where it changed since it was read, and then it is not sent. */
async function attempt(table: Table, sendable: Sendable, token: string, now: Instant): Promise<Sendable | undefined> {
  if (now > sendable.lastSend || !(await writeAttempt(table, sendable.record, token, now))) return undefined;
  return { ...sendable, record: { ...sendable.record, attempts: sendable.record.attempts + 1 } };
}

/** Writing the attempts took so long that a record's time is over: nothing is sent, and the attempts never happened. */
async function takeBack({ table }: Sender, sending: readonly Sendable[], token: string): Promise<undefined> {
  await pMap(sending, ({ record }) => notTaken(table, record.ref, token));
}

async function settle(table: Table, { record }: Sendable, token: string, answer: Answer, now: Instant): Promise<void> {
  if (answer.kind === "accepted")
    await accept(table, record.ref, { token, meteringRecordId: answer.meteringRecordId }, now);
  else if (answer.kind === "duplicate") await dispute(table, record.ref, "DuplicateRecord", token);
  else if (answer.kind === "not-subscribed") await notTaken(table, record.ref, token, "CustomerNotSubscribed");
  else if (answer.kind === "unprocessed") await notTaken(table, record.ref, token);
}

async function settleFailure({ table, clock }: Sender, batch: Batch, token: string, failure: Failure): Promise<Sent> {
  const answers = batch.records.map((sendable) => ({ sendable, answer: { kind: "unknown" } as Answer }));
  // The attempts stay unknown: these records may have been taken.
  if (failure.kind === "unknown") return { failure, answers, again: retry(batch.records, batch.tries), setAside: 0 };
  if (failure.kind === "poison" && batch.records.length === 1) {
    const { record, lastSend } = batch.records[0] as Sendable;
    const now = clock.now();
    await setAside(
      table,
      record.ref,
      token,
      failure.reason,
      Math.max(now + 1, Math.min(now + RETRY_ALONE_AFTER, lastSend)),
    );
    return { failure, answers, again: [], setAside: 1 };
  }
  await pMap(batch.records, ({ record }) => notTaken(table, record.ref, token));
  if (failure.kind === "poison") return { failure, answers, again: halves(batch), setAside: 0 };
  return {
    failure,
    answers,
    again: failure.kind === "throttled" ? retry(batch.records, batch.tries) : [],
    setAside: 0,
  };
}

const retry = (records: readonly Sendable[], tries: number): Batch[] =>
  records.length === 0 || tries + 1 >= MOST_TRIES ? [] : [{ records, tries: tries + 1 }];
