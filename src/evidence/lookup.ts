import { type CloudTrailClient, type Event, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { DAY, type Instant, MINUTE, SECOND } from "../usage/instants.ts";
import { type EvidenceEvent, isMeteringCall, parseMeteringCall } from "./event.ts";
import { callsByDay, type EvidenceByDay, type UnreadableObject } from "./evidence.ts";
import { asObject } from "./fields.ts";
import { type PackRecords, recordPacker } from "./packed-records.ts";
import { READ_PAST, type Watching } from "./read.ts";
import type { EvidenceStore } from "./store.ts";
import { subjectTable } from "./subjects.ts";
import { UnreadableError } from "./unreadable.ts";

/** How far back LookupEvents shows what happened (CloudTrail user guide, "Working with CloudTrail event history"). */
export const LOOKUP_REACH = 90 * DAY;

/** LookupEvents takes two requests a second, for an account and Region (CloudTrail API reference, `LookupEvents`). */
const PACE = SECOND / 2;

/** The most that LookupEvents answers at once. */
const PAGE = 50;

/** How far a caller's clock may be ahead of AWS's: a call may be older than the records in it. */
const AHEAD = 5 * MINUTE;

/** What looking events up needs: a client of the Region, that Region's name, the time, and where calls are kept. */
export interface Lookup {
  readonly client: CloudTrailClient;
  readonly region: string;
  readonly clock: { now(): Instant; sleep(milliseconds: number): Promise<void> };
  readonly store: EvidenceStore;
}

/**
 * Reads what LookupEvents shows of BatchMeterUsage calls about the records of a window, in one Region of the account that asks. It shows
 * nothing older than `LOOKUP_REACH`, calls some minutes after they were made, and nothing of it is signed. Each event stands for an object
 * named `lookup-events:REGION/EVENT-ID`. Throws where the API cannot be asked.
 */
export async function lookUpEvidence(
  { client, region, clock, store }: Lookup,
  window: { readonly from: Instant; readonly to: Instant },
  { onProgress, signal }: Watching = {},
): Promise<EvidenceByDay> {
  const unreadable: UnreadableObject[] = [];
  const subjects = subjectTable();
  let objects = 0;
  let bytes = 0;
  for await (const event of events()) {
    const key = `lookup-events:${region}/${event.EventId}`;
    const text = event.CloudTrailEvent ?? "";
    objects += 1;
    bytes += Buffer.byteLength(text);
    try {
      const call = parseEvent(text, key, recordPacker(subjects));
      if (call) await store.add({ key, size: Buffer.byteLength(text) }, [call]);
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      unreadable.push({ key, region, deliveredAt: event.EventTime?.getTime() ?? window.to, reason: error.message });
    }
  }
  unreadable.sort((a, b) => (a.key < b.key ? -1 : 1));
  return {
    ...(await callsByDay(store, () => "verified")),
    unreadable,
    objects,
    bytes,
    skipped: [],
    regions: [region],
    latestDelivery: undefined,
  };

  async function* events(): AsyncIterable<Event> {
    const query = {
      LookupAttributes: [{ AttributeKey: "EventName" as const, AttributeValue: "BatchMeterUsage" }],
      StartTime: new Date(Math.max(window.from - AHEAD, clock.now() - LOOKUP_REACH)),
      EndTime: new Date(Math.min(window.to + READ_PAST, clock.now())),
      MaxResults: PAGE,
    };
    if (query.StartTime > query.EndTime) return;
    let NextToken: string | undefined;
    do {
      signal?.throwIfAborted();
      const asked = clock.now();
      const page = await client.send(new LookupEventsCommand({ ...query, NextToken }));
      yield* page.Events ?? [];
      onProgress?.({ objects, ofObjects: undefined, bytes, ofBytes: undefined });
      NextToken = page.NextToken;
      if (NextToken !== undefined) await clock.sleep(Math.max(0, asked + PACE - clock.now()));
    } while (NextToken !== undefined);
  }
}

function parseEvent(text: string, key: string, pack: PackRecords): EvidenceEvent | undefined {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    throw new UnreadableError("it is not JSON");
  }
  const object = asObject(event);
  if (!object) throw new UnreadableError("it is not a JSON object");
  return isMeteringCall(object) ? parseMeteringCall(object, key, pack) : undefined;
}
