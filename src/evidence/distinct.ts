import type { EvidenceEvent } from "./event.ts";

/**
 * CloudTrail delivers events more than once, and completes some of them later (an addendum). Each call is kept once, whatever order its
 * events came in, with all the files that hold them; by time and id.
 */
export function distinctEvents(calls: readonly EvidenceEvent[]): EvidenceEvent[] {
  const byId = new Map(calls.map((call) => [call.eventId, call]));
  // Mostly each is there once, and needs no order to be told from its copies.
  if (byId.size < calls.length) joinCopies(calls, byId);
  const addenda = [...byId.values()].filter(({ completes }) => completes !== undefined);
  for (const call of addenda.sort(byTime)) {
    const original = byId.get(call.completes ?? call.eventId);
    if (!original || original.eventId === call.eventId) continue;
    // What an addendum leaves out, it does not take back.
    const { completes: _, ...complete } = told(call) >= told(original) ? call : original;
    const { eventId, eventTime } = original;
    byId.set(eventId, { ...complete, eventId, eventTime, objects: joined(original, call) });
    byId.delete(call.eventId);
  }
  return [...byId.values()].sort(byTime);
}

/** Fills a map with each call once, as the first of the files has it that hold it. */
function joinCopies(calls: readonly EvidenceEvent[], byId: Map<string, EvidenceEvent>): void {
  byId.clear();
  for (const call of calls.toSorted((a, b) => compare(a.objects[0] as string, b.objects[0] as string))) {
    const known = byId.get(call.eventId);
    byId.set(call.eventId, known ? { ...known, objects: joined(known, call) } : call);
  }
}

/** How much an event tells of its call: not all records, all of them, or also what AWS answered to each. */
function told({ unseen, errorCode, records }: EvidenceEvent): number {
  if (unseen !== "none") return 0;
  return errorCode === undefined && [...records].some(({ status }) => status === "none") ? 1 : 2;
}

const joined = (a: EvidenceEvent, b: EvidenceEvent): string[] =>
  [...new Set([...a.objects, ...b.objects])].sort(compare);

/** The order of calls: by time, and of one time by id. */
export const byTime = (a: EvidenceEvent, b: EvidenceEvent): number =>
  a.eventTime - b.eventTime || compare(a.eventId, b.eventId);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
